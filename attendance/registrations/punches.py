"""What the engines know of punches: verbs, batches, sources, missing punches."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from attendance.kinds import correction
from attendance.services import batches, corrections, pushing, sources, terminals
from office import crypto
from office.approvals import api as approvals
from office.audit import api as audit
from office.subjects import register_subject


def register() -> None:
    audit.register_verbs(
        {**batches.VERBS, **sources.VERBS, **pushing.VERBS, **terminals.VERBS, **corrections.VERBS}
    )
    register_subject(
        "punch_batch", _("import of punches"), lambda key: reverse("attendance:batch", args=[key])
    )
    register_subject(
        "punch_source", _("source of punches"), lambda key: reverse("attendance:source", args=[key])
    )
    register_subject("attendance_day", _("day of attendance"), correction.url)
    crypto.register_resealer("punch secrets", sources.reseal_secrets)
    approvals.register_kind(
        approvals.Kind(
            code=corrections.CORRECTION,
            name=_("Missing punch"),
            subject_type="attendance_day",
            fields=correction.fields,
            changes=correction.changes,
            apply=correction.apply,
            check=corrections.check,
            evidence=correction.evidence,
            visible=correction.visible,
            closed=True,
            similar=lambda run: corrections.CORRECTION,
            ask=correction.url,
        )
    )
