"""Numbers of papers: a word, the day, and a running number of that day: TS-20260304-001."""

from __future__ import annotations

from datetime import date

from django.db import connection

from contracts.models import Complaint, Dispute

_TABLES = {"TS": Complaint, "ZY": Dispute}


def following(word: str, day: date) -> str:
    """The next one, in the caller's transaction, which alone counts until it ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"contracts number {word}"])
    begin = f"{word}-{day:%Y%m%d}-"
    last = (
        _TABLES[word]
        .objects.filter(number__startswith=begin)  # type: ignore[attr-defined]
        .order_by("-pk")
        .values_list("number", flat=True)
        .first()
    )
    return f"{begin}{int(last.rpartition('-')[2]) + 1 if last else 1:03d}"
