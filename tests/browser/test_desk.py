"""A day at the desk in a real browser: an order from the pool to product operations, and one that was left lying."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import expect

from office.notices.models import Notice
from office.staff import api as staff
from orders.models import DeskWatch, OrderProgress
from orders.services import desk
from tests.orders.desk.arrange import MINUTE, PHONE, again, order
from tests.people import person

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

Enter = Callable[["Page", str], None]


@pytest.fixture
def now() -> dt.datetime:
    return timezone.now()


def _on_duty(*who: str) -> None:
    for each in who:
        staff.start_duty(by=person(each), now=timezone.now())


@pytest.mark.clause("C7.1", "C7.2", "C7.3")
def test_an_agent_accepts_contacts_confirms_and_hands_over(
    page: Page, sign_in: Enter, screenshot: Callable[[Page, str], None], now: dt.datetime
) -> None:
    _on_duty("li_lei")
    first, second = order(at=now - 3 * MINUTE), order(at=now - 2 * MINUTE)
    sign_in(page, "li_lei")
    page.goto("/desk/")
    screenshot(page, "desk")
    row = page.locator(f'tr[data-order="{first.pk}"]')
    expect(row).to_have_attribute("aria-selected", "true")
    page.keyboard.press("a")
    expect(page.locator("#drawer [data-shown]")).to_have_attribute("data-shown", str(first.pk))
    # The list stays, and the next order is selected already.
    expect(page.locator(f'tr[data-order="{second.pk}"]')).to_have_attribute("aria-selected", "true")
    expect(row).to_have_count(0)
    expect(page.locator("#drawer .phone")).to_have_count(0)
    page.keyboard.press("u")
    expect(page.locator("#drawer .phone")).to_have_text(PHONE)
    for fact in "1234":
        page.keyboard.press(fact)
    screenshot(page, "desk-contact")
    page.click('#drawer button[data-act="confirm"]')
    expect(page.locator("#drawer #hand-over")).to_be_visible()
    page.click('#drawer button[data-act="hand-over"]')
    expect(page.locator("#drawer .state")).to_contain_text("移交")
    assert again(first).state == "handed_over"
    page.keyboard.press("Escape")
    expect(page.locator("#desk-side")).to_be_hidden()
    page.goto(f"/orders/{first.pk}/")
    expect(page.locator(".timeline")).to_contain_text("C7.3")
    screenshot(page, "order")


@pytest.mark.clause("C7.2")
def test_who_lets_ten_minutes_pass_sees_the_breach_and_the_supervisor_is_told(
    page: Page, new_context: Callable[..., BrowserContext], sign_in: Enter, now: dt.datetime
) -> None:
    accepted_at = now - 16 * MINUTE
    _on_duty("li_lei", "wang_supervisor")
    progress = order(at=accepted_at)
    desk.accept_order(order_id=progress.pk, by=person("li_lei"), now=accepted_at)
    call_command("settle_deadlines", "--now", now.isoformat())
    sign_in(page, "li_lei")
    page.goto("/desk/?tab=mine")
    expect(page.locator(f'tr[data-order="{progress.pk}"] .countdown')).to_have_attribute("data-state", "late")
    expect(page.locator('[data-tab="late"] .count')).to_have_text("1")
    page.keyboard.press("Enter")
    expect(page.locator("#drawer .whose")).to_contain_text("C7.2")
    page.locator("#drawer .fold summary").last.click()
    expect(page.locator("#drawer .timeline .is-late").first).to_contain_text("C7.2")
    wang = person("wang_supervisor")
    assert Notice.objects.filter(recipient=wang, clause="C7.2").exists()
    other = new_context().new_page()
    sign_in(other, "wang_supervisor")
    other.goto("/inbox/")
    expect(other.locator("main")).to_contain_text(progress.number)
    other.goto("/desk/?tab=late")
    expect(other.locator(f'tr[data-order="{progress.pk}"]')).to_contain_text("李雷")


@pytest.mark.clause("C7.1")
def test_the_slower_of_two_is_told_who_won_and_goes_on_with_the_next(
    page: Page, new_context: Callable[..., BrowserContext], sign_in: Enter, now: dt.datetime
) -> None:
    _on_duty("li_lei", "han_meimei")
    first, second = order(at=now - 2 * MINUTE), order(at=now - MINUTE)
    sign_in(page, "han_meimei")
    page.goto("/desk/")
    expect(page.locator(f'tr[data-order="{first.pk}"]')).to_have_count(1)
    desk.accept_order(order_id=first.pk, by=person("li_lei"), now=timezone.now())
    page.keyboard.press("a")
    expect(page.locator("#toasts")).to_contain_text("李雷")
    expect(page.locator(f'tr[data-order="{first.pk}"]')).to_have_count(0)
    expect(page.locator(f'tr[data-order="{second.pk}"]')).to_have_attribute("aria-selected", "true")


def test_a_new_order_appears_without_a_reload(page: Page, sign_in: Enter, now: dt.datetime) -> None:
    _on_duty("li_lei")
    sign_in(page, "li_lei")
    page.goto("/desk/")
    expect(page.locator(".empty")).to_be_visible()
    fresh = order(at=now)
    expect(page.locator(f'tr[data-order="{fresh.pk}"]')).to_be_visible(timeout=9000)
    expect(page).to_have_title("(1) 接单台 · 电子商务部")
    expect(page.locator("#toasts")).to_contain_text("有新订单")


@pytest.mark.clause("C7.1", "M5.1")
def test_an_open_desk_beats_by_itself_while_it_is_looked_at(page: Page, sign_in: Enter) -> None:
    sign_in(page, "li_lei")
    page.clock.install()
    with page.expect_response("**/desk/watch/") as first:
        page.goto("/desk/")
    assert first.value.status == 204
    assert DeskWatch.objects.get().employee == person("li_lei")
    with page.expect_response("**/desk/watch/") as second:
        page.clock.fast_forward(31_000)
    assert second.value.status == 204


def test_off_duty_is_one_click_from_on_duty(page: Page, sign_in: Enter, now: dt.datetime) -> None:
    progress = order(at=now)
    sign_in(page, "li_lei")
    page.goto("/desk/")
    page.click(f'tr[data-order="{progress.pk}"] .actions button')
    expect(page.locator("#refusal")).to_be_visible()
    assert again(progress).state == "waiting"
    page.click("#off-duty button")
    expect(page.locator("#off-duty")).to_have_count(0)
    page.keyboard.press("n")
    expect(page.locator("#drawer [data-shown]")).to_have_attribute("data-shown", str(progress.pk))
    assert OrderProgress.objects.get(pk=progress.pk).holder == person("li_lei")


def test_what_was_typed_survives_a_refusal_and_the_list_keeps_living(
    page: Page, sign_in: Enter, now: dt.datetime
) -> None:
    _on_duty("li_lei")
    progress = order(at=now)
    desk.accept_order(order_id=progress.pk, by=person("li_lei"), now=timezone.now())
    sign_in(page, "li_lei")
    page.goto("/desk/?tab=mine")
    page.keyboard.press("c")
    page.check('#drawer input[value="not_reached"]', force=True)
    page.check('#drawer input[name="next_try"][value="at"]', force=True)
    page.fill('#drawer #contact textarea[name="note"]', "占线三次")
    page.click('#drawer #contact button[data-act="contact"]')
    expect(page.locator("#drawer .invalid-feedback").first).to_be_visible()
    expect(page.locator('#drawer #contact textarea[name="note"]')).to_have_value("占线三次")
    page.check('#drawer input[name="next_try"][value="30"]', force=True)
    page.click('#drawer #contact button[data-act="contact"]')
    expect(page.locator("#drawer .whose")).to_contain_text("下次联系")
    assert again(progress).state == "contacted"


def test_the_desk_works_on_a_phone(
    phone: Page, sign_in: Enter, screenshot: Callable[[Page, str], None], now: dt.datetime
) -> None:
    _on_duty("li_lei")
    progress = order(at=now)
    sign_in(phone, "li_lei")
    phone.goto("/desk/")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    phone.click(f'tr[data-order="{progress.pk}"] .actions button')
    expect(phone.locator("#contact")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    phone.click("[data-drawer-close]")
    expect(phone.locator("#desk-side")).to_be_hidden()
