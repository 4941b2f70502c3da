"""Three days in a row, or five in a month (S2e). Pure.

The rule: what counts is the absence without leave of whole days (`attendance.absence_counts`). *In a row* is counted
over the days on which the person was to work: days of rest, weekends and public holidays lie between them and neither
count nor interrupt, months end without interrupting. A day that was worked, or excused by leave, interrupts. *In a
month* is counted over the calendar month of the day. A person decides what follows; this only finds the days.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class DayMark:
    """A settled day as the rule sees it. `planned`: the person was to work. `share`: the part of it that was absence
    without leave, 0.00 to 1.00."""

    day: date
    planned: bool
    share: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Found:
    """Days that meet the clause. `sort`: "row" or "month"."""

    sort: str
    days: tuple[date, ...]


def in_a_row(marks: Iterable[DayMark], *, least: int, counts_from: Decimal = Decimal(1)) -> list[Found]:
    """Every unbroken row of at least `least` days, whole."""
    found: list[Found] = []
    row: list[date] = []
    for mark in sorted(marks, key=lambda each: each.day):
        if not mark.planned:
            continue
        if mark.share >= counts_from:
            row.append(mark.day)
            continue
        if len(row) >= least:
            found.append(Found("row", tuple(row)))
        row = []
    if len(row) >= least:
        found.append(Found("row", tuple(row)))
    return found


def in_a_month(marks: Iterable[DayMark], *, least: int, counts_from: Decimal = Decimal(1)) -> list[Found]:
    """Every calendar month with at least `least` such days."""
    months: dict[tuple[int, int], list[date]] = defaultdict(list)
    for mark in sorted(marks, key=lambda each: each.day):
        if mark.planned and mark.share >= counts_from:
            months[mark.day.year, mark.day.month].append(mark.day)
    return [Found("month", tuple(days)) for _month, days in sorted(months.items()) if len(days) >= least]
