"""The rows of a person's queue: seats that are asked, runs to be carried out, runs to be checked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection

from office.approvals.selectors import people
from office.approvals.selectors.people import Authority, Row

DECIDE, EXECUTE, CHECK = "decide", "execute", "check"


class Key(NamedTuple):
    """Where a page of the queue ends: the next begins after it."""

    due_at: datetime
    run_id: int


#: Each part reads its own partial index, in the order of the page.
PARTS = {
    DECIDE: """
SELECT 'decide', s.due_at, s.run_id, r.requester_id, s.position, s.person_id, s.climbed_from, s.stuck
FROM approvals_seat s JOIN approvals_run r ON r.id = s.run_id
WHERE s.state = 'active' AND r.requester_id <> %(me)s
  AND (s.person_id IS NULL AND s.position = ANY (%(positions)s::text[]) OR s.person_id = ANY (%(people)s::bigint[]))
  AND (%(kind)s = '' OR r.kind = %(kind)s) AND (s.due_at, s.run_id) > (%(at)s::timestamptz, %(after)s)
ORDER BY s.due_at, s.run_id LIMIT %(limit)s
""",
    EXECUTE: """
SELECT 'execute', r.execute_due_at, r.id, r.requester_id, r.executor, NULL, '', false
FROM approvals_run r
WHERE r.state = 'agreed' AND r.execute_due_at IS NOT NULL
  AND (r.executor = ANY (%(posts)s::text[]) OR r.executor = '' AND r.requester_id = %(me)s)
  AND (%(kind)s = '' OR r.kind = %(kind)s) AND (r.execute_due_at, r.id) > (%(at)s::timestamptz, %(after)s)
ORDER BY r.execute_due_at, r.id LIMIT %(limit)s
""",
    CHECK: """
SELECT 'check', r.ended_at, r.id, r.requester_id, '', NULL, '', false
FROM approvals_run r
WHERE r.check_state = 'waiting' AND r.check_by::text[] && %(posts)s::text[] AND r.requester_id <> %(me)s
  AND r.executed_by_id IS DISTINCT FROM %(me)s AND r.ended_at IS NOT NULL
  AND (%(kind)s = '' OR r.kind = %(kind)s) AND (r.ended_at, r.id) > (%(at)s::timestamptz, %(after)s)
ORDER BY r.ended_at, r.id LIMIT %(limit)s
""",
}
_FIRST = Key(datetime(1, 1, 2, tzinfo=UTC), 0)


def read(authority: Authority, parts: Sequence[str], limit: int, after: Key | None, kind: str) -> list[Row]:
    """At most `limit` rows of each part behind the key; one query."""
    at, run_id = after or _FIRST
    values: dict[str, Any] = {
        "me": authority.person_id,
        "positions": sorted(authority.positions),
        "people": sorted(authority.people),
        "posts": sorted(authority.posts),
        "kind": kind,
        "at": at,
        "after": run_id,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"({PARTS[part]})" for part in parts), values)
        return [Row(*row) for row in cursor.fetchall()]


def mine(authority: Authority, rows: Sequence[Row]) -> dict[int, Row]:
    """For each run the seat that the person decides, and in whose name."""
    by_run: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        by_run[row.run_id].append(row)
    found: dict[int, Row] = {}
    for run_id, theirs in by_run.items():
        for claim in people.claims(authority, theirs, theirs[0].requester_id)[:1]:
            found[run_id] = claim.seat._replace(on_behalf_of=claim.on_behalf_of)
    return found
