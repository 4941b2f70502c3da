"""Overwriting a database that can still be read, as something that is agreed to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from backups.models import BackupRun
from backups.services.replacing import KIND
from backups.services.telling import SEE
from office.approvals import api as approvals
from office.audit import api as audit
from office.errors import Invalid
from office.rulebook import api as rulebook
from office.staff.models import Employee


def fields(subject_id: str) -> Mapping[str, str]:
    """The backup itself does not change."""
    run = BackupRun.objects.get(pk=int(subject_id))
    return {"backup": run.backup_id}


def changes(run: approvals.Run) -> list[approvals.Change]:
    asked = run.payload
    return [
        approvals.Change("database", _("database that is overwritten"), "", str(asked["database"])),
        approvals.Change("file", _("with the backup"), "", str(asked["file"])),
        approvals.Change("made_at", _("made at"), "", str(asked["made_at"])),
        approvals.Change("reason", _("Reason"), "", str(asked["reason"])),
    ]


def check(payload: Mapping[str, Any]) -> None:
    reason = str(payload.get("reason", "")).strip()
    if not reason or len(reason) > 500:
        message = _now("Say why, in at most 500 characters.")
        raise Invalid(message, errors=[{"path": "reason", "code": "required", "message": message}])


def apply(run: approvals.Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    """From now on `./dev manage restore … --force` finds it."""
    audit.record(
        "backups.restore_permitted",
        subject=run.subject,
        by=by,
        now=now,
        clause=run.clause,
        data={"run": run.pk, "database": payload["database"], "sha256": payload["sha256"]},
    )


def visible(person: Employee, subject_id: str) -> bool:
    from django.utils import timezone

    return rulebook.may(person, SEE, timezone.now())


def kind() -> approvals.Kind:
    return approvals.Kind(
        code=KIND,
        name=_("Overwriting a database with a backup"),
        subject_type="backup",
        fields=fields,
        changes=changes,
        apply=apply,
        check=check,
        visible=visible,
        ask=lambda subject_id: reverse("backups:run", args=[subject_id]),
        field_name=lambda field: {"backup": _("backup")}.get(field, field),
        fresh=True,
    )
