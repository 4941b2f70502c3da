"""What the engines know of the settlement: its verbs and its subjects."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from attendance.services import retention, settling
from office.audit import api as audit
from office.subjects import register_subject


def register() -> None:
    audit.register_verbs({**settling.VERBS, **retention.VERBS})
    register_subject("attendance", _("attendance"))
