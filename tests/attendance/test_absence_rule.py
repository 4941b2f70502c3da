"""Three in a row, five in a month (S2e): from a line of days to the rows that are found."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.rules.absence import DayMark, Known, Step, in_a_month, in_a_row, steps

#: (clause, what it is about, first day, one letter a day: x absent, w worked, l leave, h half absent, . rest; rows,
#: months).
CASES: tuple[tuple[str, str, date, str, list[str], list[str]], ...] = (
    ("S2e", "two days", date(2026, 11, 2), "xx", [], []),
    ("S2e", "three days", date(2026, 11, 2), "xxx", ["11-02 11-04"], []),
    ("S2e", "across the weekend", date(2026, 11, 5), "xx..x", ["11-05 11-09"], []),
    ("S2e", "across a rest day in the week", date(2026, 11, 2), "x.xx", ["11-02 11-05"], []),
    ("S2e", "across the month's end", date(2026, 10, 30), "x..xx", ["10-30 11-03"], []),
    ("S2e", "across the national holiday", date(2026, 9, 29), "xx.......x", ["09-29 10-08"], []),
    ("S2e", "across the year's end", date(2026, 12, 30), "xx.x", ["12-30 01-02"], []),
    ("S2e", "a worked day interrupts", date(2026, 11, 2), "xxwxx", [], []),
    ("S2e", "a day of leave interrupts", date(2026, 11, 2), "xxlx", [], []),
    ("S2e", "half a day interrupts", date(2026, 11, 2), "xxhx", [], []),
    ("S2e", "half a day is no whole one", date(2026, 11, 2), "hhhhh", [], []),
    ("S2e", "two rows", date(2026, 11, 2), "xxxwxxx", ["11-02 11-04", "11-06 11-08"], ["11"]),
    ("S2e", "a row is told whole", date(2026, 11, 2), "xxxxw", ["11-02 11-05"], []),
    ("S2e", "five in a month, never three in a row", date(2026, 11, 2), "xxwxxwx", [], ["11"]),
    ("S2e", "four in a month", date(2026, 11, 2), "xxwxxw", [], []),
    ("S2e", "five over two months are not five in one", date(2026, 10, 28), "xxw.xxwx", [], []),
    ("S2e", "five in each of two", date(2026, 10, 20), "xwxwxwxwx.....xwxwxwxwx", [], ["10", "11"]),
    ("S2e", "nothing at all", date(2026, 11, 2), "wwwww..", [], []),
    ("S2e", "only rest", date(2026, 11, 2), ".......", [], []),
)


def marks(first: date, line: str) -> list[DayMark]:
    share = {"x": Decimal(1), "h": Decimal("0.5")}
    return [
        DayMark(first + timedelta(days=n), letter != ".", share.get(letter, Decimal(0)))
        for n, letter in enumerate(line)
    ]


@pytest.mark.parametrize(
    ("about", "first", "line", "rows", "months"),
    [pytest.param(*case[1:], id=f"{case[0]} {case[1]}", marks=pytest.mark.clause(case[0])) for case in CASES],
)
def test_rows_and_months_are_found(
    about: str, first: date, line: str, rows: list[str], months: list[str]
) -> None:
    days = marks(first, line)
    for order in (days, days[::-1]):
        found = in_a_row(order, least=3)
        assert [f"{each.days[0]:%m-%d} {each.days[-1]:%m-%d}" for each in found] == rows, about
        assert [f"{each.days[0]:%m}" for each in in_a_month(order, least=5)] == months, about


@pytest.mark.clause("S2e")
def test_the_share_that_counts_is_a_parameter() -> None:
    assert len(in_a_row(marks(date(2026, 11, 2), "hxh"), least=3, counts_from=Decimal("0.5"))) == 1


LINES = st.text(alphabet="xxxw.l", min_size=8, max_size=40)
FIRST = date(2026, 10, 19)


@pytest.mark.clause("S2e")
@given(st.lists(st.tuples(LINES, st.sets(st.integers(0, 5))), min_size=1, max_size=5))
def test_every_day_that_meets_the_clause_is_in_a_case_and_nothing_is_opened_twice(
    story: list[tuple[str, set[int]]],
) -> None:
    """A story: what the days are settled as, then which cases are closed, and so on."""
    known: list[Known] = []
    ended: set[date] = set()
    for line, closing in story:
        days = marks(FIRST, line)
        absent = {mark.day for mark in days if mark.share}
        found = [*in_a_row(days, least=3), *in_a_month(days, least=5)]
        for step in steps(found, known):
            if step.number is None:
                assert set(step.days) - ended, "the same evidence opens nothing again"
            assert set(step.earlier) <= ended
            known = _after(step, known, absent)
        held = {day for case in known for day in case.days}
        assert {day for each in found for day in each.days} <= held
        again = steps(found, known)
        assert all(step.number is not None and _after(step, known, absent) == known for step in again)
        known = [replace(case, live=case.live and case.number not in closing) for case in known]
        ended = {day for case in known if not case.live for day in case.counted}


def _after(step: Step, known: list[Known], absent: set[date]) -> list[Known]:
    number = len(known) if step.number is None else step.number
    case = Known(number, step.sort, True, step.days, frozenset(absent & set(step.days)), dict(step.earlier))
    return sorted([*(each for each in known if each.number != number), case], key=lambda each: each.number)
