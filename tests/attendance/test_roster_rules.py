"""Shift types, patterns, rest and coverage as pure functions."""

from __future__ import annotations

import datetime as dt

import pytest

from attendance.rules.shifts import Restless, code_on, cut, outside, restless_weeks, uncovered
from attendance.selectors.types import types_in
from office.rulebook.calendar import ZONE, DayTable, is_open, open_between
from office.rulebook.parser import parse_book, shipped_source
from office.rulebook.selectors import shipped_book
from tests.attendance.plan import EARLY, MONDAY, OFFICE

TYPES = types_in(shipped_book("site"))
DAYS = DayTable()
AT = dt.datetime(2026, 11, 30, tzinfo=ZONE)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.mark.clause("S1a", "S1b", "S1c", "C9.2")
def test_the_book_names_the_shift_types() -> None:
    assert [(code, each.letter, each.sort) for code, each in TYPES.items()] == [
        ("office", "常", "work"),
        ("cs_early", "早", "work"),
        ("cs_late", "晚", "work"),
        ("weekend", "值", "work"),
    ]
    spans = TYPES["office"].spans(MONDAY, DAYS)
    assert [f"{start:%H:%M}-{end:%H:%M}" for start, end in spans] == ["08:30-11:00", "12:30-18:30"]
    assert TYPES["cs_late"].meal == HOUR
    assert TYPES["weekend"].spans(MONDAY, DAYS) == ()
    saturday = TYPES["weekend"].spans(MONDAY + 5 * DAY, DAYS)
    assert f"{saturday[0][0]:%H:%M}-{saturday[0][1]:%H:%M}" == "08:50-18:10"


@pytest.mark.clause("M7.3")
def test_the_mall_has_its_three_duty_posts() -> None:
    duties = {code: each for code, each in types_in(shipped_book("mall")).items() if each.sort == "duty"}
    assert list(duties) == ["head_office", "head_office_sunday", "restaurant"]
    week = {
        code: [
            " ".join(f"{start:%H:%M}-{end:%H:%M}" for start, end in duty.spans(MONDAY + n * DAY, DAYS))
            for n in range(7)
        ]
        for code, duty in duties.items()
    }
    assert week == {
        "head_office": ["18:00-21:00"] * 6 + [""],
        "head_office_sunday": [""] * 6 + ["08:30-21:00"],
        "restaurant": ["18:00-20:00"] * 7,
    }


@pytest.mark.parametrize(
    ("day", "office", "early"),
    [
        (dt.date(2026, 11, 30), "office", "cs_early"),
        (dt.date(2026, 12, 5), "", ""),
        (dt.date(2026, 10, 1), "", "cs_early"),  # National Day, a Thursday
        (dt.date(2026, 10, 10), "office", ""),  # a Saturday that is made up for
        (dt.date(2026, 2, 14), "office", ""),  # before Spring Festival, made up for
    ],
)
def test_office_follows_the_holidays_and_service_works_through(day: dt.date, office: str, early: str) -> None:
    anchor = dt.date(2026, 1, 5)
    assert code_on(OFFICE, anchor, day, TYPES, DAYS) == office
    assert code_on(EARLY, anchor, day, TYPES, DAYS) == early


def test_a_cycle_begins_anew_before_and_after_its_anchor() -> None:
    cycle = ["cs_early", "cs_late", ""]
    found = [code_on(cycle, MONDAY, MONDAY + n * DAY, TYPES, DAYS) for n in range(-3, 4)]
    assert found == ["cs_early", "cs_late", "", "cs_early", "cs_late", "", "cs_early"]
    assert code_on(["gone"], MONDAY, MONDAY, TYPES, DAYS) == ""


@pytest.mark.clause("S1d")
def test_a_week_keeps_a_saturday_or_a_sunday_free() -> None:
    week = {MONDAY + n * DAY for n in range(7)}
    worked = {1: week, 2: week - {MONDAY + 5 * DAY}, 3: {MONDAY}}
    assert restless_weeks(worked, [MONDAY], ("sat", "sun"), 1) == [Restless(MONDAY, 1)]
    assert [each.employee_id for each in restless_weeks(worked, [MONDAY], ("sat", "sun"), 2)] == [1, 2]


@pytest.mark.clause("S7")
def test_rest_that_was_given_up_excuses_its_week_only() -> None:
    worked = {1: {MONDAY + n * DAY for n in range(14)}}
    weeks = [MONDAY, MONDAY + 7 * DAY]
    waived = [MONDAY + 6 * DAY]
    assert restless_weeks(worked, weeks, ("sat", "sun"), 1, waived) == [Restless(MONDAY + 7 * DAY, 1)]


@pytest.mark.parametrize(
    ("present", "least", "holes"),
    [
        ([], 1, [(0, 10)]),
        ([(0, 10)], 1, []),
        ([(2, 4), (4, 8)], 1, [(0, 2), (8, 10)]),
        ([(0, 6), (4, 10)], 2, [(0, 4), (6, 10)]),
        ([(-5, 3), (9, 30)], 1, [(3, 9)]),
    ],
)
def test_what_is_not_covered(
    present: list[tuple[int, int]], least: int, holes: list[tuple[int, int]]
) -> None:
    def hours(pairs: list[tuple[int, int]]) -> list[tuple[dt.datetime, dt.datetime]]:
        return [(AT + a * HOUR, AT + b * HOUR) for a, b in pairs]

    assert uncovered(hours([(0, 10)]), hours(present), least) == hours(holes)


def test_cutting_periods() -> None:
    def at(hour: int) -> dt.datetime:
        return AT + hour * HOUR

    assert cut((at(8), at(21)), [(at(12), at(18)), (at(20), at(30))]) == [(at(8), at(12)), (at(18), at(20))]
    assert outside([(at(9), at(18))], at(0), at(24)) == [(at(0), at(9)), (at(18), at(24))]
    assert outside([], at(5), at(5)) == []


def test_a_night_shift_belongs_to_the_day_it_begins_on() -> None:
    source = shipped_source("site") + (
        '\n[rules."attendance.shift.night"]\nkind = "hours"\nclause = "S1c"\nweekly.daily = ["22:00-06:00"]\n'
        'on_holidays = "open"\novernight = true\n'
    )
    book = parse_book(source, file="site.toml")
    night = types_in(book)["night"]
    ((start, end),) = night.spans(MONDAY, DAYS)
    assert (start.date(), end.date(), end - start) == (MONDAY, MONDAY + DAY, 8 * HOUR)
    key = "attendance.shift.night"
    assert is_open(book, key, AT + 5 * HOUR, DAYS)
    assert not is_open(book, key, AT + 6 * HOUR, DAYS)
    assert open_between(book, key, AT + 4 * HOUR, AT + 23 * HOUR, DAYS) == 3 * HOUR


@pytest.mark.parametrize("wrong", ["22:00-06:00", "08:30-08:30"])
def test_an_interval_that_ends_before_it_begins_is_refused_unless_it_says_overnight(wrong: str) -> None:
    from office.rulebook.parser import WrongBook

    source = shipped_source("site") + (
        f'\n[rules."attendance.shift.night"]\nkind = "hours"\nclause = "S1c"\nweekly.daily = ["{wrong}"]\n'
        'on_holidays = "open"\n'
    )
    with pytest.raises(WrongBook):
        parse_book(source, file="site.toml")
