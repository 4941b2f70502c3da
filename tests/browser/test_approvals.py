"""The queue by keyboard and on a phone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from office.approvals import api as approvals
from office.approvals.models import Run
from tests.people import person

if TYPE_CHECKING:
    from playwright.sync_api import Page

Enter = Callable[["Page", str], None]
DAY = dt.timedelta(days=1)


@pytest.fixture
def runs(db: None) -> list[Run]:
    """Three agents each ask their supervisor for a deputy."""
    now = timezone.now()
    person("wang_supervisor"), person("chen_manager")
    return [
        approvals.name_deputy(
            deputy_id=person(deputy).pk, starts_at=now + DAY, ends_at=now + 3 * DAY, reason=f"旅行 {who}",
            by=person(who), now=now - dt.timedelta(hours=number),
        )
        for number, (who, deputy) in enumerate((("li_lei", "han_meimei"), ("han_meimei", "li_lei")), 1)
    ]  # fmt: skip


def states() -> list[str]:
    return list(Run.objects.order_by("id").values_list("state", flat=True))


def test_the_queue_is_decided_without_a_mouse(
    page: Page, sign_in: Enter, runs: list[Run], screenshot: Callable[[Page, str], None]
) -> None:
    sign_in(page, "wang_supervisor")
    page.goto("/approvals/")
    lines = page.locator("[data-line]")
    expect(lines).to_have_count(2)
    expect(lines.nth(0)).to_have_attribute("aria-current", "true")
    screenshot(page, "approvals-queue")
    page.keyboard.press("j")
    expect(lines.nth(1)).to_have_attribute("aria-current", "true")
    page.keyboard.press("Space")
    expect(lines.nth(1).locator("[name=pick]")).to_be_checked()
    page.keyboard.press("k")
    page.keyboard.press("r")
    expect(lines.nth(0).locator(".do input")).to_be_focused()
    page.keyboard.type("请补充日期")
    page.keyboard.press("Enter")
    expect(lines).to_have_count(1)
    expect(lines.nth(0)).to_have_attribute("aria-current", "true")
    page.keyboard.press("a")
    expect(lines).to_have_count(0)
    assert states() == ["returned", "executed"]


def test_the_request_is_decided_on_a_phone(
    phone: Page, sign_in: Enter, runs: list[Run], screenshot: Callable[[Page, str], None]
) -> None:
    sign_in(phone, "wang_supervisor")
    phone.goto(f"/approvals/{runs[0].pk}/")
    agree = phone.locator('#decision [data-act="approve"]')
    expect(agree).to_be_in_viewport()
    assert (agree.bounding_box() or {"height": 0})["height"] >= 44
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    phone.locator('#decision [data-act="reject"]').tap()
    expect(phone.locator("#decision-words")).to_be_focused()
    screenshot(phone, "approvals-run")
    agree.tap()
    phone.wait_for_url("**/approvals/")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert states() == ["executed", "running"]
