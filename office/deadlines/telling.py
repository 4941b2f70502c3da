"""The statement that tells: due steps → event, notice, outgoing message, next step. One statement, all or
nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from office.deadlines import kinds, targets
from office.deadlines.rules import JOIN
from office.notices import api as notices

# width_bucket(now, plan_at) is the number of steps whose instant has come: plan_at is ascending. A step
# missed during an outage is told in the same statement as the ones after it, each once. The claimed ids go
# into the update as an array, so that it is an index scan whatever the planner thinks of the batch; only
# what the update returns is told.
_DUE = """
WITH due AS MATERIALIZED (
    SELECT id, step AS told FROM deadlines_deadline WHERE {claim}
), advanced AS (
    UPDATE deadlines_deadline
    SET step = width_bucket(%(now)s::timestamptz, plan_at),
        next_at = plan_at[width_bucket(%(now)s::timestamptz, plan_at) + 1], failures = 0, last_error = '',
        breached_at = coalesce(breached_at, CASE WHEN due_at <= %(now)s THEN %(now)s END)
    WHERE id = ANY (ARRAY(SELECT id FROM due))
    RETURNING id, rule, clause, subject_type, subject_id, label, holder_id, due_at, step AS upto,
              plan_at, plan_kind, plan_to
), step AS MATERIALIZED (
    SELECT a.id, a.rule, a.clause, a.subject_type, a.subject_id, a.label, a.due_at, person.id AS holder_id,
           g - 1 AS step, a.plan_kind[g] AS kind, a.plan_at[g] AS planned_at,
           CASE WHEN person.id IS NULL AND a.plan_to[g] = 'holder'
                THEN (SELECT rung.target FROM unnest(a.plan_to) WITH ORDINALITY AS rung (target, place)
                      WHERE rung.place > g AND rung.target <> 'holder' ORDER BY rung.place LIMIT 1)
                ELSE a.plan_to[g] END AS target
    FROM advanced a
    JOIN due ON due.id = a.id
    CROSS JOIN LATERAL generate_series(due.told + 1, a.upto) AS g
    LEFT JOIN staff_employee person ON person.id = a.holder_id AND person.is_active
    WHERE %(warnings)s OR a.plan_kind[g] <> 'w'
), event AS (
    INSERT INTO deadlines_deadlineevent (deadline_id, step, kind, at, planned_at)
    SELECT id, step, kind, %(now)s, planned_at FROM step
    ON CONFLICT ON CONSTRAINT deadline_event_once DO NOTHING
), post AS (
    SELECT * FROM unnest(%(targets)s::text[], %(people)s::bigint[]) AS post (target, employee_id)
), heard AS (
    SELECT step.*, holder_id AS recipient_id FROM step WHERE target = 'holder' AND holder_id IS NOT NULL
    UNION ALL
    SELECT step.*, post.employee_id FROM step JOIN post ON post.target = step.target
    UNION ALL
    SELECT step.*, CASE part WHEN 'holder' THEN step.holder_id ELSE post.employee_id END
    FROM step CROSS JOIN LATERAL unnest(string_to_array(step.target, %(join)s)) AS part
    LEFT JOIN post ON post.target = part
    WHERE strpos(step.target, %(join)s) > 0
      AND CASE part WHEN 'holder' THEN step.holder_id ELSE post.employee_id END IS NOT NULL
), sayings AS (
    SELECT recipient_id, name.notice || ':' || rule AS kind, 'deadline' AS source, id AS source_id, step,
           subject_type, subject_id, label, clause, jsonb_build_object('due_at', due_at) AS params,
           heard.kind <> 'w' AS urgent
    FROM heard
    JOIN (VALUES ('w', %(w)s), ('b', %(b)s), ('e', %(e)s)) AS name (kind, notice) ON name.kind = heard.kind
),
"""
_COUNTS = """
SELECT (SELECT count(*) FROM due), count(*) FILTER (WHERE kind = 'w'), count(*) FILTER (WHERE kind = 'b'),
       count(*) FILTER (WHERE kind = 'e')
FROM step
"""


class Told(NamedTuple):
    """Rows taken up, and the steps told of each kind."""

    rows: int = 0
    warned: int = 0
    breached: int = 0
    escalated: int = 0


def tell(claim: str, parameters: dict[str, Any], *, now: datetime, warnings: bool = True) -> Told:
    """Tell every step of the claimed rows whose instant has come, inside the caller's transaction.

    `claim` is a constant SQL condition on deadlines_deadline that ends with its locking clause; its
    parameters are in `parameters`. Without `warnings`, missed warnings are passed over: the thing has
    been done meanwhile.
    """
    people = targets.resolve(now)
    rest, values = notices.telling(now)
    values |= parameters
    values |= {
        "warnings": warnings,
        "join": JOIN,
        "targets": people.names,
        "people": people.people,
        **kinds.NOTICE_OF,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DUE.format(claim=claim) + rest + _COUNTS, values)
        return Told(*cursor.fetchone())
