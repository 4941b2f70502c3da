"""Reviews of grants: verbs, clock, notices, pages."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.services import reviewing
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.notices import api as notices
from office.subjects import numbered, register_subject


def register() -> None:
    audit.register_verbs(
        {
            "accounts.open_review": _("Review of grants opened"),
            "accounts.review_grant": _("Word on a grant"),
            "accounts.close_review": _("Review of grants closed"),
        }
    )
    deadlines.register_kind(
        reviewing.CLOCK, title=_("the review of grants"), on_breach=reviewing.not_confirmed
    )
    register_subject(
        "grant_review",
        _("review of grants"),
        lambda pk: reverse("accounts:review", args=[pk]),
        numbered(_("Review of grants")),
    )
    notices.register_kind(
        "accounts.review_opened",
        title=_("Grants to confirm"),
        text=_("{n} grants are to be confirmed or ended by {due_at}."),
    )
    notices.register_kind(
        "accounts.review_late",
        title=_("Grants not confirmed"),
        text=_("{n} grants were not confirmed in time. Please propose that they end, or say why they stay."),
        mutable=False,
    )
