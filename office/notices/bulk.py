"""Writing notices and their outgoing messages inside the statement of whoever causes them.

The caller supplies a relation `sayings` (recipient_id, kind, source, source_id, step, subject_type,
subject_id, label, clause, params jsonb, urgent) as a common table expression and puts what `telling(now)`
gives after it. One statement, so telling is atomic and never twice.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from office.notices import routes

#: A muted kind is in the inbox but interrupts nobody; an urgent notice cannot be muted.
NOTICES = """
notice AS (
    INSERT INTO notices_notice
           (recipient_id, kind, source, source_id, step, subject_type, subject_id, label, clause, params,
            urgent, muted, created_at)
    SELECT s.recipient_id, s.kind, s.source, s.source_id, s.step, s.subject_type, s.subject_id, s.label,
           s.clause, s.params, s.urgent, NOT s.urgent AND m.id IS NOT NULL, %(now)s
    FROM sayings s LEFT JOIN notices_mute m ON m.employee_id = s.recipient_id AND m.kind = s.kind
    ON CONFLICT ON CONSTRAINT notice_exactly_once DO NOTHING
    RETURNING id, recipient_id, source, source_id, step, urgent, muted
)
"""

#: A group robot gets one message for what is said to several of its people at once; e-mail is personal.
OUTBOX = """
told_outside AS (
    SELECT n.id, n.source, n.source_id, n.step, r.channel_id,
           CASE WHEN r.personal THEN n.recipient_id END AS person
    FROM notice n
    JOIN unnest(%(route_channels)s::bigint[], %(route_people)s::bigint[], %(route_urgent_only)s::boolean[],
                %(route_personal)s::boolean[]) AS r (channel_id, employee_id, urgent_only, personal)
         ON r.employee_id = n.recipient_id AND (n.urgent OR NOT r.urgent_only)
    WHERE NOT n.muted
), outbox AS (
    INSERT INTO notices_outboxmessage
           (idempotency_id, channel_id, notice_id, state, attempts, next_at, created_at, last_error)
    SELECT gen_random_uuid(), channel_id, min(id), 'waiting', 0, %(now)s, %(now)s, ''
    FROM told_outside GROUP BY channel_id, source, source_id, step, person
    ON CONFLICT ON CONSTRAINT outbox_once DO NOTHING
)
"""


def telling(now: datetime) -> tuple[str, dict[str, Any]]:
    """The SQL to put after the `sayings` relation and its parameters ("now" included).

    Without any subscription the outbox part is left out, and the statement does not look at it.
    """
    found = routes.resolve(now)
    if not found.channels:
        return NOTICES, {"now": now}
    return f"{NOTICES}, {OUTBOX}", {
        "now": now,
        "route_channels": found.channels,
        "route_people": found.people,
        "route_urgent_only": found.urgent_only,
        "route_personal": found.personal,
    }
