"""Who could stand in for somebody on leave (J2), and what his leave leaves empty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from attendance.models import HotlineSpan, Leave
from attendance.rules.facts import Period, ShiftFact
from attendance.rules.leave import WorkDay
from attendance.rules.leaving import access_ends_at
from attendance.rules.spans import common, merged, without
from attendance.selectors.absence import last_days
from attendance.selectors.facts import shifts_of
from attendance.selectors.leave_access import CHAIN, manages
from attendance.selectors.leaves import AWAY
from attendance.selectors.work_days import work_of, work_of_many
from office.approvals.models import Vote
from office.rulebook import api as rulebook
from office.rulebook.calendar import ZONE
from office.staff import api as staff
from office.staff import second_person, wiring
from office.staff.models import Appointment, Employee
from office.staff.selectors import position_label

#: So many days of a leave are shown one by one.
MOST_DAYS = 31
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may stand in. `acts_for`: the posts that would become acting appointments; `shares`: posts of the
    absent person that he holds himself; `absent`: not there in the time himself, on leave or after his last day;
    `away`: the same, or has asked for it; `gone`: when he is not there, of what is settled; `sensitive`: one of the
    posts takes two people (C13.2)."""

    person: Employee
    acts_for: tuple[str, ...]
    shares: tuple[str, ...]
    absent: bool
    away: bool
    sensitive: bool
    gone: tuple[Period, ...] = ()

    @property
    def posts(self) -> str:
        return " · ".join(position_label(code) for code in (*self.shares, *self.acts_for))


def candidates(leave: Leave, now: datetime) -> list[Candidate]:
    """Who holds a post that may act for one of the absent person's (J2), or the same post; those who are there first.
    Of a leave that has begun the rest of it counts."""
    at = max(leave.starts_at, now)
    held: dict[int, set[str]] = defaultdict(set)
    people: dict[int, Employee] = {}
    for row in (
        Appointment.objects.filter(during__contains=at, acting=False, employee__is_active=True)
        .select_related("employee")
        .order_by("employee__name_key", "employee__number")
    ):
        held[row.employee_id].add(row.position)
        people[row.employee_id] = row.employee
    own = held.pop(leave.employee_id, set())
    pairs = wiring.acting_pairs(at)
    sensitive = second_person.sensitive_posts(now)
    gone: dict[int, list[Period]] = defaultdict(list)
    for pk, last_day in last_days(list(held)).items():
        if access_ends_at(last_day) < leave.ends_at:
            gone[pk].append((access_ends_at(last_day), leave.ends_at))
    away = set(gone)
    for pk, state, *period in Leave.objects.filter(
        employee_id__in=list(held),
        state__in=(*AWAY, Leave.State.REQUESTED),
        starts_at__lt=leave.ends_at,
        ends_at__gt=at,
    ).values_list("employee_id", "state", "starts_at", "ends_at"):
        away.add(pk)
        if state in AWAY:
            gone[pk].append((period[0], period[1]))
    found = []
    for pk, posts in held.items():
        shares = tuple(sorted(own & posts))
        acts_for = tuple(sorted(post for post in own - posts if any((mine, post) in pairs for mine in posts)))
        if shares or acts_for:
            found.append(
                Candidate(
                    people[pk],
                    acts_for,
                    shares,
                    absent=pk in gone,
                    away=pk in away,
                    sensitive=bool(sensitive & set(acts_for)),
                    gone=tuple(gone.get(pk, ())),
                )
            )
    return sorted(found, key=lambda each: (each.away, not each.acts_for))


def may_name_later(person: Employee, leave: Leave, now: datetime) -> bool:
    """Whether the person says who stands in during a leave that was agreed to: one who agreed to it, or may decide on
    leave and looks after him; nobody for his own."""
    if person.pk == leave.employee_id or leave.state != Leave.State.APPROVED or leave.ends_at <= now:
        return False
    agreed = Vote.objects.filter(
        person=person,
        decision=Vote.Decision.APPROVE,
        run__kind=CHAIN,
        run__subject_type="leave",
        run__subject_id=str(leave.pk),
    )
    if agreed.exists():
        return True
    posts = {code for step in rulebook.chain_rule(CHAIN, now).steps for code in step.positions}
    decides = bool(posts & staff.positions_of(person, now))
    return decides and manages(person, leave.employee_id, now)


def gone_in(leave: Leave, now: datetime) -> list[Period]:
    """When the stand-in of the leave is not there himself in what is left of it: on leave, or after his last day."""
    if leave.deputy_id is None:
        return []
    rest = [(max(leave.starts_at, now), leave.ends_at)]
    rows = Leave.objects.filter(
        employee_id=leave.deputy_id, state__in=AWAY, starts_at__lt=leave.ends_at, ends_at__gt=rest[0][0]
    )
    away = [(each.starts_at, each.ends_at) for each in rows]
    away += [(access_ends_at(day), leave.ends_at) for day in last_days([leave.deputy_id]).values()]
    return common(rest, merged(each for each in away if each[0] < each[1]))


def stands_in_for(person_id: int, begin: datetime, end: datetime) -> list[Leave]:
    """The agreed leaves within that time in which the person is to stand in, by begin."""
    return list(
        Leave.objects.filter(
            deputy_id=person_id, state=Leave.State.APPROVED, starts_at__lt=end, ends_at__gt=begin
        )
        .select_related("employee", "deputy", "deputy_by")
        .order_by("starts_at", "pk")
    )


@dataclass(frozen=True, slots=True)
class EmptyDay:
    """One day of a leave: what falls empty, who else of the post is there in that time, who is off and could take it.
    `uncovered`: the hours, and the duties, that nobody else has."""

    day: date
    shifts: tuple[str, ...]
    duties: tuple[str, ...]
    beside: tuple[str, ...]
    free: tuple[str, ...]
    uncovered: tuple[str, ...]

    @property
    def hole(self) -> bool:
        return bool(self.uncovered)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a leave does to the roster. `more`: days that are not shown one by one; `stands_in_for`: leaves of others in
    which the person is to stand in then."""

    days: tuple[EmptyDay, ...]
    more: int
    candidates: tuple[Candidate, ...] = field(default=())
    stands_in_for: tuple[Leave, ...] = field(default=())

    @property
    def holes(self) -> int:
        return sum(1 for day in self.days if day.hole)


def coverage_of(leave: Leave, now: datetime) -> Coverage:
    """The days of the leave on which the person works, and what happens in their hours without him. Whoever has only
    asked for leave is there still; one who is away is missed for that time alone."""
    found = candidates(leave, now)
    first, last = leave.first_day - DAY, min(leave.last_day, leave.first_day + MOST_DAYS * DAY)
    others = [each.person.pk for each in found]
    worked = work_of_many(others, first, last + DAY, now)
    shifts = shifts_of([leave.employee_id, *others], first, last)
    leaving = [(leave.starts_at, leave.ends_at)]
    own: dict[date, list[Period]] = {
        day: common(each.spans, leaving)
        for day, each in work_of(leave.employee_id, first, leave.last_day, now).items()
        if common(each.spans, leaving)
    }
    mine: dict[date, list[ShiftFact]] = defaultdict(list)
    for shift in shifts:
        if shift.employee_id == leave.employee_id and common(shift.spans, leaving):
            mine[shift.day].append(shift)
    hotline = _hotline(leave)
    book = rulebook.book(now)
    there = {
        each.person.pk: without(
            merged(span for day in worked[each.person.pk].values() for span in day.spans), each.gone
        )
        for each in found
    }
    all_days = sorted(own.keys() | hotline.keys())
    days = []
    for day in all_days[:MOST_DAYS]:
        duties = [shift for shift in mine[day] if shift.sort == "duty"]
        at_work = without(own.get(day, ()), [span for duty in duties for span in duty.spans])
        open_hours, beside = at_work, []
        for each in found:
            if each.shares and common(at_work, there[each.person.pk]):
                beside.append(each.person.name)
                open_hours = without(open_hours, there[each.person.pk])
        days.append(
            EmptyDay(
                day,
                tuple(_said(book, shift) for shift in mine[day] if shift.sort == "work") or _hours(at_work),
                (*(_said(book, duty) for duty in duties), *hotline.get(day, ())),
                tuple(beside),
                tuple(each.person.name for each in found if _off(each, day, worked[each.person.pk])),
                (
                    *_hours(open_hours),
                    *(_said(book, duty) for duty in duties if not _held_too(duty, shifts, found)),
                    *hotline.get(day, ()),
                ),
            )
        )
    others_leave = stands_in_for(leave.employee_id, max(leave.starts_at, now), leave.ends_at)
    return Coverage(tuple(days), len(all_days) - len(days), tuple(found), tuple(others_leave))


def _off(each: Candidate, day: date, worked: Mapping[date, WorkDay]) -> bool:
    """He does not work on the day and is not away on it."""
    begin = datetime.combine(day, time(0), tzinfo=ZONE)
    return day not in worked and not common([(begin, begin + DAY)], each.gone)


def _held_too(duty: ShiftFact, shifts: Sequence[ShiftFact], found: Sequence[Candidate]) -> bool:
    """Whether somebody else has the same duty in all of its hours."""
    gone = {each.person.pk: each.gone for each in found}
    left: list[Period] = list(duty.spans)
    for shift in shifts:
        if shift.code == duty.code and shift.sort == "duty" and shift.employee_id != duty.employee_id:
            left = without(left, without(shift.spans, gone[shift.employee_id]))
    return not left


def _hours(spans: Sequence[Period]) -> tuple[str, ...]:
    said = " · ".join(f"{a.astimezone(ZONE):%H:%M}–{b.astimezone(ZONE):%H:%M}" for a, b in spans)
    return (said,) if said else ()


def _said(book: rulebook.Book, shift: ShiftFact) -> str:
    hours = "".join(_hours(shift.spans))
    name = book.names.get(shift.code)
    return f"{name} {hours}" if name else hours


def _hotline(leave: Leave) -> Mapping[date, tuple[str, ...]]:
    found: dict[date, list[str]] = defaultdict(list)
    for span in HotlineSpan.objects.filter(
        employee_id=leave.employee_id,
        removed_at=None,
        published_at__isnull=False,
        starts_at__lt=leave.ends_at,
        ends_at__gt=leave.starts_at,
    ).order_by("starts_at"):
        starts_at, ends_at = span.starts_at.astimezone(ZONE), span.ends_at.astimezone(ZONE)
        found[starts_at.date()].append(
            f"{HotlineSpan._meta.verbose_name} {starts_at:%H:%M}–{ends_at:%m-%d %H:%M}"
        )
    return {day: tuple(said) for day, said in found.items()}
