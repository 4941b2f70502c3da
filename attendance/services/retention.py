"""Raw punches are personal data: what is older than the book's retention goes, the settled days stay (C13.5).

A settled day then keeps what it came to and loses the instants of the punches it rested on. What somebody still has to
decide on (an open case, a proposed wage line, a missing punch that was asked for) keeps all of it until then.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from office.audit import api as audit
from office.rulebook import api as rulebook
from office.subjects import Subject

RETENTION = "retention.punch_days"
VERBS = {
    "attendance.punches_erased": _("Raw punches erased: their time is over"),
    "attendance.days_reduced": _("Punches of settled days erased: their time is over"),
}
#: Punches, or days, in one transaction.
MOST = 50_000


def erase_punches(*, now: datetime) -> int:
    """How many went, and with them the instants that the settled days kept. The database lets go of either only through
    its own functions, and of settled ones alone."""
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
            break
    while _reduce(before, rule.clause, now) == MOST:
        pass
    return gone


@transaction.atomic
def _reduce(before: datetime, clause: str, now: datetime) -> int:
    """How many settled days, or correcting entries when these are more."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM attendance_reduce_days(%s, %s, %s)", [before, MOST, clause])
        days, corrections = (int(each) for each in cursor.fetchone())
    if days or corrections:
        audit.record(
            "attendance.days_reduced",
            subject=Subject("attendance", "settling", f"{before:%Y-%m-%d}"),
            by=None,
            now=now,
            clause=clause,
            data={"days": days, "corrections": corrections},
        )
    return max(days, corrections)
