"""What the pages of the backups show. Lists are bounded: the newest hundred."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _

from backups import stores
from backups.errors import Failed
from backups.models import BackupKey, BackupRun, Certificate, Copy, KeyProof
from backups.rules import keeping
from backups.rules.said import said
from backups.services import running
from backups.services.state import DRILL
from office.audit import api as audit
from office.rulebook import api as rulebook
from office.subjects import Subject

NEWEST = 100
#: Drills in the charts.
CHARTED = 30


@dataclass(frozen=True, slots=True)
class Standing:
    """The answer to "what would we lose, and how long would it take"."""

    key: BackupKey | None
    point: timedelta | None
    point_limit: timedelta
    time: timedelta | None
    time_limit: timedelta
    last_good: Certificate | None
    drill_limit: timedelta
    drill_late: bool
    offsite: str  # "" none set, else the store's name
    offsite_copy: Copy | None
    offsite_state: str  # "", none, old, missing
    next_run: datetime
    proof: KeyProof | None
    now: datetime

    @property
    def point_late(self) -> bool:
        return self.point is None or self.point > self.point_limit

    @property
    def time_late(self) -> bool:
        return self.time is None or self.time > self.time_limit


def standing(now: datetime) -> Standing:
    """Where we stand now."""
    schedule = rulebook.schedule_rule(running.DATABASE, at=now)
    good = Certificate.objects.filter(good=True).select_related("run").order_by("-pk").first()
    drill_limit = keeping.period_of(rulebook.schedule_rule(DRILL, at=now))
    copy = (
        Copy.objects.filter(
            place=Copy.Place.OFFSITE, role=Copy.Role.MAIN, run__kind="database", removed_at=None
        )
        .exclude(stored_at=None)
        .select_related("run")
        .order_by("-run__made_at")
        .first()
    )
    return Standing(
        key=BackupKey.objects.order_by("-pk").first(),
        point=running.recovery_point(now),
        # A day of grace: the schedule's backup takes its time, and a failed one is tried again.
        point_limit=keeping.period_of(schedule) + timedelta(days=1),
        time=good.duration if good else None,
        time_limit=rulebook.limit_rule("backups.restore_time", at=now).span,
        last_good=good,
        drill_limit=drill_limit,
        drill_late=good is None or now - good.at > drill_limit,
        offsite=_store_name(),
        offsite_copy=copy,
        offsite_state=_offsite_state(copy, now),
        next_run=rulebook.next_run(schedule, now),
        proof=KeyProof.objects.select_related("proved_by", "key").order_by("-opened_for").first(),
        now=now,
    )


def _store_name() -> str:
    try:
        store = stores.offsite()
    except Failed as error:
        return said(str(error))
    return store.name if store else ""


def _offsite_state(copy: Copy | None, now: datetime) -> str:
    if not _store_name():
        return ""
    if copy is None:
        return "none"
    if copy.missing_at:
        return "missing"
    limit = rulebook.limit_rule("backups.offsite_age", at=now).span
    return "old" if now - (copy.run.made_at or copy.run.asked_at) > limit else ""


def runs() -> list[BackupRun]:
    """The newest runs with their copies and certificates."""
    copies = Prefetch("copies", Copy.objects.order_by("place", "role", "pk"))
    drills = Prefetch("certificates", Certificate.objects.order_by("-pk"))
    return list(BackupRun.objects.select_related("asked_by").prefetch_related(copies, drills)[:NEWEST])


def run_of(pk: int) -> BackupRun | None:
    copies = Prefetch("copies", Copy.objects.order_by("place", "role", "pk"))
    return (
        BackupRun.objects.select_related("asked_by", "key")
        .prefetch_related(copies, "certificates")
        .filter(pk=pk)
        .first()
    )


def certificate_of(pk: int) -> Certificate | None:
    return Certificate.objects.select_related("run", "run__key").filter(pk=pk).first()


def proofs() -> list[KeyProof]:
    return list(KeyProof.objects.select_related("proved_by", "key", "run")[:12])


def chart(now: datetime) -> dict[str, Any]:
    """RPO and RTO of the last drills: the age that the backup before had when a new one was made, in days; the seconds
    that restoring and verifying took."""
    good = list(Certificate.objects.filter(good=True).select_related("run").order_by("-pk")[: CHARTED + 1])[
        ::-1
    ]
    points: list[float | None] = []
    for before, each in zip([None, *good], good, strict=False):
        gap = (each.run.made_at or each.at) - (before.run.made_at or before.at) if before else None
        points.append(round(gap.total_seconds() / 86400, 2) if gap is not None else None)
    if len(good) > CHARTED:
        good, points = good[1:], points[1:]
    schedule = rulebook.schedule_rule(running.DATABASE, at=now)
    return {
        "labels": [f"{timezone.localtime(each.at):%m-%d %H:%M}" for each in good],
        "points": points,
        "restore": [each.restore_seconds for each in good],
        "verify": [each.verify_seconds for each in good],
        "limit": keeping.period_of(schedule).days,
        "names": {
            "point": _("Lost at most (days)"), "limit": _("By the rulebook"), "restore": _("Restoring (s)"),
            "verify": _("Verifying (s)"),
        },
        "rows": [
            {"pk": each.pk, "at": each.at, "point": point, "seconds": round(each.seconds, 1)}
            for each, point in zip(good, points, strict=True)
        ][::-1],
    }  # fmt: skip


def timeline(subject: Subject) -> list[dict[str, Any]]:
    """Rows of `_timeline.html` with one line of what each act said."""
    return [
        {
            "at": row.at, "verb_label": row.verb_label, "actor_name": row.actor_name, "acting_for": row.acting_for,
            "clause": row.clause, "sealed": row.sealed, "entry_id": row.entry_id,
            "summary": said(str((row.data or {}).get("words") or (row.data or {}).get("file") or "")),
        }
        for row in audit.timeline(subject)
    ]  # fmt: skip
