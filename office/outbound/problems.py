"""Why nothing was fetched. The code is kept on rows; the sentence is for people, in their language."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

SENTENCES = {
    "address": gettext_noop("This is not a web address (http or https, with a host and without a password)."),
    "not_listed": gettext_noop("This host is not on the list of hosts that may be asked."),
    "private": gettext_noop(
        "This name leads to an address inside a private network, and that address is not on the list."
    ),
    "downgrade": gettext_noop("The other side leads from https to http."),
    "redirects": gettext_noop("The other side leads on too many times."),
    "dns": gettext_noop("This name is not known."),
    "connection": gettext_noop("The other side cannot be reached, or broke off."),
    "certificate": gettext_noop("The certificate of the other side is not valid."),
    "timeout": gettext_noop("The answer took too long."),
    "too_large": gettext_noop("The answer is larger than allowed."),
    "encoding": gettext_noop("The answer is packed in a way that is not read."),
    "answer": gettext_noop("The answer is not proper HTTP."),
}


def sentence(code: str) -> str:
    """The reason in the reader's language; an unknown code is itself."""
    return _(SENTENCES[code]) if code in SENTENCES else code


class OutboundError(Exception):
    """`code` is one of SENTENCES. Holds no address: some carry keys."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def message(self) -> str:
        return sentence(self.code)


class NotAllowed(OutboundError):
    """The address itself, or where it leads, is refused; nothing was sent there."""


class Failed(OutboundError):
    """The host was asked, and no whole answer came."""
