"""A planner looks at one person's week, changes a day in it and prints it; the person reads his day on a phone."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from attendance.models import Shift
from attendance.rules.shifts import monday
from tests.attendance.plan import agents, shift


@pytest.mark.clause("C9.1")
def test_a_planner_changes_a_day_in_a_persons_week(
    page: Page, sign_in: Callable[[Page, str], None], screenshot: Callable[[Page, str], None]
) -> None:
    who = agents()[0]
    first = monday(timezone.localdate()) + dt.timedelta(days=7)
    shift(who, first, "cs_early")
    sign_in(page, "chen_manager")
    page.goto(f"/attendance/roster/person/{who.pk}/?day={first.isoformat()}")
    page.click(".seg a:has-text('周')")
    days = page.locator(".agenda > li")
    expect(days).to_have_count(7)
    expect(days.first).to_contain_text("早班 08:30–18:30")
    days.nth(1).locator("a:has-text('修改')").click()
    page.click(".roster-cell button[value=cs_late]")
    expect(days.nth(1)).to_contain_text("晚班 13:30–23:30")
    expect(days.nth(1)).to_contain_text("草稿")
    expect(page.locator(".roster-cell")).to_have_count(0)
    assert Shift.objects.filter(employee=who, code="cs_late").count() == 1
    screenshot(page, "person-week")
    page.emulate_media(media="print")
    for part in (".side", ".top", ".seg", "#cell", ".agenda a", "button"):
        for found in page.locator(part).all():
            expect(found).to_be_hidden()
    expect(days).to_have_count(7)
    expect(days.last).to_be_visible()
    assert page.pdf().startswith(b"%PDF")


def test_the_person_reads_his_day_on_a_phone(phone: Page, sign_in: Callable[[Page, str], None]) -> None:
    who = agents()[0]
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    shift(who, tomorrow, "cs_early")
    sign_in(phone, "li_lei")
    phone.goto("/attendance/mine/")
    phone.click(".seg a:has-text('日')")
    phone.click("a[rel=next]")
    line = phone.locator(".agenda > li")
    expect(line).to_have_count(1)
    expect(line).to_contain_text("早班 08:30–18:30")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    line.locator("a:has-text('换班')").click()
    expect(phone.locator("#give")).to_be_visible()


@pytest.mark.clause("C9.3")
def test_the_menu_names_the_holder_of_the_hotline_on_a_phone(
    phone: Page, page: Page, sign_in: Callable[[Page, str], None]
) -> None:
    """The bar has no room for him there."""
    sign_in(phone, "li_lei")
    phone.locator("summary[aria-label='我的账户']").click()
    line = phone.locator(".menu-panel a[href='/attendance/hotline/']:visible")
    expect(line).to_contain_text("热线 · ")
    line.click()
    expect(phone).to_have_url(re.compile("/attendance/hotline/$"))
    sign_in(page, "li_lei")
    page.locator("summary[aria-label='我的账户']").click()
    expect(page.locator(".menu-panel a[href='/attendance/hotline/']")).to_be_hidden()
