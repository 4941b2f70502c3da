"""Takedowns and the cases they open: verbs, clock, notices, page."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cms.services import takedowns
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.notices import api as notices
from office.subjects import register_subject


def register() -> None:
    audit.register_verbs(
        {
            "cms.take_down": _("Content taken down"),
            "cms.case_hear": _("The author was heard"),
            "cms.case_decide": _("Case decided"),
        }
    )
    deadlines.register_kind(takedowns.DEADLINE, title=_("deciding the case"))
    notices.register_kind(
        "cms.taken_down",
        title=_("Content taken down"),
        text=_("{label}: {by} took content down. The author is heard before anything is decided."),
        mutable=False,
    )
    notices.register_kind(
        "cms.case_heard", title=_("The author was heard"), text=_("{label}: the case can be decided now.")
    )
    notices.register_kind("cms.case_decided", title=_("Case decided"), text=_("{label}: {by} has decided."))
    register_subject("takedown", _("takedown"), lambda pk: reverse("cms:takedown", args=[pk]))
