"""Days off and make-up days, against two independent sources, and years whose notice is not out."""

from __future__ import annotations

import json
from datetime import date, timedelta

import chinese_calendar
import pytest

from office.rulebook.calendar import DayTable, Override, published
from tests.real_data import real

NATIONAL = DayTable()


def every_day(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=index) for index in range((date(year + 1, 1, 1) - first).days)]


@pytest.mark.parametrize("year", range(2022, 2027))
def test_days_agree_with_the_notices_of_the_state_council(year: int) -> None:
    path = real("holiday-cn", f"{year}.json")
    days = json.loads(path.read_text(encoding="utf-8"))["days"]
    assert days
    wrong = [
        day["date"] for day in days if NATIONAL.works(date.fromisoformat(day["date"])) is day["isOffDay"]
    ]
    assert wrong == []
    changed = {date.fromisoformat(day["date"]) for day in days}
    plain = [day for day in every_day(year) if day not in changed]
    assert [day for day in plain if NATIONAL.works(day) != (day.weekday() < 5)] == []


@pytest.mark.parametrize("year", range(2004, 2027))
def test_days_agree_with_chinesecalendar(year: int) -> None:
    # The notice for 2006 made the last Saturday of 2005 a working day; that package only begins with it in 2006.
    known = {date(2005, 12, 31)}
    wrong = [day for day in every_day(year) if NATIONAL.works(day) != chinese_calendar.is_workday(day)]
    assert set(wrong) <= known


def test_a_year_without_a_notice_says_so() -> None:
    assert [year for year in range(2001, 2027) if not published(year, NATIONAL)] == []
    assert not published(2000, NATIONAL)
    assert not published(2035, NATIONAL)


def test_the_year_after_the_newest_notice_is_an_estimate() -> None:
    newest = max(year for year in range(2020, 2040) if published(year, NATIONAL))
    assert not any(NATIONAL.kind(day) == "makeup" for day in every_day(newest + 2))


def test_a_notice_entered_by_hand_makes_the_year_known() -> None:
    days = DayTable({date(2035, 2, 3): Override("work", "春节调休")})
    assert days.published(2035)
    assert not days.published(2036)


def test_kinds_of_days() -> None:
    assert NATIONAL.kind(date(2026, 10, 1)) == "holiday"
    assert NATIONAL.kind(date(2026, 10, 10)) == "makeup"
    assert NATIONAL.kind(date(2026, 10, 11)) == "weekend"
    assert NATIONAL.kind(date(2026, 10, 12)) == "workday"
    assert NATIONAL.name(date(2026, 10, 1)) == "国庆节"
    assert NATIONAL.name(date(2026, 10, 12)) == ""


def test_a_make_up_day_in_december_comes_from_next_years_notice() -> None:
    assert NATIONAL.kind(date(2011, 12, 31)) == "makeup"
