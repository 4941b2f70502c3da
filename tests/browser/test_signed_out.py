"""Signed out while a page stays open: it says so, hides nothing that was typed from its writer, and shows it to nobody
else."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import expect

from office.staff import api as staff
from orders.models import OrderProgress
from tests.browser.conftest import PASSWORD
from tests.orders.desk.arrange import accepted
from tests.people import person

if TYPE_CHECKING:
    from playwright.sync_api import Page

Enter = Callable[["Page", str], None]
WORDS = "客户说周六上午都在家"


@pytest.fixture
def progress() -> OrderProgress:
    now: dt.datetime = timezone.now()
    staff.start_duty(by=person("li_lei"), now=now)
    return accepted(person("li_lei"), at=now)


def type_a_note_and_be_signed_out(page: Page, progress: OrderProgress) -> None:
    """Somebody ends the session elsewhere; the next act on the page finds out."""
    page.goto(f"/orders/{progress.pk}/")
    note = page.locator("details:has(form[action$='/act/note/'])")
    note.locator("summary").first.click()
    page.fill("form[action$='/act/note/'] textarea[name=text]", WORDS)
    page.fill("form[action$='/act/note/'] input[name=callback_at]", "2030-01-05T10:00")
    Session.objects.all().delete()
    page.evaluate("window.ecdept.beatTo('/desk/watch/')")
    ended = page.locator("dialog#signed-out")
    expect(ended).to_be_visible()
    page.keyboard.press("Escape")
    expect(ended).to_be_visible()  # there is nothing behind it to go on with


def test_what_was_typed_is_there_again_after_signing_in(
    page: Page, sign_in: Enter, progress: OrderProgress
) -> None:
    sign_in(page, "li_lei")
    type_a_note_and_be_signed_out(page, progress)
    page.click("dialog#signed-out a")
    expect(page).to_have_url(re.compile(rf"/auth/login/\?next=%2Forders%2F{progress.pk}%2F"))
    page.fill("#id_login", person("li_lei").number)
    page.fill("#id_password", PASSWORD)
    page.click("#login-form button[type=submit]")
    expect(page).to_have_url(re.compile(rf"/orders/{progress.pk}/$"))
    text = page.locator("form[action$='/act/note/'] textarea[name=text]")
    expect(text).to_be_visible()
    expect(text).to_have_value(WORDS)
    expect(page.locator("form[action$='/act/note/'] input[name=callback_at]")).to_have_value(
        "2030-01-05T10:00"
    )
    page.locator("form[action$='/act/note/'] button[type=submit]").click()
    expect(page.locator("main")).to_contain_text(WORDS)
    page.reload()
    expect(page.locator("form[action$='/act/note/'] textarea[name=text]")).to_have_value("")


def test_nobody_else_at_the_same_machine_sees_it(page: Page, sign_in: Enter, progress: OrderProgress) -> None:
    sign_in(page, "li_lei")
    type_a_note_and_be_signed_out(page, progress)
    sign_in(page, "wang_supervisor")
    page.goto(f"/orders/{progress.pk}/")
    expect(page.locator("form[action$='/act/note/'] textarea[name=text]")).to_have_value("")
    assert page.evaluate("sessionStorage.getItem('drafts')") is None


def test_who_signs_out_by_himself_leaves_nothing_behind(
    page: Page, sign_in: Enter, progress: OrderProgress
) -> None:
    sign_in(page, "li_lei")
    page.goto(f"/orders/{progress.pk}/")
    page.evaluate("sessionStorage.setItem('drafts', '{\"person\": \"x\"}')")
    page.click("details.menu:has(form[data-leaves]) > summary")
    page.click("form[data-leaves] button")
    page.wait_for_selector("#login-form")
    assert page.evaluate("sessionStorage.getItem('drafts')") is None
