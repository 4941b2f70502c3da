"""Working time: hours of a rule, Chinese public holidays, make-up working days. Pure; the day table is
given.

All arithmetic is done on aware instants. Local days are days in Asia/Shanghai, whatever zone an instant
comes in. Every function takes the day table as `days`; without one it asks the source that the app has set
(`use_days`), and only when the answer depends on it.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import holidays

from office.rulebook.types import (
    ALWAYS,
    CALENDAR_DAYS,
    WORKING_DAYS,
    Book,
    DeadlineRule,
    HoursRule,
    PlanStep,
    ScheduleRule,
)

ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
_LOOK_AHEAD = 400  # days; no pattern that is open at all stays closed for longer

DayKind = Literal["workday", "weekend", "holiday", "makeup"]


@dataclass(frozen=True, slots=True)
class Override:
    """A day that differs from what the published calendar says."""

    kind: Literal["off", "work"]
    name: str


@dataclass(frozen=True, slots=True)
class DayTable:
    """What kind of day each local date is: the national calendar with the company's overrides on top."""

    overrides: Mapping[date, Override] = field(default_factory=dict)

    def kind(self, day: date) -> DayKind:
        override = self.overrides.get(day)
        if override is not None:
            if override.kind == "off":
                return "holiday"
            return "makeup" if day.weekday() >= 5 else "workday"
        off, makeup = _national(day.year)
        if day in off:
            return "holiday"
        if day.weekday() < 5:
            return "workday"
        return "makeup" if day in makeup else "weekend"

    def works(self, day: date) -> bool:
        return self.kind(day) in ("workday", "makeup")

    def name(self, day: date) -> str:
        """The holiday's name, in Chinese, or ""."""
        override = self.overrides.get(day)
        if override is not None:
            return override.name
        return _national(day.year)[0].get(day, "")

    def published(self, year: int) -> bool:
        """Whether the year's days off and make-up days are known.

        Every yearly notice of the State Council since 2001 has make-up days, so a year without any is one
        that the `holidays` package only extrapolates: it then leaves the make-up days out without saying
        so. A year whose notice was entered by hand counts as known once it has a make-up day among the
        overrides.
        """
        if any(day.year == year and entry.kind == "work" for day, entry in self.overrides.items()):
            return True
        return _has_notice(year)


_source: Callable[[], DayTable] = DayTable


def use_days(source: Callable[[], DayTable]) -> None:
    """Where the day table comes from when a caller gives none."""
    global _source
    _source = source


@lru_cache(maxsize=64)
def _national(year: int) -> tuple[Mapping[date, str], frozenset[date]]:
    # A notice for January may turn days of the December before into working days: both notices are read.
    china = holidays.country_holidays("CN", years=[year, year + 1], language="zh_CN", expand=False)
    off = {day: name for day, name in china.items() if day.year == year}
    return off, frozenset(day for day in china.weekend_workdays if day.year == year)


@lru_cache(maxsize=64)
def _has_notice(year: int) -> bool:
    china = holidays.country_holidays("CN", years=[year], expand=False)
    return any(day.year == year for day in china.weekend_workdays)


def published(year: int, days: DayTable | None = None) -> bool:
    """See DayTable.published."""
    return (days or _source()).published(year)


# ---------------------------------------------------------------- open hours


def intervals(rule: HoursRule, days: DayTable, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """The open intervals that begin on the local day, as aware instants, in order and apart."""
    kind = days.kind(day)
    if kind == "holiday" and rule.on_holidays == "closed":
        return ()
    pattern = rule.weekly[0] if kind == "makeup" and rule.follow_makeup else rule.weekly[day.weekday()]
    return tuple(
        (
            _at(day, span.start),
            _end_of(day) if span.end is None else _at(day + DAY if span.overnight else day, span.end),
        )
        for span in pattern
    )


def is_open(book: Book, hours_key: str, at: datetime, days: DayTable | None = None) -> bool:
    """Whether the hours are open at the instant; the closing instant itself is closed."""
    if hours_key == ALWAYS:
        return True
    rule = hours_of(book, hours_key)
    table, day = days or _source(), _day(at)
    return any(
        start <= at < end
        for begun in ((day - DAY, day) if rule.overnight else (day,))
        for start, end in intervals(rule, table, begun)
    )


def next_opening(book: Book, hours_key: str, at: datetime, days: DayTable | None = None) -> datetime:
    """`at` itself when open, else the next instant at which the hours open."""
    if hours_key == ALWAYS:
        return at
    for start, end in _forward(hours_of(book, hours_key), days or _source(), at):
        if end > at:
            return max(start, at)
    raise AssertionError("hours that never open are refused by the parser")


def open_between(
    book: Book, hours_key: str, a: datetime, b: datetime, days: DayTable | None = None
) -> timedelta:
    """Open time that passes from `a` to `b`; zero when b is not after a. For "always", the plain
    difference.
    """
    if b <= a:
        return timedelta()
    if hours_key == ALWAYS:
        return b - a
    total = timedelta()
    rule, table = hours_of(book, hours_key), days or _source()
    day, last = _first(rule, a), _day(b)
    while day <= last:
        for start, end in intervals(rule, table, day):
            total += max(timedelta(), min(end, b) - max(start, a))
        day += DAY
    return total


def hours_of(book: Book, key: str) -> HoursRule:
    """The hours rule of that key. Raises LookupError."""
    found = book.rules.get(key)
    if not isinstance(found, HoursRule):
        raise LookupError(f"the {book.code} book has no hours {key!r}")
    return found


# ---------------------------------------------------------------- deadlines


def due_at(book: Book, rule: DeadlineRule, started_at: datetime, days: DayTable | None = None) -> datetime:
    """When the time of the rule is over, in UTC.

    "always": elapsed time, months first. Hours: the instant at which that much open time has passed.
    "calendar", "working": the midnight that ends the last day, where the day of the start counts as day
    nought; a "working" duration of nought days that begins on a day off ends with the next working day.
    """
    if rule.hours == ALWAYS:
        return _utc(_add_months(started_at, rule.months) + rule.duration)
    if rule.hours == CALENDAR_DAYS:
        local = _add_months(started_at, rule.months)
        return _utc(_end_of(_day(local) + rule.duration))
    table = days or _source()
    if rule.hours == WORKING_DAYS:
        return _utc(
            _end_of(_working_day(_day(_add_months(started_at, rule.months)), rule.duration.days, table))
        )
    return _utc(_after(hours_of(book, rule.hours), table, started_at, rule.duration))


def plan(
    book: Book, rule: DeadlineRule, started_at: datetime, days: DayTable | None = None
) -> tuple[PlanStep, ...]:
    """Every instant at which the deadline must be looked at, in order: warning, breach, escalations.

    Steps of the ladder without delay are the breach; when there is none the breach is told to the holder.
    Delays and the warning are counted in the same hours as the rule. The warning never lies before the
    start.
    """
    table = DayTable() if rule.hours in (ALWAYS, CALENDAR_DAYS) else days or _source()
    due = due_at(book, rule, started_at, table)
    steps: list[PlanStep] = []
    if rule.warn_before is not None:
        warned = max(_shifted(book, rule, due, -rule.warn_before, table), _utc(started_at))
        steps.append(PlanStep(warned, "warn", rule.warn_to))
    at_once = [step.to for step in rule.ladder if not step.delay]
    steps += [PlanStep(due, "breach", to) for to in (at_once or ["holder"])]
    steps += [
        PlanStep(_shifted(book, rule, due, step.delay, table), "escalate", step.to)
        for step in rule.ladder
        if step.delay
    ]
    return tuple(steps)


def _shifted(book: Book, rule: DeadlineRule, due: datetime, by: timedelta, days: DayTable) -> datetime:
    """`due` moved by a delay, counted as the rule counts: whole working days as such, less than a day as
    elapsed.
    """
    if rule.hours == WORKING_DAYS and by % DAY == timedelta():
        last = _day(due - DAY)  # due is the midnight that ends this day
        return _utc(_end_of(_working_day(last, by.days, days)))
    if rule.hours in (ALWAYS, CALENDAR_DAYS, WORKING_DAYS):
        return _utc(due + by)
    hours = hours_of(book, rule.hours)
    return _utc(_after(hours, days, due, by) if by >= timedelta() else _before(hours, days, due, -by))


def _after(rule: HoursRule, days: DayTable, start: datetime, duration: timedelta) -> datetime:
    """The first instant by which `duration` of open time has passed since `start`."""
    left = duration
    for opens, closes in _forward(rule, days, start):
        begin = max(opens, start)
        if closes <= begin:
            continue
        if closes - begin >= left:
            return begin + left
        left -= closes - begin
    raise AssertionError("hours that never open are refused by the parser")


def _before(rule: HoursRule, days: DayTable, end: datetime, duration: timedelta) -> datetime:
    """The last instant from which `duration` of open time passes until `end`."""
    left = duration
    day, tried = _day(end), 0
    while tried < _LOOK_AHEAD:
        for opens, closes in reversed(intervals(rule, days, day)):
            finish = min(closes, end)
            if finish <= opens:
                continue
            if finish - opens >= left:
                return finish - left
            left -= finish - opens
            tried = 0
        day, tried = day - DAY, tried + 1
    raise AssertionError("hours that never open are refused by the parser")


def _forward(rule: HoursRule, days: DayTable, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Open intervals from the local day of `start` on; ends only when nothing opens for more than a year."""
    day, tried = _first(rule, start), 0
    while tried < _LOOK_AHEAD:
        found = intervals(rule, days, day)
        tried = 0 if found else tried + 1
        yield from found
        day += DAY


def _working_day(day: date, count: int, days: DayTable) -> date:
    """The `count`-th working day after `day` (before it when negative); nought: the day itself or the next
    one.
    """
    if count == 0:
        while not days.works(day):
            day += DAY
        return day
    step = DAY if count > 0 else -DAY
    left = abs(count)
    while left:
        day += step
        if days.works(day):
            left -= 1
    return day


def working_days_between(first: date, last: date, days: DayTable | None = None) -> int:
    """Working days from `first` to `last`, both included."""
    table = days or _source()
    return sum(table.works(first + index * DAY) for index in range((last - first).days + 1))


# ---------------------------------------------------------------- schedules


def occurrences(rule: ScheduleRule, after: datetime) -> Iterator[datetime]:
    """The instants of the schedule strictly after `after`, in UTC, without end."""
    if rule.every == "minute":
        step = timedelta(minutes=rule.interval)
        first = _utc(_at(rule.anchor, rule.at))
        instant = first + ((after - first) // step + 1) * step
        while True:
            yield instant
            instant += step
    day = _day(after)
    while True:
        if _falls_on(rule, day):
            instant = _utc(_at(day, rule.at))
            if instant > after:
                yield instant
        day += DAY


def next_run(rule: ScheduleRule, after: datetime) -> datetime:
    """The first instant of the schedule strictly after `after`."""
    return next(occurrences(rule, after))


def latest_run(rule: ScheduleRule, at: datetime) -> datetime:
    """The last instant of the schedule that is not after `at`."""
    lengths = {
        "minute": timedelta(minutes=1),
        "day": DAY,
        "week": 7 * DAY,
        "month": 31 * DAY,
        "year": 366 * DAY,
    }
    runs = occurrences(rule, at - lengths[rule.every] * rule.interval - DAY)
    run = next(runs)
    while (later := next(runs)) <= at:
        run = later
    return run


def _falls_on(rule: ScheduleRule, day: date) -> bool:
    if rule.every == "day":
        return (day - rule.anchor).days % rule.interval == 0
    if rule.every == "week":
        weeks = (day - rule.anchor + timedelta(days=rule.anchor.weekday())).days // 7
        return day.isoweekday() == rule.weekday and weeks % rule.interval == 0
    last = monthrange(day.year, day.month)[1]
    if day.day != min(rule.day or 1, last):
        return False
    if rule.every == "month":
        return ((day.year - rule.anchor.year) * 12 + day.month - rule.anchor.month) % rule.interval == 0
    return day.month == rule.month and (day.year - rule.anchor.year) % rule.interval == 0


# ---------------------------------------------------------------- instants and local days


def _day(at: datetime) -> date:
    return at.astimezone(ZONE).date()


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=ZONE)


def _first(rule: HoursRule, at: datetime) -> date:
    """The first local day whose hours can hold the instant."""
    return _day(at) - DAY if rule.overnight else _day(at)


def _end_of(day: date) -> datetime:
    return _at(day + DAY, time(0))


def _utc(at: datetime) -> datetime:
    return at.astimezone(_UTC)


_UTC = ZoneInfo("UTC")


def _add_months(at: datetime, months: int) -> datetime:
    """The same local clock time so many months later, on the month's last day when the day does not exist."""
    if not months:
        return at
    local = at.astimezone(ZONE)
    index = local.year * 12 + local.month - 1 + months
    year, month = divmod(index, 12)
    month += 1
    return local.replace(year=year, month=month, day=min(local.day, monthrange(year, month)[1]))
