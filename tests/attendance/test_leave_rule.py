"""Counting leave and years of service: a table of cases, each with what it comes to (S2a)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.rules import leave as rules
from attendance.rules.facts import Period, ShiftFact
from tests.attendance.leaves import MONDAY, local

pytestmark = pytest.mark.clause("S2a")
DAY = dt.timedelta(days=1)
OFFICE = (("08:30", "11:00"), ("12:30", "18:30"))


def office(day: dt.date) -> tuple[Period, ...]:
    if day.weekday() >= 5:
        return ()
    return tuple((local(day, begin), local(day, end)) for begin, end in OFFICE)


def day_of(offset: int, *spans: tuple[str, str], meal: int = 0) -> ShiftFact:
    day, made = MONDAY + offset * DAY, []
    for begin, end in spans:
        start, stop = local(day, begin), local(day, end)
        made.append((start, stop if stop > start else stop + DAY))
    return ShiftFact(offset + 1, 1, day, "work", "x", tuple(made), dt.timedelta(minutes=meal))


EARLY, NIGHT = (("08:30", "18:30"),), (("22:00", "06:00"),)
ROSTERED = [day_of(n, *EARLY, meal=60) for n in (0, 1, 3, 4, 5)]  # off on Wednesday and Sunday
NIGHTS = [day_of(0, *NIGHT), day_of(1, *NIGHT)]

#: (shifts, first, last, unit, counted, from, until, what it comes to); days from Monday, clocks of the first and last.
TABLE: list[tuple[str, list[ShiftFact], int, int, rules.Unit, rules.Counted, str, str, str]] = [
    ("one office day", [], 0, 0, "half_day", "working", "", "", "1"),
    ("a week", [], 0, 6, "half_day", "working", "", "", "5"),
    ("over a weekend", [], 4, 7, "half_day", "working", "", "", "2"),
    ("a weekend", [], 5, 6, "half_day", "working", "", "", "0"),
    ("a morning", [], 0, 0, "half_day", "working", "08:30", "11:00", "0.5"),
    ("an afternoon", [], 0, 0, "half_day", "working", "12:30", "18:30", "0.5"),
    ("a morning and an hour", [], 0, 0, "half_day", "working", "08:30", "13:30", "1"),
    ("the break between", [], 0, 0, "half_day", "working", "11:00", "12:30", "0"),
    ("an hour of a whole-day kind", [], 0, 0, "day", "working", "09:00", "10:00", "1"),
    ("hours over the break", [], 0, 0, "hour", "working", "10:00", "14:00", "2.5"),
    ("ten minutes count half an hour", [], 0, 0, "hour", "working", "09:00", "09:10", "0.5"),
    ("a whole office day in hours", [], 0, 0, "hour", "working", "", "", "8.5"),
    ("calendar days", [], 0, 13, "day", "calendar", "", "", "14"),
    ("own roster with a day off inside", ROSTERED, 0, 4, "half_day", "working", "", "", "4"),
    ("own roster on a Saturday", ROSTERED, 5, 5, "half_day", "working", "", "", "1"),
    ("own roster, own day off", ROSTERED, 2, 2, "half_day", "working", "", "", "0"),
    ("half of an unbroken shift", ROSTERED, 0, 0, "half_day", "working", "08:30", "13:30", "0.5"),
    ("a shift without its meal", ROSTERED, 0, 0, "hour", "working", "", "", "9"),
    ("published this week, office hours next", ROSTERED, 4, 9, "half_day", "working", "", "", "5"),
    ("a night", NIGHTS, 0, 0, "half_day", "working", "", "", "1"),
    ("two nights", NIGHTS, 0, 1, "half_day", "working", "", "", "2"),
    ("the day after the nights", NIGHTS, 2, 2, "half_day", "working", "", "", "0"),
]


@pytest.mark.parametrize(
    ("shifts", "first", "last", "unit", "counted", "begins", "ends", "expected"),
    [pytest.param(*row[1:], id=row[0]) for row in TABLE],
)
def test_what_a_leave_comes_to(
    shifts: list[ShiftFact], first: int, last: int, unit: rules.Unit, counted: rules.Counted, begins: str, ends: str,
    expected: str,
) -> None:  # fmt: skip
    one, two = MONDAY + first * DAY, MONDAY + last * DAY
    work = rules.work_days(one - DAY, two, shifts, office)
    period = (
        (local(one, begins), local(two, ends))
        if begins
        else rules.whole_days(one, two, {day.day: day for day in work})
    )
    found = rules.cost(unit=unit, counted=counted, first=one, last=two, period=period, work=work)
    assert found == Decimal(expected)


def test_whole_days_begin_after_a_night_shift_and_end_with_one() -> None:
    work = {day.day: day for day in rules.work_days(MONDAY - DAY, MONDAY + DAY, NIGHTS, office)}
    assert rules.whole_days(MONDAY + DAY, MONDAY + DAY, work) == (
        local(MONDAY + DAY, "06:00"), local(MONDAY + 2 * DAY, "06:00"),
    )  # fmt: skip


STEPS = ((1, 5), (10, 10), (20, 15))
#: (joined, months before, year, days)
YEARS = [
    ("2020-03-01", 0, 2026, 5),
    ("2025-06-15", 0, 2025, 0),
    ("2025-06-15", 0, 2026, 2),  # from 15 June: 200 of 365 days
    ("2025-01-01", 0, 2026, 5),
    ("2026-07-01", 24, 2026, 2),  # had more than a year before: 184 of 365 days
    ("2026-07-01", 120, 2026, 5),  # ten years before: 184 of 365 of ten days
    ("2016-01-01", 0, 2026, 10),
    ("2016-01-02", 0, 2026, 5),
    ("2016-07-01", 60, 2026, 10),
    ("2006-01-01", 0, 2026, 15),
    ("2026-12-31", 240, 2026, 0),
    ("2027-01-01", 240, 2026, 0),
    ("2024-02-29", 0, 2025, 4),  # the year is over on 28 February: 307 of 365 days
]


@pytest.mark.parametrize(("joined", "before", "year", "days"), YEARS)
def test_annual_leave_by_years_of_service(joined: str, before: int, year: int, days: int) -> None:
    found = rules.annual_entitlement(
        year=year, joined=dt.date.fromisoformat(joined), months_before=before, steps=STEPS
    )
    assert found == days


def test_without_steps_nobody_is_entitled() -> None:
    assert rules.annual_entitlement(year=2026, joined=MONDAY, months_before=900, steps=()) == 0


@pytest.mark.parametrize(
    ("asked", "first", "notice", "expected"),
    [
        (0, 1, 24, True),
        (0, 0, 24, False),
        (1, 0, 24, False),
        (0, 2, 48, True),
        (0, 1, 30, False),
        (0, 0, 0, True),
    ],
)
def test_ahead_by_whole_days_of_the_calendar(asked: int, first: int, notice: int, expected: bool) -> None:
    assert rules.in_time(MONDAY + asked * DAY, MONDAY + first * DAY, dt.timedelta(hours=notice)) is expected


@pytest.mark.parametrize(
    ("amount", "accounts", "expected"),
    [
        ("2", [(2025, "3")], [(2025, "2")]),
        ("4", [(2025, "3"), (2026, "5")], [(2025, "3"), (2026, "1")]),
        ("4", [(2025, "0"), (2026, "5")], [(2026, "4")]),
        ("4", [(2025, "-1"), (2026, "4")], [(2026, "4")]),
        ("9", [(2025, "3"), (2026, "5")], None),
        ("1", [], None),
    ],
)
def test_what_expires_first_is_used_first(
    amount: str, accounts: list[tuple[int, str]], expected: list[tuple[int, str]] | None
) -> None:
    found = rules.allot(Decimal(amount), [(year, Decimal(has)) for year, has in accounts])
    assert found == (None if expected is None else [(year, Decimal(part)) for year, part in expected])


@given(st.integers(0, 6), st.integers(0, 10), st.sampled_from(["half_day", "hour", "day"]))
def test_a_longer_leave_never_costs_less(
    first: int, length: int, unit: Literal["half_day", "hour", "day"]
) -> None:
    costs = []
    for last in (first + length, first + length + 1):
        one, two = MONDAY + first * DAY, MONDAY + last * DAY
        work = rules.work_days(one - DAY, two, ROSTERED, office)
        period = rules.whole_days(one, two, {day.day: day for day in work})
        costs.append(rules.cost(unit=unit, counted="working", first=one, last=two, period=period, work=work))
    assert costs[0] <= costs[1]
