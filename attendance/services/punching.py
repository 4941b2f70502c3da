"""Punches into the table, and the days they concern marked; the one place that writes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from attendance.rules.settling import ZONE
from attendance.services.marking import mark_days


@dataclass(frozen=True, slots=True)
class Fresh:
    """A punch to be written."""

    employee_id: int
    at: datetime
    direction: str = ""
    device: str = ""
    raw: str = ""


_INSERT = """
INSERT INTO attendance_punch (employee_id, at, via, source_id, batch_id, device, direction, raw)
SELECT employee_id, at, %(via)s, %(source)s, %(batch)s, device, direction, raw
  FROM unnest(%(employees)s::bigint[], %(instants)s::timestamptz[], %(devices)s::text[], %(directions)s::text[],
              %(raws)s::text[]) AS given (employee_id, at, device, direction, raw)
ON CONFLICT (employee_id, at) DO NOTHING
RETURNING employee_id, at
"""


def write_punches(
    punches: Sequence[Fresh], *, via: str, source_id: int | None, batch_id: int | None, now: datetime
) -> int:
    """How many were new: the same person at the same second counts once. Inside the caller's transaction."""
    if not punches:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            {
                "via": via,
                "source": source_id,
                "batch": batch_id,
                "employees": [punch.employee_id for punch in punches],
                "instants": [punch.at for punch in punches],
                "devices": [punch.device for punch in punches],
                "directions": [punch.direction for punch in punches],
                "raws": [punch.raw for punch in punches],
            },
        )
        written = cursor.fetchall()
    mark_instants(written, now=now)
    return len(written)


def mark_instants(instants: Iterable[tuple[int, datetime]], *, now: datetime) -> None:
    """The days that a punch of the person at the instant can concern are settled again."""
    mark_days(days={(employee_id, local_day(at)) for employee_id, at in instants}, now=now)


def local_day(at: datetime) -> date:
    return at.astimezone(ZONE).date()
