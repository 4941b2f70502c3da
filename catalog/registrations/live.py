"""What the engines know of live checks and of the market."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.selectors.live import RIGHT
from catalog.services import live, market, market_export
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.notices import api as notices
from office.subjects import register_subject


def register() -> None:
    audit.register_verbs({**live.VERBS, **market.VERBS, **market_export.VERBS})
    register_subject(
        "live_difference",
        _("difference from what was agreed"),
        lambda key: reverse("catalog:difference", args=[key]),
    )
    register_subject("market", _("market"), lambda key: reverse("catalog:market"))
    register_subject(
        "market_summary", _("market summary"), lambda key: reverse("catalog:summary", args=[key])
    )
    deadlines.register_kind(RIGHT, title=_("putting right what a channel shows"))
    deadlines.register_kind(market.DONE, title=_("handing the market summary in"))
    notices.register_kind(
        "catalog.live_differs",
        title=_("A channel differs from what was agreed"),
        text=_("{label}: {count} differences, the first at {first}. Please see to the channel."),
    )
    notices.register_kind(
        "catalog.feed_failed",
        title=_("Feed could not be read"),
        text=_("{label}: the feed could not be read, so nobody knows what the channel shows."),
    )
    notices.register_kind(
        "catalog.summary_handed_in",
        title=_("Market summary for you"),
        text=_("{by} has summed up the market of {label}. Please read and acknowledge it."),
    )
    notices.register_kind(
        "catalog.summary_read",
        title=_("Market summary acknowledged"),
        text=_("{by} has acknowledged your market summary of {label}."),
    )
