"""Three days in a row, or five in a month (S2e). Pure.

The rule: what counts is the absence without leave of whole days (`attendance.absence_counts`). *In a row* is counted
over the days on which the person was to work: days of rest, weekends and public holidays lie between them and neither
count nor interrupt, months end without interrupting. A day that was worked, or excused by leave, interrupts. *In a
month* is counted over the calendar month of the day. A person decides what follows; this only finds the days.

A case that has ended covers the days of which its last evidence said that they count. Days that are found again and
are all covered open nothing; one day more opens a new case, which says of each day whether an earlier case covered it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class Known:
    """An absence case as it stands. `days` are its own, `counted` those that its last evidence says count, `earlier`
    those of them that another case had covered, with its number."""

    number: int
    sort: str
    live: bool
    days: tuple[date, ...]
    counted: frozenset[date]
    earlier: Mapping[date, int] = field(default_factory=dict)

    def is_about(self, found: Found) -> bool:
        """A row is the same when it shares a day; a month when it is the same month."""
        if self.sort != found.sort:
            return False
        if self.sort == "row":
            return bool(set(self.days) & set(found.days))
        return (self.days[0].year, self.days[0].month) == (found.days[0].year, found.days[0].month)


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done: the case `number` is to have these days as its evidence, or (None) a new one is to be opened.
    `earlier`: which of the days a case that has ended covered."""

    number: int | None
    sort: str
    days: tuple[date, ...]
    stands: bool
    earlier: Mapping[date, int]


def steps(found: Sequence[Found], known: Sequence[Known]) -> list[Step]:
    """What follows from the days that are found now, for one person. `known`: all his absence cases, oldest first."""
    covered = {day: case.number for case in known if not case.live for day in case.counted}
    taken = {day for case in known if case.live for day in case.days}
    made: list[Step] = []
    for each in found:
        own = next((case for case in known if case.live and case.is_about(each)), None)
        if own is not None:
            joined = {day: covered[day] for day in each.days if day in covered and day not in own.days}
            kept = {day: number for day, number in own.earlier.items() if day in each.days}
            made.append(Step(own.number, each.sort, each.days, stands=True, earlier=joined | kept))
        elif not set(each.days) <= taken | covered.keys():
            made.append(
                Step(
                    None,
                    each.sort,
                    each.days,
                    stands=True,
                    earlier={day: covered[day] for day in each.days if day in covered},
                )
            )
        taken.update(each.days)
    gone = [case for case in known if case.live and not any(case.is_about(each) for each in found)]
    made += [Step(case.number, case.sort, case.days, stands=False, earlier=case.earlier) for case in gone]
    return made
