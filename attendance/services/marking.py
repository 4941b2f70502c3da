"""Telling the settlement that the facts of a day have changed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db import connection

_MARK = """
INSERT INTO attendance_unsettled (employee_id, day, marks, since)
SELECT employee, day, 1, %(now)s FROM unnest(%(employees)s::bigint[], %(days)s::date[]) AS fact (employee, day)
ORDER BY employee, day
ON CONFLICT (employee_id, day) DO UPDATE SET marks = attendance_unsettled.marks + 1
"""


def mark_days(*, days: Collection[tuple[int, date]], now: datetime) -> None:
    """The days (employee id, local day) are settled again by the next run. Inside the caller's transaction: the mark
    stands and falls with the fact. Each pair counts once however often it is named."""
    pairs = sorted(set(days))
    if not pairs:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _MARK, {"now": now, "employees": [pair[0] for pair in pairs], "days": [pair[1] for pair in pairs]}
        )


def days_between(employee_id: int, first: date, last: date) -> list[tuple[int, date]]:
    """The person's days from `first` to `last`, both included."""
    return [(employee_id, first + timedelta(days=n)) for n in range((last - first).days + 1)]
