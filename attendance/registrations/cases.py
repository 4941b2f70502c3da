"""Cases and reading the rules: verbs, kinds, clock, notices, pages."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from attendance.kinds import cases as kinds
from office.approvals import api as approvals
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.notices import api as notices
from office.subjects import numbered, register_subject


def register() -> None:
    audit.register_verbs(
        {
            "attendance.open_case": _("Case opened"),
            "attendance.answer_case": _("The person has answered"),
            "attendance.case_file": _("Evidence added"),
            "attendance.case_evidence": _("Evidence settled otherwise"),
            "attendance.decide_case": _("Case decided"),
            "attendance.close_case": _("Case closed without a measure"),
            "attendance.acknowledge": _("Rulebook read"),
        }
    )
    register_subject(
        "case", _("case"), lambda pk: reverse("attendance:case", args=[pk]), numbered(_("Staff case"))
    )
    for code in kinds.NAMES:
        approvals.register_kind(kinds.kind(code))
    deadlines.register_kind("attendance.case_reply", title=_("answer in a case"))
    for word, title, text, mutable in (
        (
            "case_about_you",
            _("Please answer"),
            _("{label}: a case concerns you. You can answer until {due_at}; nothing is decided before."),
            False,
        ),
        ("case_opened", _("Case opened"), _("{label} was opened. The person is heard first."), True),
        ("case_answered", _("The person has answered"), _("{label}: it can be decided on now."), True),
        (
            "case_evidence",
            _("Evidence settled otherwise"),
            _("{label}: days have been settled otherwise. Look at the evidence again."),
            False,
        ),
        ("case_decided", _("Case decided"), _("{label}: it is decided."), False),
        ("case_closed", _("Case closed"), _("{label}: it is closed without a measure."), True),
    ):
        notices.register_kind(f"attendance.{word}", title=title, text=text, mutable=mutable)
