"""The queue by keyboard and on a phone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from office.approvals import api as approvals
from office.approvals.models import Draft, Run, Vote
from tests.approvals.cast import ask, everybody, toy_book, toys
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
    page.keyboard.press("c")
    expect(lines.nth(0).locator(".do input")).to_be_focused()
    page.keyboard.type("同意")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(lines).to_have_count(0)
    assert Vote.objects.get(decision="approve").comment == "同意"
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
    phone.wait_for_url(f"**/approvals/#run-{runs[1].pk}")  # the next one is selected
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert states() == ["executed", "running"]


def test_a_form_saves_itself_and_comes_back(
    page: Page, sign_in: Enter, screenshot: Callable[[Page, str], None]
) -> None:
    sign_in(page, "li_lei")
    page.goto("/approvals/deputy/")
    page.fill("#id_reason", "回乡探亲")
    expect(page.locator(".draft [data-said]")).to_contain_text("草稿已于")
    page.fill("#id_reason", "回乡探亲三天")
    page.goto("/approvals/?tab=asked")  # left before the second save was due
    page.get_by_role("link", name="继续填写").click()
    expect(page.locator("#id_reason")).to_have_value("回乡探亲三天")
    screenshot(page, "approvals-draft")
    page.locator("[data-discard]").click()
    page.locator("#confirm [value=ok]").click()
    expect(page.locator("#id_reason")).to_have_value("")
    assert not Draft.objects.exists()


def test_many_rows_are_decided_on_a_phone(
    phone: Page, sign_in: Enter, screenshot: Callable[[Page, str], None]
) -> None:
    toy_book()
    everybody()
    with toys() as shelf:
        rows = [{"price": f"{number}.00"} for number in range(200)]
        run = ask(payload={"rows": rows}, now=timezone.now())
        sign_in(phone, "chen_manager")
        phone.goto(f"/approvals/{run.pk}/")
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
        box = phone.locator("[name=refuse_rows]").nth(7)
        assert (box.locator("xpath=..").bounding_box() or {"height": 0})["height"] >= 44
        box.tap()
        expect(phone.locator("[data-refused-count]")).to_contain_text("共 200 行，不同意 1 行")
        expect(phone.locator('#decision [data-act="approve"]')).to_have_text("同意除 1 行外")
        screenshot(phone, "approvals-rows")
        chip = phone.locator("a.chip-clause").first
        chip.tap()
        expect(phone.locator(".clause-pop")).to_contain_text("C11.1")
        phone.locator('#decision [data-act="approve"]').tap()
        phone.wait_for_url("**/approvals/")
        assert len(shelf.applied[0][1]["rows"]) == 199
