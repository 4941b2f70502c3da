"""A roster that hangs in the kitchen: the frame is left out, and every person and day is on the sheet."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from attendance.rules.shifts import monday
from tests.attendance.plan import agents, shift

#: What fits on A4 across with margins of 8 mm, at 96 dots an inch.
SHEET = int((297 - 16) / 25.4 * 96)
FRAME = (".side", ".top", ".tabbar", ".page-actions", ".filter-bar", "#plan", "#before")


@pytest.mark.parametrize("view", ["week", "month"])
def test_the_printed_roster_is_whole_and_without_the_frame(
    new_context: Callable[..., object], sign_in: Callable[[Page, str], None], view: str
) -> None:
    page: Page = new_context(width=SHEET, height=700).new_page()  # type: ignore[attr-defined]
    people = agents(20)
    day = monday(timezone.localdate()) + dt.timedelta(days=7)
    for who in people:
        shift(who, day, "cs_early")
    sign_in(page, "chen_manager")
    page.goto(f"/attendance/roster/?view={view}&day={day.isoformat()}")
    expect(page.locator(".filter-bar")).to_be_visible()
    page.emulate_media(media="print")
    for part in FRAME:
        for found in page.locator(part).all():
            expect(found).to_be_hidden()
    table = page.locator("table.roster")
    expect(table.locator("tbody tr")).to_have_count(len(people) + 1)
    for who in people:
        expect(table.locator("tbody th", has_text=re.compile(f"^{who.name}$"))).to_be_visible()
    columns = table.locator("thead th")
    expect(columns).to_have_count(1 + (7 if view == "week" else _days(day)))
    expect(page.locator(".roster-legend")).to_be_visible()
    box = table.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= SHEET + 1, "no day is cut off at the edge of the sheet"
    sheet = page.pdf(prefer_css_page_size=True)
    assert sheet.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) <= 2
    size = re.search(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", sheet)
    assert size is not None
    assert float(size[1]) > float(size[2]), "A4 across"


def _days(day: dt.date) -> int:
    return ((day.replace(day=1) + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)).day
