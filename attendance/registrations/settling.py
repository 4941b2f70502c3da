"""What the engines know of the settlement and the month: verbs, subjects, the rotation of keys."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from attendance.services import months, retention, settling, wages
from office import crypto
from office.audit import api as audit
from office.subjects import register_subject


def register() -> None:
    audit.register_verbs({**settling.VERBS, **retention.VERBS, **months.VERBS, **wages.VERBS})
    register_subject("attendance", _("attendance"))
    register_subject(
        "attendance_month", _("month of attendance"), lambda key: reverse("attendance:month", args=[key])
    )
    crypto.register_resealer("wages", wages.reseal_wages)
