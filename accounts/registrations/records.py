"""Security updates and procedures: verbs, clock, notices, pages."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.services import security
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.notices import api as notices
from office.subjects import numbered, register_subject


def register() -> None:
    audit.register_verbs(
        {
            "accounts.report_security": _("Security report made"),
            "accounts.take_advisories": _("File of advisories taken in"),
            "accounts.sign_security": _("Security report signed"),
            "accounts.publish_procedure": _("Document published"),
            "accounts.read_procedure": _("Document read"),
        }
    )
    deadlines.register_kind(security.CLOCK, title=_("signing the security report"))
    register_subject(
        "security_report",
        _("security report"),
        lambda pk: reverse("accounts:security_report", args=[pk]),
        numbered(_("Security report")),
    )
    register_subject(
        "advisory_file",
        _("file of advisories"),
        lambda pk: reverse("accounts:security_file", args=[pk]),
        numbered(_("File of advisories")),
    )
    register_subject("procedure", _("document"), lambda pk: reverse("accounts:procedure", args=[pk]))
    notices.register_kind(
        "accounts.security_report",
        title=_("Security report to sign"),
        text=_("{n} known weaknesses in what is installed. Please sign the record by {due_at}."),
    )
    notices.register_kind(
        "accounts.advisories",
        title=_("New file of advisories"),
        text=_("{by} sent in a file of advisories: {n} known weaknesses in what is installed."),
    )
    notices.register_kind(
        "accounts.procedure_published",
        title=_("Please read"),
        text=_("{name}, version {n}, is in force. Please read it and say so."),
        mutable=False,
    )
