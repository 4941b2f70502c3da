"""The weekends of some weeks, from asking to the published roster: proposed by the solver, explained, changed by hand
with the rules looking on, taken over, published; and what a change of a published turn does to fairness."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Page, expect

from attendance.models import Publication, Rota, Shift
from attendance.rules.rota import seats_from_json
from attendance.rules.rota_check import faults
from attendance.rules.shifts import monday
from attendance.selectors.rota import problem_for
from attendance.tasks import rota as tasks
from office.staff.models import Employee
from tests.attendance.plan import agents


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Takes the solver's messages as a worker would: beside the request, so that the page waits and is told."""
    threads: list[threading.Thread] = []

    def work(rota_id: int) -> None:
        try:
            tasks.solve_rota(rota_id)
        finally:
            connections.close_all()

    def send(args: tuple[int], **_more: Any) -> None:
        threads.append(threading.Thread(target=work, args=args))
        threads[-1].start()

    monkeypatch.setattr(tasks.solve_rota, "apply_async", send)
    yield
    for thread in threads:
        thread.join()


@pytest.mark.clause("C9.2", "S1d")
def test_the_manager_has_two_weekends_proposed_and_publishes_them(
    page: Page,
    sign_in: Callable[[Page, str], None],
    screenshot: Callable[[Page, str], None],
    worker: None,
) -> None:
    people = agents()
    first = monday(timezone.localdate()) + dt.timedelta(weeks=1)
    sign_in(page, "chen_manager")
    page.goto("/attendance/roster/")
    page.click("a:has-text('生成周末轮值')")
    page.fill("#first_day", first.isoformat())
    page.fill("#weeks", "2")
    page.click("form:has(#weeks) button[type=submit]")
    seats = page.locator("table.seats select[name=person]")
    expect(seats).to_have_count(4, timeout=40_000)
    check = page.locator("section[aria-live=polite]")
    expect(check).to_contain_text("符合全部规定")
    screenshot(page, "rota")
    found = Rota.objects.get()
    assert faults(problem_for(first, 2, timezone.now()), seats_from_json(found.seats)) == []

    page.locator("table.seats a:has-text('为什么')").first.click()
    reasons = page.locator("#why")
    expect(reasons).to_contain_text("8 周内轮值 1 次")
    expect(reasons.locator("li.row-line")).to_have_count(len(people) - 1)
    screenshot(page, "rota-why")

    holders = [seats.nth(n).input_value() for n in range(4)]
    seats.nth(1).select_option(holders[0])
    expect(check).to_contain_text("周末两天都轮值")
    expect(check).to_contain_text("C9.2")
    screenshot(page, "rota-wrong")
    spare = next(each for each in people if str(each.pk) not in holders)
    seats.nth(1).select_option(str(spare.pk))
    expect(check).to_contain_text("符合全部规定")

    page.click("button:has-text('采用为草稿')")
    expect(page.locator(".shift.draft", has_text="值").first).to_be_visible()
    assert Shift.objects.filter(published_at=None, origin="rota").count() == 4
    assert Shift.objects.get(day=first + dt.timedelta(days=6)).employee == spare
    page.goto(f"/attendance/roster/?view=week&day={first.isoformat()}")
    screenshot(page, "rota-drafts")
    page.fill("#reason", "平日班次另行发布")
    page.click("button:has-text('发布这几天')")
    page.click("#confirm [value=ok]")
    expect(page.locator("td .shift.draft")).to_have_count(0)
    assert Publication.objects.get().shifts == 2
    _too_much(page, first, screenshot)


def _too_much(page: Page, first: dt.date, screenshot: Callable[[Page, str], None]) -> None:
    """Who has a turn already gets another of the same weeks by hand: the panel says so before, the roster after."""
    own = Employee.objects.get(pk=Shift.objects.get(day=first + dt.timedelta(days=5)).employee_id)
    later = first + dt.timedelta(days=12)
    page.goto(f"/attendance/roster/?view=week&day={later.isoformat()}&person={own.pk}&at={later.isoformat()}")
    panel = page.locator(".roster-cell")
    expect(panel).to_contain_text("若改为")
    expect(panel).to_contain_text(f"{own.name}周末值班 2 次，最少的人 0 次")
    screenshot(page, "roster-unfair-panel")
    panel.locator("button[value=weekend]").click()
    expect(page.locator("#unfair")).to_contain_text(f"{own.name}周末值班 2 次，最少的人 0 次")
    screenshot(page, "roster-unfair")
