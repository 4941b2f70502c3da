"""The kind of the rulebook's activation (C14). The rulebook stands below the engine, so the engine registers it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from office.approvals.kinds import Kind, register_kind
from office.approvals.services import activation


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
        )
    )
