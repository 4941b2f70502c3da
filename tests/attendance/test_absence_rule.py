"""Three in a row, five in a month (S2e): from a line of days to the rows that are found."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from attendance.rules.absence import DayMark, in_a_month, in_a_row

#: (what it is about, first day, one letter a day: x absent, w worked, l leave, h half absent, . rest; rows, months).
CASES: tuple[tuple[str, date, str, list[str], list[str]], ...] = (
    ("two days", date(2026, 11, 2), "xx", [], []),
    ("three days", date(2026, 11, 2), "xxx", ["11-02 11-04"], []),
    ("across the weekend", date(2026, 11, 5), "xx..x", ["11-05 11-09"], []),
    ("across a rest day in the week", date(2026, 11, 2), "x.xx", ["11-02 11-05"], []),
    ("across the month's end", date(2026, 10, 30), "x..xx", ["10-30 11-03"], []),
    ("across the national holiday", date(2026, 9, 29), "xx.......x", ["09-29 10-08"], []),
    ("across the year's end", date(2026, 12, 30), "xx.x", ["12-30 01-02"], []),
    ("a worked day interrupts", date(2026, 11, 2), "xxwxx", [], []),
    ("a day of leave interrupts", date(2026, 11, 2), "xxlx", [], []),
    ("half a day interrupts", date(2026, 11, 2), "xxhx", [], []),
    ("half a day is no whole one", date(2026, 11, 2), "hhhhh", [], []),
    ("two rows", date(2026, 11, 2), "xxxwxxx", ["11-02 11-04", "11-06 11-08"], ["11"]),
    ("a row is told whole", date(2026, 11, 2), "xxxxw", ["11-02 11-05"], []),
    ("five in a month, never three in a row", date(2026, 11, 2), "xxwxxwx", [], ["11"]),
    ("four in a month", date(2026, 11, 2), "xxwxxw", [], []),
    ("five over two months are not five in one", date(2026, 10, 28), "xxw.xxwx", [], []),
    ("five in each of two", date(2026, 10, 20), "xwxwxwxwx.....xwxwxwxwx", [], ["10", "11"]),
    ("nothing at all", date(2026, 11, 2), "wwwww..", [], []),
    ("only rest", date(2026, 11, 2), ".......", [], []),
)


def marks(first: date, line: str) -> list[DayMark]:
    share = {"x": Decimal(1), "h": Decimal("0.5")}
    return [
        DayMark(first + timedelta(days=n), letter != ".", share.get(letter, Decimal(0)))
        for n, letter in enumerate(line)
    ]


@pytest.mark.clause("S2e")
@pytest.mark.parametrize(("about", "first", "line", "rows", "months"), CASES, ids=[case[0] for case in CASES])
def test_rows_and_months_are_found(
    about: str, first: date, line: str, rows: list[str], months: list[str]
) -> None:
    given = marks(first, line)
    for order in (given, given[::-1]):
        found = in_a_row(order, least=3)
        assert [f"{each.days[0]:%m-%d} {each.days[-1]:%m-%d}" for each in found] == rows, about
        assert [f"{each.days[0]:%m}" for each in in_a_month(order, least=5)] == months, about


@pytest.mark.clause("S2e")
def test_the_share_that_counts_is_a_parameter() -> None:
    assert len(in_a_row(marks(date(2026, 11, 2), "hxh"), least=3, counts_from=Decimal("0.5"))) == 1
