"""Who has the hotline (C9.3, M7.1): in the online hours the desk; else whom the roster names, unless he is on leave;
else the service supervisor on duty, else any holder of the post, who is not on leave before who is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import HotlineSpan
from attendance.rules.facts import Period
from attendance.rules.shifts import DAY, days_from, outside
from attendance.selectors.absence import last_days
from attendance.selectors.availability import IN_SHIFT, ON_LEAVE, ROSTER, instant
from attendance.selectors.leaves import on_leave
from office.rulebook import api as rulebook
from office.rulebook.calendar import ZONE
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
    until = rulebook.next_opening(book, hours, at)
    posts = list(rulebook.resolve_word(word, at))
    found = _who(posts, at)
    changes = _changes(posts, at, until or at + UNKNOWN)
    until = next((each for each in changes if _first(_who(posts, each)) != _first(found)), until)
    known = Employee.objects.in_bulk([each.id for each in found])
    by_roster = bool(found) and found[0].rank == ROSTERED
    return Holder(False, tuple(known[each.id] for each in found), by_roster, until, rule.clause)


class _Row(NamedTuple):
    """Somebody who has the hotline by `post` (place in the word) and `rank`."""

    post: int
    rank: int
    id: int
    name: str


#: Ranks: named by the roster; on duty; neither on duty nor on leave; on leave.
ROSTERED = 0
#: So far ahead it is looked for a change when the book says nothing of an opening.
UNKNOWN = timedelta(days=7)
_GONE = """
EXISTS (SELECT FROM attendance_leaving gone WHERE gone.employee_id = p.id AND gone.state = 'running'
           AND gone.last_day < %(today)s)
"""
# One statement for the frame of every page, the page of the hotline, machines and the telephone switch: they name the
# same person at the same instant. Own holders of the post stand before those who act for it.
_WHO = f"""
SELECT post, rank, id, name FROM (
    SELECT 0 AS post, 0 AS rank, false AS acting, p.id, p.name, p.name_key, p.number
      FROM attendance_hotlinespan h JOIN staff_employee p ON p.id = h.employee_id
     WHERE h.removed_at IS NULL AND h.published_at IS NOT NULL AND h.starts_at <= %(at)s AND h.ends_at > %(at)s
       AND p.is_active AND NOT {ON_LEAVE} AND NOT {_GONE}
    UNION ALL
    SELECT array_position(%(posts)s::text[], a.position::text),
           CASE WHEN {ON_LEAVE} THEN 3
                WHEN {IN_SHIFT} AND EXISTS (SELECT FROM staff_presence o WHERE o.employee_id = p.id
                     AND o.started_at <= %(at)s AND (o.ended_at IS NULL OR o.ended_at > %(at)s)) THEN 1
                ELSE 2 END,
           a.acting, p.id, p.name, p.name_key, p.number
      FROM staff_appointment a JOIN staff_employee p ON p.id = a.employee_id {ROSTER}
     WHERE a.position = ANY (%(posts)s) AND a.during @> %(at)s::timestamptz AND p.is_active AND NOT {_GONE}
) found ORDER BY post, rank, acting, name_key, number
"""  # noqa: S608  own words
_CHANGES = """
WITH turn AS (
    SELECT employee_id, starts_at, ends_at FROM attendance_hotlinespan
     WHERE removed_at IS NULL AND published_at IS NOT NULL AND starts_at < %(until)s AND ends_at > %(at)s
), held AS (
    SELECT employee_id, during FROM staff_appointment
     WHERE position = ANY (%(posts)s) AND during && tstzrange(%(at)s, %(until)s)
), asked AS (SELECT employee_id AS id FROM turn UNION SELECT employee_id FROM held)
SELECT DISTINCT change FROM (
    SELECT unnest(ARRAY[starts_at, ends_at]) AS change FROM turn
    UNION ALL SELECT unnest(ARRAY[lower(during), upper(during)]) FROM held
    UNION ALL SELECT unnest(ARRAY[l.starts_at, l.ends_at])
      FROM attendance_leave l JOIN asked ON asked.id = l.employee_id
     WHERE l.state = ANY (%(away)s) AND l.starts_at < %(until)s AND l.ends_at > %(at)s
    UNION ALL SELECT unnest(ARRAY[lower(piece), upper(piece)])
      FROM attendance_shift s JOIN asked ON asked.id = s.employee_id CROSS JOIN unnest(s.spans) AS piece
     WHERE s.removed_at IS NULL AND s.published_at IS NOT NULL AND s.starts_at < %(until)s AND s.ends_at > %(at)s
    UNION ALL SELECT unnest(%(midnights)s::timestamptz[])
) known WHERE change > %(at)s AND change < %(until)s ORDER BY change
"""


def _who(posts: list[str], at: datetime) -> list[_Row]:
    """Who has it outside the online hours: whom the roster names, else the best of the first post that has anybody."""
    with connection.cursor() as cursor:
        cursor.execute(_WHO, {"posts": posts, **instant(at)})
        rows = [_Row(*row) for row in cursor.fetchall()]
    best: dict[int, _Row] = {}
    for row in rows:
        if row[:2] == rows[0][:2]:
            best.setdefault(row.id, row)
    return list(best.values())


def _first(found: list[_Row]) -> tuple[int | None, bool]:
    return (found[0].id, found[0].rank == ROSTERED) if found else (None, False)


def _changes(posts: list[str], at: datetime, until: datetime) -> list[datetime]:
    """The instants before `until` at which another may have it, as far as it is known now: spans, leaves, shifts, posts
    and last days begin or end. The 上班/下班 switch nobody foresees."""
    days = days_from(timezone.localdate(at) + DAY, timezone.localdate(until))
    midnights = [datetime(day.year, day.month, day.day, tzinfo=ZONE) for day in days]
    asked = {"posts": posts, "until": until, "midnights": midnights, **instant(at)}
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, asked)
        return [row[0] for row in cursor.fetchall()]


def name_now(book: rulebook.Book, at: datetime) -> str | None:
    """For the frame of every page, by one query at most: None in the online hours, else the name of who has it, "" for
    nobody. The page of the hotline says it with all its grounds."""
    rule = rulebook.rule_in(book, RULE, rulebook.ParameterRule)
    if rulebook.is_open(book, rule.text("outside_hours"), at):
        return None
    found = _who(list(rulebook.resolve_word(rule.text("duty"), at)), at)
    return found[0].name if found else ""


def rostered(at: datetime) -> HotlineSpan | None:
    """The published span that holds at the instant, of somebody who is still here and not on leave."""
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
    if found is None or on_leave([found.employee_id], at):
        return None
    ended = last_days([found.employee_id]).get(found.employee_id)
    return None if ended is not None and ended < timezone.localdate(at) else found


def named_now(at: datetime) -> list[Employee]:
    """What the rulebook's word "duty service manager" means at the instant: whom the roster names, or nobody."""
    found = rostered(at)
    return [] if found is None else [found.employee]


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
