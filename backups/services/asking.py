"""Asking the general manager for permission to overwrite a database that can still be read."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from backups.models import BackupRun, Copy
from backups.services.replacing import KIND, NAME
from office.approvals import api as approvals
from office.errors import Invalid, NotFound

if TYPE_CHECKING:
    from office.staff.models import Employee


def ask_restore(*, run_id: int, database: str, reason: str, by: Employee, now: datetime) -> approvals.Run:
    """The run that, once executed, `./dev manage restore FILE --to DATABASE --force` uses, once and within days.

    NotFound; Invalid; Forbidden (not among the proposers of the chain); Conflict (one is asked for already)."""
    run = BackupRun.objects.filter(
        pk=run_id, kind=BackupRun.Kind.DATABASE, state=BackupRun.State.DONE
    ).first()
    copy = Copy.objects.filter(run=run, role=Copy.Role.MAIN).order_by("pk").first() if run else None
    if run is None or copy is None or run.made_at is None:
        raise NotFound(_("There is no such backup of the database."))
    name = database.strip()
    if not NAME.fullmatch(name):
        message = _("A name of small letters, digits and _, at most 48.")
        raise Invalid(message, errors=[{"path": "database", "code": "name", "message": message}])
    payload = {
        "database": name, "backup": run.backup_id, "file": copy.name, "sha256": copy.sha256,
        "made_at": run.made_at.isoformat(), "reason": reason.strip(),
    }  # fmt: skip
    subject = run.subject._replace(label=f"{name} ← {copy.name}")
    return approvals.submit(kind=KIND, subject=subject, payload=payload, by=by, now=now)
