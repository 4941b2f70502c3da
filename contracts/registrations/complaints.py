"""Complaints and disputes: audit verbs, clocks, notices, subjects."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contracts.services.complaints import filing
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.notices import api as notices
from office.subjects import register_subject


def register() -> None:
    audit.register_verbs(
        {
            "contracts.file_complaint": _("Complaint filed"),
            "contracts.withdraw_complaint": _("Complaint withdrawn"),
            "contracts.decide_complaint": _("Liability decided"),
            "contracts.answer_complaint": _("Supplier answered"),
            "contracts.charge_complaint": _("Charged to the supplier’s statement"),
            "contracts.customer_word": _("Customer’s word"),
            "contracts.close_complaint": _("Complaint closed"),
            "contracts.open_dispute": _("Dispute opened"),
            "contracts.dispute_step": _("Step of a dispute"),
        }
    )
    deadlines.register_kind(filing.DECIDE, title=_("deciding who is liable"))
    deadlines.register_kind(filing.ANSWER, title=_("the supplier’s answer"))
    notices.register_kind(
        "contracts.complaint_answered",
        title=_("The supplier answered"),
        text=_("{label}: {supplier} has answered the complaint."),
    )
    register_subject("complaint", _("complaint"), lambda pk: reverse("contracts:complaint", args=[pk]))
    register_subject("dispute", _("dispute"), lambda pk: reverse("contracts:dispute", args=[pk]))
