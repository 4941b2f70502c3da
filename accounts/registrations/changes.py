"""Changes of the database: verbs, kind, notices, pages."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.kinds import changes
from office.approvals import api as approvals
from office.audit import api as audit
from office.notices import api as notices
from office.subjects import register_subject


def register() -> None:
    audit.register_verbs(
        {
            "accounts.draft_change": _("Change of the database drafted"),
            "accounts.opinion": _("Opinion of a section"),
            "accounts.change_outcome": _("Outcome of the change told"),
            "accounts.change_feedback": _("Feedback on the change"),
        }
    )
    approvals.register_kind(changes.kind())
    register_subject(
        "db_change", _("change of the database"), lambda pk: reverse("accounts:change", args=[pk])
    )
    notices.register_kind(
        "accounts.opinion_asked",
        title=_("Your opinion, please"),
        text=_("{label}: the database is to be changed. Say what your section thinks of it."),
    )
    notices.register_kind(
        "accounts.change_told",
        title=_("The database was changed"),
        text=_("{label}: {by} has told the outcome. Say on its page what is inconvenient since."),
    )
    notices.register_kind(
        "accounts.change_outside",
        title=_("Changed outside of the agreed hours"),
        text=_("{label}: carried out from {began_at} to {done_at}, not in the hours that were agreed to."),
        mutable=False,
    )
    notices.register_kind(
        "accounts.change_feedback",
        title=_("Feedback on a change"),
        text=_("{label}: {by} says what is inconvenient."),
    )
