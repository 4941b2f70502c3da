"""What a roster lacks before it is published: weeks without rest (S1d), hours without an agent or a duty, nights
without a hotline holder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, cast

from django.utils import timezone

from attendance.models import Shift
from attendance.rules.facts import Period
from attendance.rules.shifts import DAY, WEEK, Restless, days_from, monday, restless_weeks, uncovered
from attendance.selectors import hotline
from attendance.selectors.roster_people import in_posts
from attendance.selectors.types import shift_types
from attendance.selectors.waivers import waived
from office.rulebook import api as rulebook
from office.rulebook.calendar import ZONE

COVERAGE, REST, LEAST = "attendance.coverage", "attendance.rest", "attendance.rest_days"


@dataclass(frozen=True, slots=True)
class Hole:
    """`kind`: "agents", "hotline", or "duty" with the duty's code."""

    kind: Literal["agents", "hotline", "duty"]
    code: str
    starts_at: datetime
    ends_at: datetime
    clause: str

    @property
    def day(self) -> date:
        return timezone.localdate(self.starts_at)

    def as_json(self) -> list[Any]:
        return [self.kind, self.code, self.starts_at.isoformat(), self.ends_at.isoformat()]


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE)


def live(first: date, last: date, *, drafts: bool) -> list[Shift]:
    """Shifts that stand on these days, both included; with the planner's drafts or without."""
    found = Shift.objects.filter(day__range=(first, last), removed_at=None)
    if not drafts:
        found = found.filter(published_at__isnull=False)
    return list(found.order_by("day", "starts_at"))


def restless(first: date, last: date, now: datetime, *, drafts: bool = True) -> list[Restless]:
    """The weeks that these days touch in which somebody has no rest, by week."""
    start, end = monday(first), monday(last) + WEEK - DAY
    return restless_in(live(start, end, drafts=drafts), start, end, now)


def restless_in(shifts: Iterable[Shift], start: date, end: date, now: datetime) -> list[Restless]:
    """As `restless`, for shifts of whole weeks at hand."""
    worked: dict[int, set[date]] = defaultdict(set)
    for shift in shifts:
        worked[shift.employee_id].add(shift.day)
    names = rulebook.parameter_rule(REST, at=now).texts("service")
    least = rulebook.limit_rule(LEAST, at=now).count
    mondays = [start + WEEK * n for n in range((end - start).days // 7 + 1)]
    return restless_weeks(worked, mondays, names, least, waived(days_from(start, end)))


def holes(first: date, last: date, now: datetime, *, drafts: bool = True) -> list[Hole]:
    """What is not covered on these days, by begin."""
    shifts = live(first - DAY, last, drafts=drafts)
    found = [*_agents(shifts, first, last, now), *_duties(shifts, first, last, now)]
    start, end = midnight(first), midnight(last + DAY)
    held = [(span.starts_at, span.ends_at) for span in hotline.spans_between(start, end, drafts=drafts)]
    clause = rulebook.parameter_rule(hotline.RULE, at=now).clause
    for begin, finish in uncovered(hotline.nights(start, end, now), held, 1):
        found.append(Hole("hotline", "", begin, finish, clause))
    return sorted(found, key=lambda hole: (hole.starts_at, hole.kind))


def _pieces(shifts: Iterable[Shift]) -> list[Period]:
    return [(cast(datetime, s.lower), cast(datetime, s.upper)) for shift in shifts for s in shift.spans]


def _agents(shifts: list[Shift], first: date, last: date, now: datetime) -> list[Hole]:
    book, table = rulebook.book(now), rulebook.day_table()
    rule = rulebook.rule_in(book, COVERAGE, rulebook.ParameterRule)
    hours = rulebook.rule_in(book, rule.text("hours"), rulebook.HoursRule)
    agents = {person.pk for person in in_posts(rule.texts("positions"), now)}
    windows = [period for day in days_from(first, last) for period in rulebook.intervals(hours, table, day)]
    present = _pieces(shift for shift in shifts if shift.employee_id in agents)
    short = uncovered(windows, present, rule.integer("least"))
    return [Hole("agents", "", begin, finish, rule.clause) for begin, finish in short]


def _duties(shifts: list[Shift], first: date, last: date, now: datetime) -> list[Hole]:
    """A duty is covered by whoever has it. The half hour in which he still works his own shift counts: he is there."""
    table = rulebook.day_table()
    found = []
    for type_ in shift_types(now).values():
        if type_.sort != "duty":
            continue
        on_it = {(shift.employee_id, shift.day) for shift in shifts if shift.code == type_.code}
        present = _pieces(shift for shift in shifts if (shift.employee_id, shift.day) in on_it)
        windows = [period for day in days_from(first, last) for period in type_.spans(day, table)]
        for begin, finish in uncovered(windows, present, 1):
            found.append(Hole("duty", type_.code, begin, finish, type_.rule.clause))
    return found
