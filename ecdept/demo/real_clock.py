"""Punches of a real time clock for the demo: who came when stays, who he was does not.

Real exports are not part of the repository (CONTRIBUTING.md, Test it). Where they lie beside it, a person of the demo
gets the days of one person of the clock: each punch as far from the demo's shift as it was from the real one, with its
doubles, wrong keys and missing partners. Without the file the demo makes its punches up (attendance_days.faulty).
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from statistics import median
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from attendance.intake.attlog import read_attlog
from attendance.intake.rows import PunchRow
from office.tables.table import Source

#: The hours that the people of the clock keep, by their usual first and last punch; others work other shifts.
BEGIN, END = time(8), time(16)
USUAL_FIRST, USUAL_LAST = (time(7, 15), time(8)), (time(15, 55), time(16, 15))
#: Days of a person of two months.
ENOUGH = 60
NOON = time(12)


class Press(NamedTuple):
    """One punch: `late` after the beginning of the shift (`at_end`: after its end); the key that was pressed, 0 in or
    1 out."""

    at_end: bool
    late: timedelta
    key: int


#: A working day of somebody, in the order of its punches.
Day = tuple[Press, ...]


def folder() -> Path:
    """Where real exports lie, if anywhere: $ECDEPT_TEST_DATA, else `shared/data` beside the checkout."""
    return Path(os.environ.get("ECDEPT_TEST_DATA") or Path(settings.BASE_DIR).parent / "shared" / "data")


def people_of_the_clock(now: datetime) -> list[list[Day]]:
    """The days of each person who keeps the usual hours, those first who forgot to punch least; [] without a file."""
    found = sorted((folder() / "attlog").glob("*.dat"))
    return usual_people(found[0], now) if found else []


def usual_people(path: Path, now: datetime) -> list[list[Day]]:
    """The same of one attlog.dat."""
    source = Source(path.name, path.stat().st_size, lambda: path.open("rb"))
    days: dict[str, dict[date, list[tuple[datetime, int]]]] = defaultdict(lambda: defaultdict(list))
    for row in read_attlog(source, now):
        if isinstance(row, PunchRow):
            at = timezone.localtime(row.at)
            days[row.number][at.date()].append((at, int(row.direction == "out")))
    usual = [
        by_day for by_day in days.values() if len(by_day) >= ENOUGH and _keeps_the_hours(by_day.values())
    ]
    usual.sort(key=lambda by_day: sum(len(punches) == 1 for punches in by_day.values()) / len(by_day))
    return [[_day(day, sorted(by_day[day])) for day in sorted(by_day)] for by_day in usual]


def _keeps_the_hours(days: Iterable[list[tuple[datetime, int]]]) -> bool:
    whole = [sorted(punches) for punches in days if len(punches) > 1]
    if not whole:
        return False
    first, last = (median(_seconds(punches[place][0].time()) for punches in whole) for place in (0, -1))
    return all(
        _seconds(low) <= found <= _seconds(high)
        for found, (low, high) in ((first, USUAL_FIRST), (last, USUAL_LAST))
    )


def _seconds(at: time) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second


def _day(day: date, punches: Sequence[tuple[datetime, int]]) -> Day:
    return tuple(
        Press(
            at.time() >= NOON, at - datetime.combine(day, END if at.time() >= NOON else BEGIN, at.tzinfo), key
        )
        for at, key in punches
    )


def laid_on(day: Day, starts_at: datetime, ends_at: datetime) -> Iterator[tuple[datetime, int]]:
    """(instant, key) of a day's punches at another shift."""
    for press in day:
        yield (ends_at if press.at_end else starts_at) + press.late, press.key
