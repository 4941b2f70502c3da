"""Leave to enter the machine room as something that is agreed to (C13.9)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.services import room
from office.approvals import api as approvals
from office.approvals.models import Run
from office.rulebook.calendar import ZONE
from office.staff.models import Employee

FIELDS = {"active": _("may sign in")}


def fields(subject_id: str) -> Mapping[str, str]:
    """A visitor has none; somebody who may no longer sign in does not enter."""
    if not (subject_id.isascii() and subject_id.isdigit() and len(subject_id) < 16):
        return {}
    return {"active": str(Employee.objects.filter(pk=int(subject_id), is_active=True).exists())}


def changes(run: Run) -> list[approvals.Change]:
    asked = run.payload
    who = asked["visitor"]
    if asked["person"] is not None:
        person = Employee.objects.get(pk=asked["person"])
        who = f"{person.name} ({person.number})"
    label = _("Visitor") if asked["visitor"] else _("Person")
    return [
        approvals.Change("who", label, "", who),
        approvals.Change("from", _("From"), "", _hour(asked["from"])),
        approvals.Change("to", _("To"), "", _hour(asked["to"])),
        approvals.Change("reason", _("Needed for"), "", asked["reason"]),
    ]


def _hour(instant: str) -> str:
    return f"{datetime.fromisoformat(instant).astimezone(ZONE):%Y-%m-%d %H:%M}"


def apply(run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    room.carry_out(run=run, payload=payload, by=by, now=now)


def kind() -> approvals.Kind:
    return approvals.Kind(
        code=room.KIND,
        name=_("Entering the machine room"),
        subject_type="room",
        fields=fields,
        changes=changes,
        apply=apply,
        check=room.check,
        ask=lambda subject_id: reverse("accounts:room_ask"),
        field_name=lambda field: FIELDS.get(field, field),
        fresh=True,
    )
