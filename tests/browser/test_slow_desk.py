"""The desk over a slow line: what is pressed and typed while an answer is under way is neither lost nor sent twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from office.staff import api as staff
from orders.models import OrderProgress
from tests.browser.conftest import until
from tests.orders.desk.arrange import MINUTE, PHONE, accepted, again, order
from tests.people import person

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

Enter = Callable[["Page", str], None]


@pytest.fixture
def now(db: None) -> dt.datetime:
    now = timezone.now()
    staff.start_duty(by=person("li_lei"), now=now)
    return now


def hold(page: Page, pattern: str, *, first: int | None = None) -> list[Route]:
    """Keeps requests (the first so many) to such addresses back until somebody goes on with them."""
    held: list[Route] = []
    page.route(pattern, lambda route: held.append(route), times=first)
    return held


def wait_for(page: Page, held: list[Route], number: int) -> None:
    until(page, lambda: len(held) >= number, f"{number} requests are kept back")


def accept(page: Page, progress: OrderProgress) -> None:
    page.locator(f'tr[data-order="{progress.pk}"] .actions button').click()


def shown(page: Page, progress: OrderProgress) -> None:
    expect(page.locator("#drawer [data-shown]")).to_have_attribute("data-shown", str(progress.pk))


def at_contact(page: Page, sign_in: Enter, progress: OrderProgress) -> None:
    """The agent has the first of his orders open, where contacts are recorded."""
    sign_in(page, "li_lei")
    page.goto("/desk/?tab=mine")
    page.keyboard.press("c")
    shown(page, progress)


@pytest.mark.clause("C7.1")
def test_an_order_is_accepted_while_the_list_is_asked_for(
    page: Page, sign_in: Enter, now: dt.datetime
) -> None:
    progress = order(at=now - MINUTE)
    sign_in(page, "li_lei")
    page.goto("/desk/")
    held = hold(page, "**/desk/live/**")
    wait_for(page, held, 1)
    accept(page, progress)
    shown(page, progress)
    assert again(progress).holder == person("li_lei")
    held[0].continue_()  # it was asked for before the order was accepted: the list is asked for again
    wait_for(page, held, 2)
    held[1].continue_()
    expect(page.locator(f'tr[data-order="{progress.pk}"]')).to_have_count(0)


@pytest.mark.clause("C7.1")
def test_of_orders_that_are_accepted_at_once_none_is_left_out_or_taken_twice(
    page: Page, sign_in: Enter, now: dt.datetime
) -> None:
    first, second, third = (order(at=now - n * MINUTE) for n in (3, 2, 1))
    sign_in(page, "li_lei")
    page.goto("/desk/")
    held = hold(page, "**/act/accept/")
    accept(page, first)
    wait_for(page, held, 1)
    page.keyboard.press("a")  # nothing seems to happen: once more
    accept(page, second)
    page.locator(f'tr[data-order="{third.pk}"] .c-number').click()
    held[0].continue_()
    wait_for(page, held, 2)
    held[1].continue_()
    shown(page, third)
    assert [each.request.url.split("/")[-4] for each in held] == [str(first.pk), str(second.pk)]
    assert {again(each).holder for each in (first, second)} == {person("li_lei")}
    assert again(third).holder is None


@pytest.mark.clause("C7.1")
def test_who_asks_for_the_next_twice_because_nothing_comes_gets_one(
    page: Page, sign_in: Enter, now: dt.datetime
) -> None:
    first, second = order(at=now - 2 * MINUTE), order(at=now - MINUTE)
    sign_in(page, "li_lei")
    page.goto("/desk/")
    held = hold(page, "**/desk/next/", first=1)
    page.keyboard.press("n")
    wait_for(page, held, 1)
    page.keyboard.press("n")
    held[0].continue_()
    shown(page, first)
    expect(page.locator(f'tr[data-order="{first.pk}"]')).to_have_count(0)
    assert again(second).holder is None


@pytest.mark.clause("C7.2")
def test_what_is_typed_while_the_phone_number_comes_stays(
    page: Page, sign_in: Enter, now: dt.datetime
) -> None:
    progress = accepted(person("li_lei"), at=now)
    at_contact(page, sign_in, progress)
    note = page.locator('#drawer #contact textarea[name="note"]')
    held = hold(page, "**/act/unmask/")
    page.locator("#unmask button").click()
    wait_for(page, held, 1)
    page.keyboard.press("1")
    note.fill("占线")
    held[0].continue_()
    expect(page.locator("#drawer .phone")).to_have_text(PHONE)
    expect(note).to_have_value("占线")
    expect(note).to_be_focused()
    expect(page.locator('#drawer input[name="confirmed"]').first).to_be_checked()


@pytest.mark.clause("C7.2")
def test_an_act_whose_form_another_answer_took_away_is_told_and_the_next_order_opens_after_it(
    page: Page, sign_in: Enter, now: dt.datetime
) -> None:
    progress, other = (accepted(person("li_lei"), at=now - n * MINUTE) for n in (2, 1))
    at_contact(page, sign_in, progress)
    page.locator("#note summary").click()
    page.fill("#drawer #note textarea", "周六在家")
    held = hold(page, "**/act/**")
    page.locator("#unmask button").click()
    wait_for(page, held, 1)
    page.locator("#note form button").click()
    wait_for(page, held, 2)
    page.locator(f'tr[data-order="{other.pk}"] .c-number').click()
    held[0].continue_()
    expect(page.locator("#drawer .phone")).to_have_text(PHONE)
    held[1].continue_()
    expect(page.locator("#toasts")).to_contain_text("备注")
    shown(page, other)
    expect(page.locator("body")).not_to_have_class("is-loading")


@pytest.mark.clause("C7.2")
def test_a_refusal_of_an_act_whose_form_is_gone_is_seen_with_what_was_typed(
    page: Page, sign_in: Enter, now: dt.datetime
) -> None:
    progress = accepted(person("li_lei"), at=now - MINUTE)
    at_contact(page, sign_in, progress)
    held = hold(page, "**/act/**")
    page.locator("#unmask button").click()  # looking is a change of the order, too
    wait_for(page, held, 1)
    page.fill('#drawer #contact textarea[name="note"]', "周六在家")
    page.click('#drawer #contact button[data-act="contact"]')
    wait_for(page, held, 2)
    held[0].continue_()
    expect(page.locator("#drawer .phone")).to_have_text(PHONE)
    held[1].continue_()
    expect(page.locator("#refusal")).to_be_visible()
    expect(page.locator('#drawer #contact textarea[name="note"]')).to_have_value("周六在家")
    page.click('#drawer #contact button[data-act="contact"]')
    wait_for(page, held, 3)
    held[2].continue_()
    expect(page.locator("#toasts")).to_contain_text("已记录")
    assert again(progress).state == "contacted"


def test_who_got_no_answer_in_time_is_not_told_that_nothing_was_sent(
    page: Page, sign_in: Enter, now: dt.datetime
) -> None:
    progress = order(at=now - MINUTE)
    sign_in(page, "li_lei")
    page.goto("/desk/")
    page.evaluate("htmx.config.timeout = 200")
    held = hold(page, "**/act/accept/")
    accept(page, progress)
    expect(page.locator("#toasts")).to_contain_text("可能已经办成")
    assert len(held) == 1


def test_a_field_that_was_drawn_larger_breaks_no_policy_when_the_order_goes_on(
    page: Page, sign_in: Enter, now: dt.datetime
) -> None:
    """Drawing sets a style on the field; htmx would set it again on the one in its place, which our policy forbids."""
    progress = accepted(person("li_lei"), at=now)
    at_contact(page, sign_in, progress)
    note = page.locator('#drawer #contact textarea[name="note"]')
    note.evaluate("field => { field.style.height = '120px'; }")
    page.click('#drawer #contact button[data-act="contact"]')
    expect(page.locator("#toasts")).to_contain_text("已记录")
