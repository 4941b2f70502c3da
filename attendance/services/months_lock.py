"""Who writes days and who closes months take turns."""

from __future__ import annotations

from django.db import connection

#: The triggers of the database take the same lock.
NAME = "attendance.months"


def hold_months(*, shared: bool) -> None:
    """Until the transaction ends no month is closed (shared), or no day is written."""
    word = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {word}(hashtextextended(%s, 0))", [NAME])
