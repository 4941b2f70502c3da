"""What a roster lacks before it is published: weeks without rest (S1d, S7), hours without an agent or a duty, nights
without a hotline holder. Who is on leave, agreed to or told by telephone, is not there, whatever his shift says; a
leave that waits for its decision is a doubt: what would not be covered once it is agreed to. Who is on the way out
covers nothing after his last day (S6), and nobody covers the agents' hours while he holds none of their posts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, cast

from django.utils import timezone

from attendance.models import HotlineSpan, Shift, Swapped
from attendance.rules.facts import LeaveFact, Period
from attendance.rules.shifts import (
    DAY,
    WEEK,
    Restless,
    cut,
    days_from,
    days_touched,
    monday,
    restless_weeks,
    uncovered,
    weekend_workers,
)
from attendance.selectors import hotline
from attendance.selectors.absence import EXCUSED, gone_times
from attendance.selectors.leaves import leaves_of
from attendance.selectors.roster_people import post_times
from attendance.selectors.types import shift_types
from attendance.selectors.waivers import waived
from office.rulebook import api as rulebook
from office.rulebook.calendar import ZONE

COVERAGE, REST, LEAST = "attendance.coverage", "attendance.rest", "attendance.rest_days"
TURNS = "attendance.weekend_rotation"


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


def around(first: date, last: date, *, drafts: bool) -> list[Shift]:
    """Shifts of the whole weeks that the days touch, and of the day before, from which a night shift reaches in."""
    return live(monday(first) - DAY, monday(last) + WEEK - DAY, drafts=drafts)


def restless(
    first: date, last: date, now: datetime, *, drafts: bool = True, shifts: list[Shift] | None = None
) -> list[Restless]:
    """The weeks that these days touch in which somebody has not the rest that is his, by week: S1d, of office staff S7.
    `shifts`: those of `around`, when they are read already."""
    start, end = monday(first), monday(last) + WEEK - DAY
    worked: dict[int, set[date]] = defaultdict(set)
    at_work: dict[int, set[date]] = defaultdict(set)
    for shift in around(first, last, drafts=drafts) if shifts is None else shifts:
        days = days_touched((cast(datetime, span.lower), cast(datetime, span.upper)) for span in shift.spans)
        worked[shift.employee_id] |= days
        if shift.sort == Shift.Sort.WORK:
            at_work[shift.employee_id] |= days
    rule = rulebook.parameter_rule(REST, at=now)
    least = rulebook.limit_rule(LEAST, at=now).count
    mondays = [start + WEEK * n for n in range((end - start).days // 7 + 1)]
    free = waived(days_from(start, end))
    found = restless_weeks(worked, mondays, rule.texts("service"), least, free)
    known = {(each.week, each.employee_id) for each in found}
    table = rulebook.day_table()
    made_up = {day for day in days_from(start, end) if table.kind(day) == "makeup"}
    weekends = weekend_workers(at_work, mondays, rule.texts("office"), free | made_up)
    weekends = [each for each in weekends if (each.week, each.employee_id) not in known]
    return sorted([*found, *_of_office(weekends, start, end, now)])


def _of_office(weeks: list[Restless], start: date, end: date, now: datetime) -> list[Restless]:
    """The weeks of office staff among them: of who holds or acts for none of the service posts in that week. Service
    posts are those that cover the online hours (C9.1), take turns at the weekend (C9.2) and have the hotline (C9.3)."""
    if not weeks:
        return []
    book = rulebook.book(now)
    posts = {
        *rulebook.rule_in(book, COVERAGE, rulebook.ParameterRule).texts("positions"),
        *rulebook.rule_in(book, TURNS, rulebook.ParameterRule).texts("positions"),
        *rulebook.resolve_word(
            rulebook.rule_in(book, hotline.RULE, rulebook.ParameterRule).text("duty"), now
        ),
    }
    held = post_times(posts, midnight(start), midnight(end + DAY))
    return [
        each
        for each in weeks
        if not any(
            begin < midnight(each.week + WEEK) and midnight(each.week) < finish
            for begin, finish in held.get(each.employee_id, ())
        )
    ]


@dataclass(frozen=True, slots=True)
class Doubt:
    """What would not be covered if the leaves that these people asked for were agreed to."""

    hole: Hole
    employee_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What stands on the days: shifts, nights and leaves."""

    first: date
    last: date
    shifts: list[Shift]
    nights: list[HotlineSpan]
    leaves: list[LeaveFact]
    gone: Mapping[int, Period]

    def away(self, states: Collection[str]) -> Mapping[int, list[Period]]:
        found: dict[int, list[Period]] = defaultdict(list)
        for employee_id, period in self.gone.items():
            found[employee_id].append(period)
        for leave in self.leaves:
            if leave.state in states:
                found[leave.employee_id].append((leave.starts_at, leave.ends_at))
        return found


def holes(first: date, last: date, now: datetime, *, drafts: bool = True) -> list[Hole]:
    """What is not covered on these days, by begin."""
    return _holes(_plan(first, last, drafts), now, EXCUSED)


def holes_and_doubts(
    first: date,
    last: date,
    now: datetime,
    *,
    drafts: bool = True,
    nights: list[HotlineSpan] | None = None,
    shifts: list[Shift] | None = None,
) -> tuple[list[Hole], list[Doubt]]:
    """What is not covered, and what more would not be if every leave that was asked for were agreed to. `nights`: the
    hotline's of these days, `shifts`: those of `around`, when they are read already."""
    plan = _plan(first, last, drafts, nights, shifts)
    found = _holes(plan, now, EXCUSED)
    asked = [leave for leave in plan.leaves if leave.state not in EXCUSED]
    if not asked:
        return found, []
    doubts = []
    for part in beyond(_holes(plan, now, (*EXCUSED, *(leave.state for leave in asked))), found):
        doubts.append(Doubt(part, _who(plan, asked, part)))
    return found, doubts


def emptied(moves: Collection[tuple[Swapped, int]], now: datetime) -> list[Hole]:
    """What would no longer be covered if each of these shifts or nights went to that person, as the published roster is
    now: on their days, and on the day after, into which a night runs."""
    owners = {(type(turn), turn.pk): who for turn, who in moves}

    def moved(turn: Any) -> Any:
        other = copy(turn)
        other.employee_id = owners.get((type(turn), turn.pk), turn.employee_id)
        return other

    found = []
    for day in sorted({turn.day + n * DAY for turn, _who in moves for n in (0, 1)}):
        shifts = live(day - DAY, day, drafts=False)
        nights = hotline.spans_between(midnight(day), midnight(day + DAY))
        before, after = (
            _holes(_plan(day, day, False, held, work), now, EXCUSED)
            for work, held in ((shifts, nights), ([*map(moved, shifts)], [*map(moved, nights)]))
        )
        found += beyond(after, before)
    return found


def beyond(found: Iterable[Hole], known: Collection[Hole]) -> list[Hole]:
    """The parts of the holes that are not among the known ones."""
    return [
        Hole(hole.kind, hole.code, begin, finish, hole.clause)
        for hole in found
        for begin, finish in cut(
            (hole.starts_at, hole.ends_at),
            [(o.starts_at, o.ends_at) for o in known if (o.kind, o.code) == (hole.kind, hole.code)],
        )
    ]


def _plan(
    first: date,
    last: date,
    drafts: bool,
    nights: list[HotlineSpan] | None = None,
    known: list[Shift] | None = None,
) -> _Plan:
    if known is None:
        known = live(first - DAY, last, drafts=drafts)
    shifts = [shift for shift in known if first - DAY <= shift.day <= last]
    if nights is None:
        nights = hotline.spans_between(midnight(first), midnight(last + DAY), drafts=drafts)
    people = {shift.employee_id for shift in shifts} | {span.employee_id for span in nights}
    leaves = leaves_of(people, first - DAY, last + DAY)
    return _Plan(first, last, shifts, nights, leaves, gone_times(people, last))


def _holes(plan: _Plan, now: datetime, states: Collection[str]) -> list[Hole]:
    away = plan.away(states)
    start, end = midnight(plan.first), midnight(plan.last + DAY)
    clause = rulebook.parameter_rule(hotline.RULE, at=now).clause
    held = [
        piece
        for span in plan.nights
        for piece in cut((span.starts_at, span.ends_at), away.get(span.employee_id, ()))
    ]
    nights = uncovered(hotline.nights(start, end, now), held, 1)
    found = [
        *_agents(plan, away, now),
        *_duties(plan, away, now),
        *(Hole("hotline", "", begin, finish, clause) for begin, finish in nights),
    ]
    return sorted(found, key=lambda hole: (hole.starts_at, hole.kind))


def _who(plan: _Plan, asked: list[LeaveFact], hole: Hole) -> tuple[int, ...]:
    """Whose leave would make the hole: who is planned in it, and asked to be away."""
    planned = (
        {span.employee_id for span in plan.nights}
        if hole.kind == "hotline"
        else {shift.employee_id for shift in plan.shifts if hole.kind == "agents" or shift.code == hole.code}
    )
    return tuple(
        sorted(
            {
                leave.employee_id
                for leave in asked
                if leave.employee_id in planned
                and leave.starts_at < hole.ends_at
                and hole.starts_at < leave.ends_at
            }
        )
    )


def _pieces(shifts: Iterable[Shift], away: Mapping[int, list[Period]]) -> list[Period]:
    """The times in which somebody is there."""
    return [
        piece
        for shift in shifts
        for span in shift.spans
        for piece in cut(
            (cast(datetime, span.lower), cast(datetime, span.upper)), away.get(shift.employee_id, ())
        )
    ]


def _agents(plan: _Plan, away: Mapping[int, list[Period]], now: datetime) -> list[Hole]:
    book, table = rulebook.book(now), rulebook.day_table()
    rule = rulebook.rule_in(book, COVERAGE, rulebook.ParameterRule)
    hours = rulebook.rule_in(book, rule.text("hours"), rulebook.HoursRule)
    held = post_times(rule.texts("positions"), midnight(plan.first), midnight(plan.last + DAY))
    days = days_from(plan.first, plan.last)
    windows = [period for day in days for period in rulebook.intervals(hours, table, day)]
    present = [
        (max(begin, start), min(finish, end))
        for employee_id, times in held.items()
        for begin, finish in _pieces((s for s in plan.shifts if s.employee_id == employee_id), away)
        for start, end in times
        if begin < end and start < finish
    ]
    short = uncovered(windows, present, rule.integer("least"))
    return [Hole("agents", "", begin, finish, rule.clause) for begin, finish in short]


def _duties(plan: _Plan, away: Mapping[int, list[Period]], now: datetime) -> list[Hole]:
    """A duty is covered by whoever has it. The half hour in which he still works his own shift counts: he is there."""
    table = rulebook.day_table()
    found = []
    for type_ in shift_types(now).values():
        if type_.sort != "duty":
            continue
        on_it = {(shift.employee_id, shift.day) for shift in plan.shifts if shift.code == type_.code}
        present = _pieces((shift for shift in plan.shifts if (shift.employee_id, shift.day) in on_it), away)
        windows = [period for day in days_from(plan.first, plan.last) for period in type_.spans(day, table)]
        for begin, finish in uncovered(windows, present, 1):
            found.append(Hole("duty", type_.code, begin, finish, type_.rule.clause))
    return found
