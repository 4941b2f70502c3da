"""What a shift type is, which one a pattern gives on a day, and what a roster must keep. Pure.

A pattern is a cycle of shift types that begins anew from its anchor day on; "" is a day of rest. On a public holiday a
type whose hours are closed then falls away. On a weekend day that is made up for (调休) a person whose cycle has a
type that follows make-up days works that type, whatever the cycle says of the day.

A week runs from Monday to Sunday. It keeps S1d when at least so many of the book's rest days in it are free of work and
duty: a day is not free when a shift or duty runs on it, whatever day it belongs to. A rest that was given up (S7) on
one of these days excuses the week.

S1d is said of service staff. Office staff rest by S7, on Saturday and Sunday both: no work of theirs runs on either,
unless the rest of the very day was given up, or the calendar makes it a working day in exchange for another (调休). A
duty that a clause orders on such a day (M7.3) is no work in this sense, but it leaves them the one day of S1d.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from attendance.rules.facts import Period
from office.rulebook.calendar import ZONE, DayTable, intervals
from office.rulebook.types import HoursRule

DAY, WEEK = timedelta(days=1), timedelta(days=7)
_TICK = timedelta(microseconds=1)
REST = ""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class ShiftType:
    """A rule "attendance.shift.<code>" (work) or "attendance.duty.<code>" (duty) of the book."""

    code: str
    sort: Literal["work", "duty"]
    rule: HoursRule
    name: str
    letter: str

    @property
    def meal(self) -> timedelta:
        return self.rule.meal or timedelta()

    def spans(self, day: date, days: DayTable) -> tuple[Period, ...]:
        """The pieces to be worked of the shift that belongs to the day; none when the type is not worked then."""
        return intervals(self.rule, days, day)


def code_on(
    cycle: Sequence[str], anchor: date, day: date, types: Mapping[str, ShiftType], days: DayTable
) -> str:
    """The type that the pattern gives on the day, REST for none. A type that the book no longer has is rest."""
    code = cycle[(day - anchor).days % len(cycle)]
    if days.kind(day) == "makeup":
        following = (each for each in cycle if each in types and types[each].rule.follow_makeup)
        code = code or next(following, REST)
    found = types.get(code)
    return code if found is not None and found.spans(day, days) else REST


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


@dataclass(frozen=True, slots=True, order=True)
class Restless:
    """A person's week, named by its Monday, without the rest that S1d, or of office staff S7, asks for."""

    week: date
    employee_id: int
    clause: str = "S1d"


def restless_weeks(
    worked: Mapping[int, Collection[date]],
    mondays: Iterable[date],
    rest_days: Collection[str],
    least: int,
    waived: Collection[date] = (),
) -> list[Restless]:
    """`worked`: employee id → days with a shift or duty. `rest_days`: names of weekdays that count as rest."""
    found = []
    for first in sorted(set(mondays)):
        candidates = [first + DAY * WEEKDAYS.index(name) for name in rest_days]
        if any(day in waived for day in candidates):
            continue
        for employee_id, days in worked.items():
            if sum(day not in days for day in candidates) < least and any(day in days for day in candidates):
                found.append(Restless(first, employee_id))
    return sorted(found)


def weekend_workers(
    worked: Mapping[int, Collection[date]],
    mondays: Iterable[date],
    rest_days: Collection[str],
    but: Collection[date] = (),
) -> list[Restless]:
    """Office staff whose work takes one of the rest days (S7). `worked`: employee id → days on which work runs; `but`:
    days that are worked on, given up or made up for."""
    found = []
    for first in sorted(set(mondays)):
        candidates = {first + DAY * WEEKDAYS.index(name) for name in rest_days} - set(but)
        found += [Restless(first, who, "S7") for who, days in worked.items() if candidates & set(days)]
    return sorted(found)


def days_touched(spans: Iterable[Period]) -> set[date]:
    """The local days on which a part of the spans runs."""
    return {
        day
        for start, end in spans
        for day in days_from(start.astimezone(ZONE).date(), (end - _TICK).astimezone(ZONE).date())
    }


def cut(period: Period, away: Iterable[Period]) -> list[Period]:
    """What is left of the period, in order."""
    left = [period]
    for start, end in sorted(away):
        left = [
            piece
            for begin, finish in left
            for piece in ((begin, min(finish, start)), (max(begin, end), finish))
            if piece[0] < piece[1]
        ]
    return left


def uncovered(windows: Iterable[Period], present: Iterable[Period], least: int) -> list[Period]:
    """The parts of the windows in which fewer than `least` of the periods run, in order, adjoining ones joined."""
    marks: list[tuple[datetime, int]] = []
    for start, end in present:
        marks += [(start, 1), (end, -1)]
    marks.sort(key=lambda mark: mark[0])
    found: list[Period] = []
    for begin, finish in sorted(windows):
        at, count = begin, sum(step for instant, step in marks if instant <= begin)
        for instant, step in [*((i, s) for i, s in marks if begin < i < finish), (finish, 0)]:
            if count < least and instant > at:
                if found and found[-1][1] == at:
                    found[-1] = (found[-1][0], instant)
                else:
                    found.append((at, instant))
            at, count = instant, count + step
    return found


def outside(windows: Iterable[Period], start: datetime, end: datetime) -> list[Period]:
    """What lies between the windows, from `start` to `end`."""
    return cut((start, end), windows) if start < end else []


def days_from(first: date, last: date) -> list[date]:
    """Both included."""
    return [first + DAY * n for n in range((last - first).days + 1)]
