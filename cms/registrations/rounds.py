"""Recurring looks and freshness: verbs, clocks, notices, pages."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from office.audit import api as audit
from office.deadlines import api as deadlines
from office.notices import api as notices
from office.subjects import register_subject


def register() -> None:
    audit.register_verbs(
        {
            "cms.round_open": _("Round opened by schedule"),
            "cms.round_tick": _("Point looked at"),
            "cms.round_done": _("Round finished"),
            "cms.freshness_report": _("Freshness report made"),
            "cms.freshness_exported": _("Freshness of columns exported"),
        }
    )
    deadlines.register_kind("work.site_checked", title=_("checking the site"))
    deadlines.register_kind("work.board_checked", title=_("looking through the message board"))
    deadlines.register_kind("work.presence_checked", title=_("saying who is present in the chats"))
    notices.register_kind("cms.round", title=_("A round is due"), text=_("{label} is to be done."))
    notices.register_kind(
        "cms.stale_columns",
        title=_("Columns are out of date"),
        text=_("Not renewed in time: {columns}."),
    )
    register_subject("site_round", _("round"), lambda pk: reverse("cms:round", args=[pk]))
    register_subject("freshness", _("freshness report"), lambda _pk: reverse("cms:freshness"))
