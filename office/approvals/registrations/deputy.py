"""The engine's own kind: a deputy for the days of absence (J2)."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from office.approvals.kinds import Kind, register_kind
from office.approvals.services import deputies


def register() -> None:
    """Called once at start."""
    register_kind(
        Kind(
            code=deputies.KIND,
            name=_("Deputy"),
            subject_type="employee",
            fields=deputies.fields,
            changes=deputies.changes,
            apply=deputies.apply,
            check=deputies.check,
            ask=lambda _subject_id: reverse("approvals:deputy"),
        )
    )
