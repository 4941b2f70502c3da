"""A change of the database as something that is agreed to (C13.6, M11)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import DatabaseChange
from accounts.services import changes as verbs
from office.approvals import api as approvals
from office.approvals.models import Run
from office.rulebook.calendar import ZONE
from office.staff import api as staff
from office.staff.models import Employee

LABELS = {
    "title": _("Name of the change"),
    "why": _("Why"),
    "plan": _("Plan"),
    "rollback": _("How it is taken back"),
    "tested": _("What the test showed"),
}


def fields(subject_id: str) -> Mapping[str, str]:
    """What an edit would change."""
    found = (
        DatabaseChange.objects.filter(pk=int(subject_id))
        .values(*LABELS, "continuity", "done_by", "how")
        .first()
    )
    return {key: str(value)[:200] for key, value in (found or {}).items()}


def changes(run: Run) -> list[approvals.Change]:
    asked = run.payload
    rows = [approvals.Change(name, label, "", asked[name]) for name, label in LABELS.items()]
    route = f"{DatabaseChange.By(asked['by']).label}, {DatabaseChange.How(asked['how']).label}"
    rows += [
        approvals.Change("continuity", _("How data go on"), "", asked["evidence"]["continuity_plan"]),
        approvals.Change("route", _("Who does it and how"), "", f"{route} {asked['firm']}".strip()),
        approvals.Change("window", _("Window"), "", f"{_hour(asked['from'])} – {_hour(asked['to'])}"),
    ]
    for each in asked["evidence"]["section_opinions"]:
        verdict = _("in favour") if each["agrees"] else _("has doubts")
        rows.append(
            approvals.Change(
                f"opinion_{each['section']}",
                staff.position_label(each["section"]),
                "",
                f"{verdict}: {each['text']} ({each['by']})",
            )
        )
    return rows


def _hour(instant: str) -> str:
    return f"{datetime.fromisoformat(instant).astimezone(ZONE):%Y-%m-%d %H:%M}"


def apply(run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    verbs.agreed(run=run, now=now)


def kind() -> approvals.Kind:
    return approvals.Kind(
        code=verbs.KIND,
        name=_("Change of the database"),
        subject_type="db_change",
        fields=fields,
        changes=changes,
        apply=apply,
        ended=verbs.given_up,
        check=verbs.check,
        visible=lambda person, subject_id: True,
        ask=lambda subject_id: reverse("accounts:change", args=[subject_id]),
        field_name=lambda field: LABELS.get(field, field),
        fresh=True,
    )
