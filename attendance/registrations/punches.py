"""What the engines know of punches: verbs, batches, sources."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from attendance.services import batches
from office.audit import api as audit
from office.subjects import register_subject


def register() -> None:
    audit.register_verbs(batches.VERBS)
    register_subject("punch_batch", _("import of punches"))
    register_subject("punch_source", _("source of punches"))
