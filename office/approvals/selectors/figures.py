"""How long steps take, what is stuck, by kind and by person. Whether a step was in time is a fact of its rows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection


class KindFigure(NamedTuple):
    """One kind in a period: requests handed in, how they ended, how long a step took, how many steps were late."""

    kind: str
    asked: int
    agreed: int
    rejected: int
    returned: int
    steps: int
    median: timedelta | None
    longest: timedelta | None
    late: int


class PersonFigure(NamedTuple):
    """One person's decisions in a period; `late` were given after the step's time."""

    person_id: int
    name: str
    decisions: int
    agreed: int
    median: timedelta | None
    late: int


class OpenFigure(NamedTuple):
    """What is waiting now: steps open, overdue, stuck, by kind."""

    kind: str
    waiting: int
    overdue: int
    stuck: int


_KINDS = """
WITH asked AS (
    SELECT kind, count(*) AS asked,
           count(*) FILTER (WHERE state IN ('agreed', 'executed')) AS agreed,
           count(*) FILTER (WHERE state = 'rejected') AS rejected
    FROM approvals_run WHERE submitted_at >= %(start)s AND submitted_at < %(end)s GROUP BY kind
), took AS (
    SELECT r.kind, count(*) AS steps, count(*) FILTER (WHERE s.state = 'returned') AS returned,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY s.closed_at - s.opened_at) AS median,
           max(s.closed_at - s.opened_at) AS longest, count(*) FILTER (WHERE s.closed_at > s.due_at) AS late
    FROM approvals_step s JOIN approvals_run r ON r.id = s.run_id
    WHERE s.closed_at >= %(start)s AND s.closed_at < %(end)s AND s.opened_at IS NOT NULL
      AND s.state IN ('agreed', 'rejected', 'returned')
    GROUP BY r.kind
)
SELECT coalesce(asked.kind, took.kind), coalesce(asked, 0), coalesce(agreed, 0), coalesce(rejected, 0),
       coalesce(returned, 0), coalesce(steps, 0), median, longest, coalesce(late, 0)
FROM asked FULL JOIN took ON took.kind = asked.kind ORDER BY 1
"""
_PEOPLE = """
SELECT v.person_id, p.name, count(*), count(*) FILTER (WHERE v.decision = 'approve'),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY v.at - e.opened_at), count(*) FILTER (WHERE v.at > e.due_at)
FROM approvals_step s JOIN approvals_vote v ON v.step_id = s.id JOIN approvals_seat e ON e.id = v.seat_id
JOIN staff_employee p ON p.id = v.person_id
WHERE s.closed_at >= %(start)s AND s.closed_at < %(end)s AND v.decision <> 'agreed_before'
GROUP BY v.person_id, p.name, p.name_key ORDER BY p.name_key
"""
_OPEN = """
SELECT r.kind, count(DISTINCT s.id), count(DISTINCT s.id) FILTER (WHERE s.due_at < %(now)s),
       count(DISTINCT s.id) FILTER (WHERE vacant.any_stuck AND (s.mode = 'all' OR vacant.all_stuck))
FROM approvals_step s JOIN approvals_run r ON r.id = s.run_id
JOIN LATERAL (SELECT bool_or(e.stuck) AS any_stuck, bool_and(e.stuck) AS all_stuck FROM approvals_seat e
              WHERE e.step_id = s.id AND e.state = 'active') vacant ON true
WHERE s.state = 'active' GROUP BY r.kind ORDER BY 1
"""


def by_kind(start: datetime, end: datetime) -> list[KindFigure]:
    """For [start, end), by kind."""
    return [KindFigure(*row) for row in _rows(_KINDS, start=start, end=end)]


def by_person(start: datetime, end: datetime) -> list[PersonFigure]:
    """For steps that ended in [start, end), by who decided, sorted by name."""
    return [PersonFigure(*row) for row in _rows(_PEOPLE, start=start, end=end)]


def open_now(now: datetime) -> list[OpenFigure]:
    """What waits at this instant, by kind."""
    return [OpenFigure(*row) for row in _rows(_OPEN, now=now)]


def _rows(sql: str, **values: datetime) -> list[tuple]:  # type: ignore[type-arg]  # a named tuple is made of each
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
