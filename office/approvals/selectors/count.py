"""How much waits on a person: one query, for the frame of every page."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

#: Counted no further than this.
MOST = 99

_SQL = """
WITH mine AS (
    SELECT %(me)s::bigint AS id
    UNION
    SELECT d.absent_id FROM approvals_deputy d JOIN staff_employee e ON e.id = d.absent_id AND e.is_active
    WHERE d.person_id = %(me)s AND d.starts_at <= %(now)s AND d.ends_at > %(now)s
      AND NOT EXISTS (SELECT FROM approvals_deputyend x WHERE x.deputy_id = d.id AND x.at <= %(now)s)
    UNION
    SELECT d.absent_id FROM approvals_also_deputies(%(now)s) d
    JOIN staff_employee e ON e.id = d.absent_id AND e.is_active WHERE d.person_id = %(me)s
), posts AS (
    SELECT a.position, a.employee_id FROM staff_appointment a JOIN mine ON mine.id = a.employee_id
    WHERE a.during @> %(now)s::timestamptz
), own AS (
    SELECT array_agg(position::text) AS posts FROM posts WHERE employee_id = %(me)s
), decide AS (
    SELECT s.run_id FROM approvals_seat s JOIN posts p ON p.position = s.position
    JOIN approvals_run r ON r.id = s.run_id
    WHERE s.state = 'active' AND s.person_id IS NULL AND r.requester_id NOT IN (%(me)s, p.employee_id)
    UNION
    SELECT s.run_id FROM approvals_seat s JOIN mine ON mine.id = s.person_id JOIN approvals_run r ON r.id = s.run_id
    WHERE s.state = 'active' AND r.requester_id NOT IN (%(me)s, mine.id)
    LIMIT %(most)s
), do_it AS (
    SELECT id FROM approvals_run WHERE state = 'agreed' AND execute_due_at IS NOT NULL
      AND (executor = ANY (SELECT unnest(posts) FROM own) OR executor = '' AND requester_id = %(me)s)
    LIMIT %(most)s
), look AS (
    SELECT id FROM approvals_run WHERE check_state = 'waiting' AND check_by::text[] && (SELECT posts FROM own)
      AND requester_id <> %(me)s AND executed_by_id IS DISTINCT FROM %(me)s
    LIMIT %(most)s
)
SELECT FROM (SELECT FROM decide UNION ALL SELECT FROM do_it UNION ALL SELECT FROM look) waiting LIMIT %(most)s
"""


def waiting_now(person_id: int, now: datetime) -> int:
    """How many lines the person's queue has, counted up to MOST. The same rules as `queue.waiting`."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"me": person_id, "now": now, "most": MOST})
        return int(cursor.rowcount)
