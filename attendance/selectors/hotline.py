"""Who has the hotline (C9.3, M7.1): in the online hours the desk; else whom the roster names, unless he is on leave;
else the service supervisor on duty, else any holder of the post, who is not on leave before who is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import HotlineSpan, Leave
from attendance.rules.facts import Period
from attendance.rules.shifts import DAY, days_from, outside
from attendance.selectors.leaves import AWAY, on_leave
from office.rulebook import api as rulebook
from office.rulebook.calendar import ZONE
from office.staff import api as staff
from office.staff.models import Employee

RULE = "attendance.hotline"


@dataclass(frozen=True, slots=True)
class Holder:
    """`desk`: calls come to the desk. `people`: to whom they are forwarded otherwise, the first before the others;
    empty when nobody can be named. `by_roster`: the roster names him. `until`: when that changes, None if not known."""

    desk: bool
    people: tuple[Employee, ...]
    by_roster: bool
    until: datetime | None
    clause: str


def holder(at: datetime) -> Holder:
    """Who has the hotline at the instant. Raises NoBookInForce, UnknownRule."""
    book = rulebook.book(at)
    rule = rulebook.rule_in(book, RULE, rulebook.ParameterRule)
    hours, word = rule.text("outside_hours"), rule.text("duty")
    if rulebook.is_open(book, hours, at):
        return Holder(True, (), False, _closing(book, hours, at), rule.clause)
    named = rostered(at)
    until = rulebook.next_opening(book, hours, at)
    if named is not None:
        ends = [named.ends_at, until, *_next_leave(named.employee_id, at, until)]
        return Holder(False, (named.employee,), True, min(end for end in ends if end), rule.clause)
    return Holder(False, tuple(_standing_in(word, at)), False, until, rule.clause)


_NAME_SQL = """
SELECT name FROM (
    SELECT e.name, 0 AS rank, e.name_key FROM attendance_hotlinespan h JOIN staff_employee e ON e.id = h.employee_id
     WHERE h.removed_at IS NULL AND h.published_at IS NOT NULL AND h.starts_at <= %(at)s AND h.ends_at > %(at)s
       AND e.is_active AND NOT EXISTS (
           SELECT FROM attendance_leave l WHERE l.employee_id = e.id AND l.state = ANY(%(away)s)
              AND l.starts_at <= %(at)s AND l.ends_at > %(at)s)
    UNION ALL
    SELECT e.name, CASE WHEN EXISTS (
               SELECT FROM attendance_leave l WHERE l.employee_id = e.id AND l.state = ANY(%(away)s)
                  AND l.starts_at <= %(at)s AND l.ends_at > %(at)s) THEN 3
           WHEN p.id IS NULL THEN 2 ELSE 1 END, e.name_key
      FROM staff_appointment a JOIN staff_employee e ON e.id = a.employee_id
      LEFT JOIN staff_presence p ON p.employee_id = e.id AND p.ended_at IS NULL
     WHERE a.position = ANY(%(posts)s) AND a.during @> %(at)s::timestamptz AND e.is_active
) found ORDER BY rank, name_key LIMIT 1
"""


def name_now(book: rulebook.Book, at: datetime) -> str | None:
    """For the frame of every page, by one query at most: None in the online hours, else the name of who has it, "" for
    nobody. The page of the hotline says it with all its grounds."""
    rule = rulebook.rule_in(book, RULE, rulebook.ParameterRule)
    if rulebook.is_open(book, rule.text("outside_hours"), at):
        return None
    with connection.cursor() as cursor:
        posts = list(rulebook.resolve_word(rule.text("duty"), at))
        cursor.execute(_NAME_SQL, {"at": at, "posts": posts, "away": list(AWAY)})
        found = cursor.fetchone()
    return found[0] if found else ""


def rostered(at: datetime) -> HotlineSpan | None:
    """The published span that holds at the instant, of somebody who may still sign in and is not on leave."""
    found = (
        HotlineSpan.objects.filter(
            removed_at=None,
            published_at__isnull=False,
            starts_at__lte=at,
            ends_at__gt=at,
            employee__is_active=True,
        )
        .select_related("employee")
        .first()
    )
    return None if found is None or on_leave([found.employee_id], at) else found


def _next_leave(employee_id: int, at: datetime, until: datetime) -> list[datetime]:
    """When the person goes on leave, when that is before the other instant."""
    leaves = Leave.objects.filter(
        employee_id=employee_id, state__in=AWAY, starts_at__gt=at, starts_at__lt=until
    )
    return list(leaves.values_list("starts_at", flat=True))


def named_now(at: datetime) -> list[Employee]:
    """What the rulebook's word "duty service manager" means at the instant: whom the roster names, or nobody."""
    found = rostered(at)
    return [] if found is None else [found.employee]


def _standing_in(word: str, at: datetime) -> list[Employee]:
    for position in rulebook.resolve_word(word, at):
        people = staff.on_duty(position, at)
        if not people:
            every = staff.holders(position, at)
            away = on_leave([each.pk for each in every], at)
            people = [each for each in every if each.pk not in away] or every
        if people:
            return people
    return []


def _closing(book: rulebook.Book, hours: str, at: datetime) -> datetime | None:
    rule = rulebook.rule_in(book, hours, rulebook.HoursRule)
    day = timezone.localdate(at)
    ends = [end for start, end in rulebook.intervals(rule, rulebook.day_table(), day) if start <= at < end]
    return ends[0] if ends else None


def sentence(found: Holder) -> str:
    """One sentence for a person, or for the telephone switch."""
    if found.desk:
        return _("Online hours: calls come to the desk.")
    if not found.people:
        return _("Nobody has the hotline.")
    first = found.people[0]
    if not first.phone:
        return _("Forward to {name}, whose number is not known.").format(name=first.name)
    return _("Forward to {name}, {phone}.").format(name=first.name, phone=first.phone)


def said(found: Holder) -> dict[str, Any]:
    """For machines and scripts: `name` and `phone` are None when nobody can be named, or the desk has it."""
    first = found.people[0] if found.people else None
    return {
        "desk": found.desk,
        "name": first.name if first else None,
        "phone": (first.phone or None) if first else None,
        "by_roster": found.by_roster,
        "until": found.until,
        "clause": found.clause,
        "sentence": sentence(found),
    }


def spans_between(start: datetime, end: datetime, *, drafts: bool = False) -> list[HotlineSpan]:
    """Live spans that touch the period, by begin."""
    found = HotlineSpan.objects.filter(removed_at=None, starts_at__lt=end, ends_at__gt=start)
    if not drafts:
        found = found.filter(published_at__isnull=False)
    return list(found.select_related("employee").order_by("starts_at", "pk"))


def nights(first: datetime, last: datetime, at: datetime) -> list[Period]:
    """The times outside the online hours between the two instants, by the book in force at `at`."""
    book = rulebook.book(at)
    rule = rulebook.rule_in(book, RULE, rulebook.ParameterRule)
    hours = rulebook.rule_in(book, rule.text("outside_hours"), rulebook.HoursRule)
    table = rulebook.day_table()
    open_ = [
        period
        for day in days_from(timezone.localdate(first) - DAY, timezone.localdate(last))
        for period in rulebook.intervals(hours, table, day)
    ]
    return outside(open_, first, last)


def nights_of(first: date, last: date, now: datetime) -> list[Period]:
    """Each time outside the online hours that begins on one of the days. A night that the first day's morning ends
    belongs to the day before."""
    rule = rulebook.parameter_rule(RULE, at=now)
    hours = rulebook.hours_rule(rule.text("outside_hours"), at=now)
    table = rulebook.day_table()
    found: list[Period] = []
    day = first
    while day <= last:
        today = rulebook.intervals(hours, table, day)
        after = day + DAY
        while not (tomorrow := rulebook.intervals(hours, table, after)):
            after += DAY
        begin = today[-1][1] if today else datetime(day.year, day.month, day.day, tzinfo=ZONE)
        found.append((begin, tomorrow[0][0]))
        day = after
    return found
