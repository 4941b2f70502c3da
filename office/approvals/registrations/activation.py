"""The kind of the rulebook's activation (C14). The rulebook stands below the engine, so the engine registers it."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from office.approvals.kinds import Kind, register_kind
from office.approvals.selectors.runs import may_ask
from office.approvals.services import activation
from office.approvals.services.drafting import NEW
from office.rulebook.wiring import register_proposal
from office.staff.models import Employee


def register() -> None:
    """Called once at start."""
    register_kind(
        Kind(
            code=activation.KIND,
            name=_("Rulebook"),
            subject_type="rulebook",
            fields=activation.fields,
            changes=activation.changes,
            apply=activation.apply,
            check=activation.check,
            ask=_where_to_ask,
            exhibits=activation.exhibits,
            annex=activation.annex,
        )
    )
    register_proposal(_where_to_propose)


def _where_to_ask(subject_id: str) -> str:
    return reverse("approvals:own_text" if subject_id == NEW else "approvals:activation")


def _where_to_propose(person: Employee, now: datetime) -> str:
    return reverse("approvals:activation") if may_ask(activation.KIND, person, now) else ""
