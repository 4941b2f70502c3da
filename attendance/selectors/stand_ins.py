"""Who could stand in for somebody on leave (J2), and what his leave leaves empty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from attendance.models import HotlineSpan, Leave
from attendance.rules.facts import ShiftFact
from attendance.rules.leaving import access_ends_at
from attendance.selectors.absence import last_days
from attendance.selectors.facts import shifts_of
from attendance.selectors.leaves import AWAY
from attendance.selectors.work_days import work_of, work_of_many
from office.rulebook import api as rulebook
from office.rulebook.calendar import ZONE
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
    `away`: the same, or has asked for it; `sensitive`: one of the posts takes two people (C13.2)."""

    person: Employee
    acts_for: tuple[str, ...]
    shares: tuple[str, ...]
    absent: bool
    away: bool
    sensitive: bool

    @property
    def posts(self) -> str:
        return " · ".join(position_label(code) for code in (*self.shares, *self.acts_for))


def candidates(leave: Leave, now: datetime) -> list[Candidate]:
    """Who holds a post that may act for one of the absent person's (J2), or the same post; those who are there
    first."""
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
    absent = {pk for pk, day in last_days(list(held)).items() if access_ends_at(day) < leave.ends_at}
    away = set(absent)
    for pk, state in Leave.objects.filter(
        employee_id__in=list(held),
        state__in=(*AWAY, Leave.State.REQUESTED),
        starts_at__lt=leave.ends_at,
        ends_at__gt=leave.starts_at,
    ).values_list("employee_id", "state"):
        away.add(pk)
        if state in AWAY:
            absent.add(pk)
    found = []
    for pk, posts in held.items():
        shares = tuple(sorted(own & posts))
        acts_for = tuple(sorted(post for post in own - posts if any((mine, post) in pairs for mine in posts)))
        if shares or acts_for:
            takes_two = bool(sensitive & set(acts_for))
            found.append(Candidate(people[pk], acts_for, shares, pk in absent, pk in away, takes_two))
    return sorted(found, key=lambda each: (each.away, not each.acts_for))


@dataclass(frozen=True, slots=True)
class EmptyDay:
    """One working day of a leave: what falls empty, who else is on it, who is off and could take it."""

    day: date
    shifts: tuple[str, ...]
    duties: tuple[str, ...]
    beside: tuple[str, ...]
    free: tuple[str, ...]

    @property
    def hole(self) -> bool:
        """Nobody else of the post is there."""
        return not self.beside


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a leave does to the roster. `more`: working days that are not shown one by one."""

    days: tuple[EmptyDay, ...]
    more: int
    candidates: tuple[Candidate, ...] = field(default=())

    @property
    def holes(self) -> int:
        return sum(1 for day in self.days if day.hole)


def coverage_of(leave: Leave, now: datetime) -> Coverage:
    """The days of the leave on which the person works, and what happens on them without him."""
    own = _working(leave, now)
    found = candidates(leave, now)
    pool = [each for each in found if not each.away]
    last = min(leave.last_day, leave.first_day + MOST_DAYS * DAY)
    others = work_of_many([each.person.pk for each in pool], leave.first_day, last, now)
    shifts: dict[date, list[ShiftFact]] = defaultdict(list)
    for shift in shifts_of([leave.employee_id], leave.first_day, last):
        if shift.starts_at < leave.ends_at and shift.ends_at > leave.starts_at:
            shifts[shift.day].append(shift)
    hotline = _hotline(leave)
    book = rulebook.book(now)
    days = []
    for day in sorted(own.keys() | hotline.keys())[:MOST_DAYS]:
        there = [each.person.name for each in pool if each.shares and day in others[each.person.pk]]
        free = [each.person.name for each in pool if day not in others[each.person.pk]]
        days.append(
            EmptyDay(
                day,
                tuple(_said(book, shift) for shift in shifts[day] if shift.sort == "work")
                or own.get(day, ()),
                (
                    *(_said(book, shift) for shift in shifts[day] if shift.sort == "duty"),
                    *hotline.get(day, ()),
                ),
                tuple(there),
                tuple(free),
            )
        )
    return Coverage(tuple(days), max(0, len(own) - len(days)), tuple(found))


def _working(leave: Leave, now: datetime) -> dict[date, tuple[str, ...]]:
    """The working days that the leave touches, with their hours."""
    worked = work_of(leave.employee_id, leave.first_day, leave.last_day, now)
    return {
        day: (
            " · ".join(
                f"{start.astimezone(ZONE):%H:%M}–{end.astimezone(ZONE):%H:%M}" for start, end in each.spans
            ),
        )
        for day, each in worked.items()
        if each.starts_at < leave.ends_at and each.ends_at > leave.starts_at
    }


def _said(book: rulebook.Book, shift: ShiftFact) -> str:
    hours = " · ".join(f"{a.astimezone(ZONE):%H:%M}–{b.astimezone(ZONE):%H:%M}" for a, b in shift.spans)
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
