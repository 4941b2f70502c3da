"""Watched sites and their incidents: verbs, clocks, notices, pages of subjects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cms.models import SiteIncident
from cms.models.incidents import SEEN
from cms.rules import incidents as rules
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.notices import api as notices
from office.subjects import register_subject

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def register() -> None:
    audit.register_verbs(
        {
            "cms.site_save": _("Watched site set"),
            "cms.text_approved": _("Text approved"),
            "cms.text_published": _("Text follows a publication"),
            "cms.partner_contact": _("Contact at the partner set"),
            "cms.incident_open": _("Incident opened"),
            "cms.incident_acknowledge": _("Taken on"),
            "cms.incident_tell": _("Partner told or being told"),
            "cms.incident_told": _("The message to the partner was taken"),
            "cms.incident_resolve": _("Solved"),
            "cms.incident_well": _("Well again by itself"),
            "cms.incident_close": _("Closed with a post-mortem"),
            "cms.incident_note": _("Noted"),
            "cms.watch_exported": _("Figures of the site exported"),
        }
    )
    deadlines.register_kind(rules.ACKNOWLEDGE, title=_("taking on the incident"))
    deadlines.register_kind(rules.REPORT, title=_("telling the partner"))
    deadlines.register_kind(rules.POST_MORTEM, title=_("the post-mortem"))
    notices.register_kind(
        "cms.incident",
        title=_("Incident of a website"),
        text=_("{label}: {what}. {title}"),
        detail=_what,
        mutable=False,
    )
    notices.register_kind(
        "cms.incident_well",
        title=_("Website well again"),
        text=_("{label}: {what}. Well again by itself; the post-mortem is due."),
        detail=_what,
    )
    notices.register_kind(
        "cms.partner_not_told",
        title=_("The partner was not reached"),
        text=_("{label}: the message to the partner was not taken. Please pick up the phone."),
        detail=_what,
        mutable=False,
    )
    register_subject("site_incident", _("site incident"), lambda pk: reverse("cms:incident", args=[pk]))
    register_subject("watched_site", _("watched site"), lambda pk: reverse("cms:watched", args=[pk]))
    register_subject("partner_contact", _("contact at the partner"), lambda _pk: reverse("cms:contacts"))
    register_subject("site_watch", _("Watched sites"), lambda _pk: reverse("cms:watch"))


def _what(kind: str) -> StrOrPromise:
    if kind in SEEN:
        return SEEN[kind]
    return SiteIncident.Kind(kind).label if kind in SiteIncident.Kind.values else kind
