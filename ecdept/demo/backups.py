"""The demo company's backups: a key whose private half lies beside the data, which only a demo may; months of runs,
drills good and bad, a proof given and one asked for. The newest backup is a real one: the keeper makes it after the
start.
"""

from __future__ import annotations

import hashlib
import os
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from backups.management.commands._asking import DEMO_KEY
from backups.models import BackupKey, BackupRun, Certificate, Copy, KeyProof
from backups.services import asking, keys, proving
from backups.services.telling import tell
from ecdept.demo.stage import Stage
from office.audit import api as audit
from office.rulebook import api as rulebook

_WORDS = """\
# DEMO COMPANY ONLY. This is the private key of the demo's backups. It lies on the server so that whoever tries the
# product can restore without a safe. A real company never does this: ./dev manage backup_keygen prints the key once,
# stores it nowhere, and the prints go into two safes.
"""
#: Sizes and seconds of the weeks before: a company that grows.
_WEEKS = 14
_FAILED_WEEK, _UNPROVEN_WEEK = 9, 5


def play(stage: Stage) -> None:
    key = _key(stage)
    if key is None:
        return
    rule = rulebook.schedule_rule("backups.database", at=stage.now)
    latest = rulebook.latest_run(rule, stage.now)
    for week in range(_WEEKS, 0, -1):
        _week(week, latest - timedelta(days=7 * week), key, rule.clause)
    _proofs(stage, key)
    _request(stage)


def _key(stage: Stage) -> BackupKey | None:
    """None where a real key is in use already."""
    if keys.current_key() is not None:
        return None
    key, text = keys.make_key(now=stage.ago(days=7 * _WEEKS + 8), demo=True)
    path = Path(settings.ECDEPT_HOME) / DEMO_KEY
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(_WORDS + text + "\n")
    return key


def _week(week: int, at: datetime, key: BackupKey, clause: str) -> None:
    run = BackupRun(
        kind="database", cause="schedule", clause=clause, due_at=at, asked_at=at, next_at=at, attempts=1, started_at=at,
    )  # fmt: skip
    if week == _FAILED_WEEK:
        run.state, run.attempts, run.finished_at = "failed", 6, at + timedelta(hours=6)
        run.error, run.error_code = "The disk is full: No space left on device.", "disk"
        run.save()
        tell(
            "backups.failed",
            run,
            step=6,
            clause=clause,
            params={"what": run.error},
            now=at + timedelta(hours=6),
        )
        audit.record(
            "backups.failed", subject=run.subject, by=None, now=at + timedelta(hours=6), clause=clause,
            data={"attempt": 6, "code": "disk", "words": run.error, "given_up": True},
        )  # fmt: skip
        return
    size = 2_000_000 + (_WEEKS - week) * 61_000
    run.state, run.finished_at, run.made_at, run.key = "done", at + timedelta(seconds=9), at, key
    run.seconds, run.backup_id = 8.1 + (_WEEKS - week) / 10, f"demo-{at:%Y%m%d}"
    run.manifest = {"clause": clause, "counts": {}, "parts": [], "erasures": 0, "book": "", "server": "18"}
    run.save()
    name, sha256 = f"database-{at:%Y%m%dT%H%M%S}Z-demo.ecbak", hashlib.sha256(f"{at}".encode()).hexdigest()
    # Their files are gone by the retention rule: nothing here pretends to be restorable.
    Copy.objects.create(
        run=run, role="main", place="local", name=name, size=size, sha256=sha256, stored_at=at, seen_at=at,
        removed_at=at + timedelta(days=7),
    )  # fmt: skip
    good = week != _UNPROVEN_WEEK
    certificate = Certificate(
        run=run, clause=clause, began_at=at + timedelta(seconds=9), at=at + timedelta(seconds=20), good=good, file=name,
        sha256=sha256, restore_seconds=4.0 + (_WEEKS - week) / 9, verify_seconds=3.0 + (_WEEKS - week) / 20,
        tables=200, rows=16_000 + (_WEEKS - week) * 90, orders=250 + (_WEEKS - week) * 4,
        entries=1_900 + (_WEEKS - week) * 12, sampled=200 if good else 0,
        words="" if good else "pg_restore was ended by signal SIGKILL.",
    )  # fmt: skip
    certificate.save()
    audit.record(
        "backups.drilled", subject=certificate.subject, by=None, now=certificate.at, clause=clause,
        data={"run": run.pk, "good": good, "sha256": sha256, "findings": 0},
    )  # fmt: skip


def _proofs(stage: Stage, key: BackupKey) -> None:
    """One given in an earlier quarter, and the one of this quarter, asked for."""
    run = BackupRun.objects.filter(state="done").order_by("pk").first()
    at = stage.ago(days=7 * _WEEKS)
    KeyProof.objects.create(
        opened_for=at, clause=run.clause if run else "", opened_at=at, due_at=at + timedelta(days=14),
        proved_at=at + timedelta(days=3), proved_by=stage.who("I001"), key=key, run=run,
    )  # fmt: skip
    proving.open_proof(now=stage.ago(days=2))


def _request(stage: Stage) -> None:
    """IT asks to overwrite the training database; the general manager has not answered yet."""
    run = BackupRun.objects.filter(state="done").order_by("-pk").first()
    if run is not None:
        asking.ask_restore(
            run_id=run.pk, database="training", reason="培训库数据已乱，用上周备份重建。", by=stage.who("I001"),
            now=stage.ago(hours=5),
        )  # fmt: skip
