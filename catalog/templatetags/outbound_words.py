"""Why a feed was not read, in the reader's words."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from office.outbound import sentence
from office.outbound.problems import SENTENCES

register = template.Library()

READING = {
    "page": gettext_noop("This is a web page for people and no list of goods."),
    "broken": gettext_noop("The feed is broken: it cannot be read to its end."),
    "doctype": gettext_noop("The XML has a document type; it was not read."),
    "unknown_header": gettext_noop("The feed holds no list of goods."),
    "nothing_usable": gettext_noop("Not one line of the list can be used."),
    "too_many": gettext_noop("This looks like the list of another channel."),
    "empty": gettext_noop("The file is empty."),
}


@register.filter
def why_not(code: str) -> str:
    """A sentence for a code that is kept on a feed."""
    if code in SENTENCES:
        return sentence(code)
    if code.startswith("http_"):
        return _("The other side answered %(status)s.") % {"status": code.removeprefix("http_")}
    return _(READING[code]) if code in READING else _("The feed cannot be read.")
