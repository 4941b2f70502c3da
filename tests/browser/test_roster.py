"""A manager plans a weekend: a hole is seen, filled in place, and the days are published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from attendance.models import Shift
from attendance.rules.shifts import monday
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
