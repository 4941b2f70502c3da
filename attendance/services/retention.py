"""Raw punches are personal data: what is older than the book's retention goes, the settled days stay (C13.5)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from office.audit import api as audit
from office.rulebook import api as rulebook
from office.subjects import Subject

RETENTION = "retention.punch_days"
VERBS = {"attendance.punches_erased": _("Raw punches erased: their time is over")}
#: Punches in one transaction.
MOST = 50_000


def erase_punches(*, now: datetime) -> int:
    """How many went. The database lets go of punches only through its own function, and of settled ones alone."""
    if not rulebook.has_rule(RETENTION, now):
        return 0
    rule = rulebook.limit_rule(RETENTION, at=now)
    before = now - timedelta(days=rule.count)
    gone = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT attendance_erase_punches(%s, %s)", [before, MOST])
            count = int(cursor.fetchone()[0])
            if count:
                audit.record(
                    "attendance.punches_erased",
                    subject=Subject("attendance", "punches", f"{before:%Y-%m-%d}"),
                    by=None,
                    now=now,
                    clause=rule.clause,
                    data={"punches": count},
                )
        gone += count
        if count < MOST:
            return gone
