"""Rows as runs leave them, without running anything."""

from __future__ import annotations

import datetime as dt
from typing import Any

from backups import stores
from backups.models import BackupKey, BackupRun, Certificate, Copy
from backups.services import keys
from office import boxes

#: A Monday after the Sunday's backup.
NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def key(now: dt.datetime = NOW - 200 * DAY) -> tuple[BackupKey, bytes]:
    """The backup key and its private half."""
    made, text = keys.make_key(now=now)
    return made, boxes.key_of_text(text)


def done(at: dt.datetime, *, kind: str = "database", files: bool = True, **more: Any) -> BackupRun:
    """A finished run of that instant with its files in the local folder."""
    current = keys.current_key() or key()[0]
    run = BackupRun.objects.create(
        kind=kind, cause=more.pop("cause", "command"), state="done", clause="C13.8", asked_at=at, next_at=at,
        started_at=at, finished_at=at, made_at=at, key=current, manifest={"counts": {}}, seconds=1.0,
        backup_id=f"b{at:%Y%m%d%H%M}", **more,
    )  # fmt: skip
    for role, suffix in (("main", ".ecbak"), ("keys", ".keys.ecbak")):
        name = f"{kind}-{at:%Y%m%dT%H%M}{suffix}"
        if files:
            (stores.local_folder() / name).write_bytes(b"x" * 10)
        Copy.objects.create(
            run=run, role=role, place="local", name=name, size=10, sha256="0" * 64, stored_at=at, seen_at=at
        )
    return run


def proven(run: BackupRun, *, good: bool = True, at: dt.datetime | None = None, **more: Any) -> Certificate:
    at = at or run.asked_at
    certificate = Certificate(
        run=run, clause="C13.8", began_at=at, at=at + dt.timedelta(seconds=5), good=good, file="f.ecbak",
        sha256="0" * 64, restore_seconds=3, verify_seconds=2,
        words="" if good else "pg_restore was ended by signal SIGKILL.", **more,
    )  # fmt: skip
    certificate.save()
    return certificate
