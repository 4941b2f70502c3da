"""What can go wrong when the rulebook is asked."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from office.errors import Conflict, Refused


class NoBookInForce(Refused):
    """No version of any book was in force at the instant asked about."""

    code = "no_book"

    def __init__(self) -> None:
        super().__init__(_("No rulebook is in force at that time. An administrator must activate one."))


class UnknownRule(LookupError):
    """The book in force has no rule of that key, or one of another kind: a mistake in code or book, not of
    a user.
    """


class ActivationRefused(Conflict):
    """The book cannot take force as asked."""

    code = "activation_refused"
