"""A manager plans a weekend: a hole is seen, filled in place, and the days are published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from attendance.models import Shift
from attendance.rules.shifts import monday
from tests.browser.conftest import until
from tests.people import person


@pytest.mark.clause("C9.2", "C9.1")
def test_the_manager_plans_a_weekend(page: Page, sign_in: Callable[[Page, str], None]) -> None:
    agent = person("li_lei")
    sign_in(page, "chen_manager")
    saturday = monday(timezone.localdate()) + dt.timedelta(days=12)
    page.goto(f"/attendance/roster/?view=day&day={saturday.isoformat()}")
    expect(page.locator("td.hole").first).to_be_visible()
    page.click(f"a.cell[aria-label^='{agent.name}']")
    page.click(".roster-cell button[value=weekend]")
    expect(page.locator("tr", has_text=agent.name).locator(".shift.draft")).to_have_text("值")
    page.fill("#reason", "热线另行安排")
    page.click("button:has-text('发布这几天')")
    page.click("#confirm [value=ok]")
    expect(page.locator("td .shift.draft")).to_have_count(0)
    assert Shift.objects.get().published_at is not None


@pytest.mark.clause("C9.2")
def test_the_reason_that_is_being_typed_outlives_the_change_of_a_shift(
    page: Page, sign_in: Callable[[Page, str], None]
) -> None:
    agent = person("li_lei")
    sign_in(page, "chen_manager")
    saturday = monday(timezone.localdate()) + dt.timedelta(days=12)
    page.goto(f"/attendance/roster/?view=day&day={saturday.isoformat()}")
    page.click(f"a.cell[aria-label^='{agent.name}']")
    held: list[Route] = []
    page.route("**/roster/cell/", lambda route: held.append(route) if _posted(route) else route.continue_())
    page.click(".roster-cell button[value=weekend]")
    until(page, lambda: held, "the shift is sent")
    page.fill("#reason", "热线另行安排")
    held[0].continue_()
    expect(page.locator("tr", has_text=agent.name).locator(".shift.draft")).to_have_text("值")
    expect(page.locator("#reason")).to_have_value("热线另行安排")


def _posted(route: Route) -> bool:
    return route.request.method == "POST"
