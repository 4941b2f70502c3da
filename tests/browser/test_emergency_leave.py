"""An emergency: too late for a request, told by phone, no slip in time, and the days count as absence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from attendance.models import Leave
from office.deadlines import api as deadlines
from office.rulebook import api as rulebook
from tests.people import person

if TYPE_CHECKING:
    from playwright.sync_api import Page

Enter = Callable[["Page", str], None]
DAY = dt.timedelta(days=1)


@pytest.mark.clause("S2a", "S2c")
def test_an_emergency_from_the_refused_request_to_the_lapse(
    page: Page, sign_in: Enter, screenshot: Callable[[Page, str], None]
) -> None:
    for who in ("chen_manager", "wang_supervisor", "jiang_head", "du_hr"):
        person(who)
    today = timezone.localdate()
    rulebook.set_day(day=today, kind="work", name="上班", source="测试", by=None, now=timezone.now())
    sign_in(page, "li_lei")
    page.goto("/attendance/leave/ask/")
    page.get_by_label("假别").select_option("sick")
    page.get_by_label("起始日期").fill(f"{today}")
    page.get_by_label("原因").fill("急性肠胃炎，正在医院")
    page.get_by_role("button", name="提交").click()
    screenshot(page, "leave-refused")
    page.get_by_role("link", name="情况紧急，我已电话报备").click()
    expect(page.get_by_label("通话内容")).to_have_value("急性肠胃炎，正在医院")
    page.get_by_label("告知谁").select_option(label=str(person("wang_supervisor")))
    page.get_by_role("button", name="登记").click()
    expect(page.locator(".state").first).to_have_text("电话请假")
    expect(page.locator(".clock-line")).to_contain_text("补交假条")
    screenshot(page, "leave-told")
    leave = Leave.objects.get()
    assert (leave.state, leave.told_to) == ("provisional", person("wang_supervisor"))
    assert leave.slip_due_at is not None
    deadlines.settle_due(leave.slip_due_at + DAY)
    page.reload()
    expect(page.locator(".state").first).to_have_text("逾期未补假条，按旷工")
    expect(page.get_by_role("button", name="补交假条")).to_have_count(0)
    screenshot(page, "leave-lapsed")
