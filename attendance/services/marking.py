"""Telling the settlement that the facts of a day have changed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from attendance.selectors.settling import AROUND
from attendance.selectors.terms import MATCHING, terms_of
from office.rulebook import api as rulebook

#: A fact of a day moves the windows of the shifts around it: it concerns the days before and after it, and those whose
#: shifts, one after the other, a window's reach brings to them; so far as a settlement looks around a day. Of these,
#: the days that have a shift, are settled, or wait for it. A shift of the day that was taken out moved windows, too.
_MARK = """
WITH RECURSIVE fact AS (
  SELECT employee_id, day FROM unnest(%(employees)s::bigint[], %(days)s::date[]) AS given (employee_id, day)
), near AS (
  SELECT fact.employee_id, fact.day AS origin, s.day, s.starts_at, s.ends_at
    FROM fact JOIN attendance_shift s ON s.employee_id = fact.employee_id
     AND s.day BETWEEN fact.day - 1 AND fact.day + 1
   WHERE s.published_at IS NOT NULL AND (s.removed_at IS NULL OR s.day = fact.day)
   UNION
  SELECT near.employee_id, near.origin, s.day, s.starts_at, s.ends_at
    FROM near JOIN attendance_shift s ON s.employee_id = near.employee_id
     AND s.day BETWEEN near.origin - %(around)s AND near.origin + %(around)s
     AND s.starts_at <= near.ends_at + %(reach)s AND s.ends_at >= near.starts_at - %(reach)s
   WHERE s.published_at IS NOT NULL AND s.removed_at IS NULL
), beside AS (
  SELECT employee_id, day + n AS day FROM fact CROSS JOIN (VALUES (-1), (1)) AS step (n)
), concerned AS (
  SELECT employee_id, day FROM fact
   UNION
  SELECT employee_id, day FROM near
   UNION
  SELECT employee_id, day FROM beside
   WHERE EXISTS (SELECT FROM attendance_settledday d WHERE d.employee_id = beside.employee_id AND d.day = beside.day)
      OR EXISTS (SELECT FROM attendance_unsettled u WHERE u.employee_id = beside.employee_id AND u.day = beside.day)
)
INSERT INTO attendance_unsettled (employee_id, day, marks, since)
SELECT employee_id, day, 1, %(now)s FROM concerned
ORDER BY employee_id, day
ON CONFLICT (employee_id, day) DO UPDATE SET marks = attendance_unsettled.marks + 1
"""


def mark_days(*, days: Collection[tuple[int, date]], now: datetime) -> None:
    """The days (employee id, local day) are settled again by the next run, and with them those around whose windows
    they can move. Inside the caller's transaction: the mark stands and falls with the fact. Each pair counts once
    however often it is named."""
    pairs = sorted(set(days))
    if not pairs:
        return
    asked: dict[str, Any] = {
        "now": now,
        "employees": [pair[0] for pair in pairs],
        "days": [pair[1] for pair in pairs],
        "around": AROUND.days,
        "reach": _reach(now),
    }
    with connection.cursor() as cursor:
        cursor.execute(_MARK, asked)


def _reach(now: datetime) -> timedelta:
    """So far apart the windows of two shifts still meet. Without a rule that says how punches are read there are
    none."""
    if not rulebook.has_rule(MATCHING, now):
        return timedelta(0)
    terms = terms_of(rulebook.book(now))
    return max(terms.before + terms.after, terms.adjoin)


def days_between(employee_id: int, first: date, last: date) -> list[tuple[int, date]]:
    """The person's days from `first` to `last`, both included."""
    return [(employee_id, first + timedelta(days=n)) for n in range((last - first).days + 1)]
