"""Counting leave: which hours a leave covers, what it costs, how much a person is entitled to. Pure.

A day counts by the person's published shifts that belong to it; rest days and holidays have none and cost nothing. In a
week (Monday to Sunday) for which nothing is published for the person, the book's office hours stand in their place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_UP, Decimal
from typing import Literal, TypeVar

from attendance.rules.facts import Period, ShiftFact
from office.rulebook.calendar import ZONE

DAY = timedelta(days=1)
HALF = Decimal("0.5")
ONE = Decimal(1)
NOTHING = Decimal(0)
HOUR = timedelta(hours=1)

Unit = Literal["day", "half_day", "hour"]
Counted = Literal["working", "calendar"]
Which = TypeVar("Which")


@dataclass(frozen=True, slots=True)
class WorkDay:
    """One local day with work: `spans` in order and apart, `length` what is worked of them (a meal taken out)."""

    day: date
    spans: tuple[Period, ...]
    length: timedelta

    @property
    def starts_at(self) -> datetime:
        return self.spans[0][0]

    @property
    def ends_at(self) -> datetime:
        return self.spans[-1][1]

    @property
    def middle(self) -> datetime:
        """Where the first half of the day ends: at the longest break, else when half of the time has passed."""
        breaks = [
            (after[0] - before[1], before[1])
            for before, after in zip(self.spans, self.spans[1:], strict=False)
        ]
        longest = max(breaks, default=None)
        if longest is not None and longest[0] > timedelta():
            return longest[1]
        return self.starts_at + (self.ends_at - self.starts_at) / 2


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), tzinfo=ZONE)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def work_days(
    first: date,
    last: date,
    shifts: Iterable[ShiftFact],
    office: Callable[[date], tuple[Period, ...]],
) -> list[WorkDay]:
    """The days from `first` to `last` on which one person works. `shifts`: his published ones of the weeks touched;
    `office(day)`: the office hours of the day, () on days off."""
    by_day: dict[date, list[ShiftFact]] = defaultdict(list)
    for shift in shifts:
        by_day[shift.day].append(shift)
    rostered = {monday_of(day) for day in by_day}
    found = []
    for number in range((last - first).days + 1):
        day = first + number * DAY
        if monday_of(day) in rostered:
            own = sorted(by_day.get(day, ()), key=lambda shift: shift.starts_at)
            spans = tuple(span for shift in own for span in shift.spans)
            length = sum((shift.length for shift in own), timedelta())
        else:
            spans = office(day)
            length = sum((end - start for start, end in spans), timedelta())
        if spans and length > timedelta():
            found.append(WorkDay(day, spans, length))
    return found


def whole_days(first: date, last: date, work: Mapping[date, WorkDay]) -> Period:
    """The period of leave on whole days: from midnight, or from the end of a night shift of the day before, until the
    midnight after the last day, or until the end of a night shift that belongs to it."""
    starts_at, ends_at = midnight(first), midnight(last + DAY)
    before, own = work.get(first - DAY), work.get(last)
    if before is not None:
        starts_at = max(starts_at, before.ends_at)
    if own is not None:
        ends_at = max(ends_at, own.ends_at)
    return starts_at, ends_at


def half_day(day: WorkDay, half: Literal["first", "second"]) -> Period:
    """The first or the second half of one working day."""
    return (day.starts_at, day.middle) if half == "first" else (day.middle, day.ends_at)


def covered(day: WorkDay, period: Period) -> timedelta:
    """How much of the day's work the period takes; a meal is taken out of what is left over last."""
    inside = sum(
        (max(timedelta(), min(end, period[1]) - max(start, period[0])) for start, end in day.spans),
        timedelta(),
    )
    return min(inside, day.length)


def days_cost(unit: Unit, day: WorkDay, period: Period) -> Decimal:
    """The part of one working day that a leave costs: 0, 0.5 or 1."""
    taken = covered(day, period)
    if not taken:
        return NOTHING
    if unit == "day" or taken >= day.length:
        return ONE
    starts_at, ends_at = max(period[0], day.starts_at), min(period[1], day.ends_at)
    return HALF if ends_at <= day.middle or starts_at >= day.middle else ONE


def hours_cost(day: WorkDay, period: Period) -> Decimal:
    """The hours of one working day that a leave costs, begun half hours counted whole."""
    halves = Decimal(covered(day, period) / timedelta(minutes=30)).quantize(ONE, rounding=ROUND_UP)
    return halves * HALF


def cost(
    *, unit: Unit, counted: Counted, first: date, last: date, period: Period, work: Sequence[WorkDay]
) -> Decimal:
    """What a leave comes to, in days, for the unit "hour" in hours. `work`: the days from the one before `first` on."""
    if counted == "calendar":
        return Decimal((last - first).days + 1)
    inside = [day for day in work if first <= day.day <= last]
    if unit == "hour":
        return sum((hours_cost(day, period) for day in inside), NOTHING)
    return sum((days_cost(unit, day, period) for day in inside), NOTHING)


def in_time(asked: date, first: date, notice: timedelta) -> bool:
    """Whether leave from `first` on was asked for early enough (S2a): whole days are counted by the calendar."""
    return first - asked >= timedelta(days=-(-notice // DAY))


# ---------------------------------------------------------------- entitlement


def months_later(day: date, months: int) -> date:
    """The same day so many months later, on the month's last when it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - DAY).day))


def months_between(first: date, last: date) -> int:
    """Whole months from `first` to `last`; a month that has no such day ends with its last."""
    months = (last.year - first.year) * 12 + last.month - first.month
    return months - (1 if months_later(first, months) > last else 0)


def step_of(years: int, steps: Sequence[tuple[int, int]]) -> int:
    """Days a year by whole years of service: the highest step that is reached, else nothing."""
    return max((days for least, days in steps if years >= least), default=0)


def annual_entitlement(
    *, year: int, joined: date, months_before: int, steps: Sequence[tuple[int, int]]
) -> int:
    """Whole days of annual leave in a calendar year.

    `steps`: (years of service, days), by the statute (1, 5), (10, 10), (20, 15). Service counts from `months_before`
    the joining. Whoever has the first step on 1 January, having joined before, gets the days of the step reached then.
    Otherwise the part of the year after joining or reaching the first step counts: its days / 365 × the step's days,
    fractions dropped."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    if joined > last or not steps:
        return 0
    least = min(years for years, _days in steps)
    begins = months_later(joined, max(0, least * 12 - months_before))  # the first step is reached on this day
    start = max(joined, begins)
    if start <= first:
        return step_of((months_before + months_between(joined, first)) // 12, steps)
    if start > last:
        return 0
    days = step_of((months_before + months_between(joined, start)) // 12, steps)
    return ((last - start).days + 1) * days // 365


def allot(amount: Decimal, accounts: Sequence[tuple[Which, Decimal]]) -> list[tuple[Which, Decimal]] | None:
    """Spread an amount over the accounts (which, what is left) in their order; None when they do not hold enough."""
    left, found = amount, []
    for account, has in accounts:
        part = min(left, max(has, NOTHING))
        if part > 0:
            found.append((account, part))
            left -= part
    return found if left <= 0 else None
