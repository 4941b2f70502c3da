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
from office.staff.models import Appointment, Employee
from tests.approvals.cast import ask, everybody, toy_book, toys
from tests.people import LONG_AGO, person

if TYPE_CHECKING:
    from playwright.sync_api import Page

Enter = Callable[["Page", str], None]
DAY = dt.timedelta(days=1)


UNCOVERED = """() => {
  const button = document.querySelector("#many [value=approve]"), box = button.getBoundingClientRect();
  return button.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
}"""


@pytest.fixture
def runs(db: None) -> list[Run]:
    """Two agents each ask their supervisor for a deputy, the first of them an hour earlier."""
    now = timezone.now()
    person("wang_supervisor"), person("chen_manager")
    return [
        approvals.name_deputy(
            deputy_id=person(deputy).pk, starts_at=now + DAY, ends_at=now + 3 * DAY, reason=f"旅行 {who}",
            by=person(who), now=now - dt.timedelta(hours=number),
        )
        for number, who, deputy in ((2, "li_lei", "han_meimei"), (1, "han_meimei", "li_lei"))
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


@pytest.fixture
def five(db: None) -> list[Run]:
    """Five agents ask for a deputy: enough to decide many at once."""
    now = timezone.now()
    chief = person("wang_supervisor")
    askers = [person("li_lei"), person("han_meimei")]
    for number in range(3):
        hired = Employee.objects.create(
            number=f"A9{number}", name=f"客服{number}", name_key=f"{number}", joined_at=LONG_AGO
        )
        Appointment.objects.create(employee=hired, position="service_agent", during=(LONG_AGO, None))
        askers.append(hired)
    person("chen_manager")
    return [
        approvals.name_deputy(
            deputy_id=chief.pk, starts_at=now + DAY, ends_at=now + 3 * DAY, reason="旅行", by=asker,
            now=now - dt.timedelta(hours=9 - number),
        )
        for number, asker in enumerate(askers)
    ]  # fmt: skip


def test_many_are_decided_at_once_by_ticks(
    page: Page, sign_in: Enter, five: list[Run], screenshot: Callable[[Page, str], None]
) -> None:
    sign_in(page, "wang_supervisor")
    page.goto("/approvals/")
    lines = page.locator("[data-line]")
    expect(lines).to_have_count(5)
    for number in (0, 2, 3):
        lines.nth(number).locator("[name=pick]").check()
    page.fill("#words-all", "假期安排已核对")
    screenshot(page, "approvals-many")
    page.locator("#many [value=approve]").click()
    expect(page.locator("[data-result=done]")).to_have_count(3)
    screenshot(page, "approvals-many-after")
    page.get_by_role("link", name="返回待我审批").click()
    expect(lines).to_have_count(2)
    assert states() == ["executed", "running", "executed", "executed", "running"]
    assert set(Vote.objects.values_list("comment", flat=True)) == {"假期安排已核对"}


def test_many_are_decided_at_once_by_keys(page: Page, sign_in: Enter, five: list[Run]) -> None:
    sign_in(page, "wang_supervisor")
    page.goto("/approvals/")
    lines = page.locator("[data-line]")
    expect(lines).to_have_count(5)
    page.keyboard.press("Shift+A")  # nothing is ticked: nothing happens
    page.keyboard.press("Space")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Space")
    expect(page.locator("[name=pick]:checked")).to_have_count(2)
    page.keyboard.press("Shift+R")
    expect(page.locator("#words-all")).to_be_focused()
    page.keyboard.type("请补日期")
    page.keyboard.press("Enter")
    expect(page.locator("[data-result=done]")).to_have_count(2)
    page.keyboard.press("Enter")  # back to what is left
    expect(lines).to_have_count(3)
    page.keyboard.press("Space")
    page.keyboard.press("Shift+A")
    expect(lines).to_have_count(2)
    page.keyboard.press("Space")
    page.keyboard.press("Shift+X")
    page.keyboard.type("不同意")
    page.keyboard.press("Enter")
    page.locator("#confirm [value=ok]").click()  # a rejection of many is asked once more
    expect(lines).to_have_count(1)
    assert sorted(states()) == ["executed", "rejected", "returned", "returned", "running"]


def test_a_line_of_the_queue_is_decided_on_a_phone(
    phone: Page, sign_in: Enter, five: list[Run], screenshot: Callable[[Page, str], None]
) -> None:
    sign_in(phone, "wang_supervisor")
    phone.goto("/approvals/")
    lines = phone.locator("[data-line]")
    expect(lines).to_have_count(5)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for act in ("approve", "return", "reject"):
        button = lines.nth(0).locator(f'[data-act="{act}"]')
        assert (button.bounding_box() or {"height": 0})["height"] >= 44, act
    lines.nth(0).locator('[data-act="return"]').tap()
    expect(lines.nth(0).locator(".do input")).to_be_focused()
    lines.nth(0).locator(".do input").fill("请写清交接人")
    screenshot(phone, "approvals-phone")
    lines.nth(0).locator('[data-act="return"]').tap()
    expect(lines).to_have_count(4)
    lines.nth(0).locator('[data-act="approve"]').tap()
    expect(lines).to_have_count(3)
    tick = lines.nth(1).locator("label:has([name=pick])")
    assert (tick.bounding_box() or {"height": 0})["height"] >= 44
    tick.tap()
    expect(phone.locator("#many [value=approve]")).to_be_in_viewport()
    assert phone.evaluate(UNCOVERED)  # what was just said does not lie on it
    screenshot(phone, "approvals-phone-ticked")
    phone.locator("#many [value=approve]").tap()
    expect(lines).to_have_count(2)
    assert states() == ["returned", "executed", "running", "executed", "running"]


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
