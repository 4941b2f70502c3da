"""Who is at work, as the engines below ask: not on leave, and in one's shift where a roster says so."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from attendance.rules.shifts import DAY
from attendance.selectors.leaves import AWAY

# In SQL and as one statement, because the frame of every page asks. Of a person `p.id` at the instant `at`, on the day
# `today` after `before`; `away`: the states of leave that count.
ROSTER = """
LEFT JOIN LATERAL (
    SELECT bool_or(s.day = %(today)s) AS rostered,
           bool_or(EXISTS (SELECT FROM unnest(s.spans) AS piece WHERE piece @> %(at)s::timestamptz)) AS inside
      FROM attendance_shift s
     WHERE s.employee_id = p.id AND s.day IN (%(before)s, %(today)s) AND s.removed_at IS NULL
       AND s.published_at IS NOT NULL
) AS roster ON true
"""
IN_SHIFT = "(NOT coalesce(roster.rostered, false) OR roster.inside)"
ON_LEAVE = """
EXISTS (SELECT FROM attendance_leave l WHERE l.employee_id = p.id AND l.state = ANY (%(away)s)
                  AND l.starts_at <= %(at)s AND l.ends_at > %(at)s)
"""
_AT_WORK = f"""
SELECT p.id FROM unnest(%(ids)s::bigint[]) AS p (id) {ROSTER} WHERE {IN_SHIFT} AND NOT {ON_LEAVE}
"""  # noqa: S608  own words


def at_work(ids: Collection[int], at: datetime) -> set[int]:
    """Those of the people who are at work at the instant: in a piece of a published shift or duty of theirs, or without
    any on that day; and not on leave. A person without a roster that day counts as there, so that an installation that
    keeps none works by the 上班/下班 switch alone."""
    wanted = list(set(ids))
    if not wanted:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_AT_WORK, {"ids": wanted, **instant(at)})
        return {row[0] for row in cursor.fetchall()}


def instant(at: datetime) -> dict[str, Any]:
    """What the words above ask of the instant."""
    day = timezone.localdate(at)
    return {"today": day, "before": day - DAY, "at": at, "away": list(AWAY)}
