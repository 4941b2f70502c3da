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


class RuleNotAdopted(Conflict, UnknownRule):
    """This release ships a rule that the version in force, which is older, does not have yet: nobody's mistake, and the
    general manager's signature mends it (C14)."""

    code = "rule_not_adopted"

    def __init__(self, key: str) -> None:
        super().__init__(
            _(
                "The rulebook in force is older than this release and has no rule for this yet (%(rule)s). It works"
                " once the new text is proposed on the rulebook's page and signed by the general manager."
            )
            % {"rule": key},
            clause="C14",
            rule=key,
        )


class ActivationRefused(Conflict):
    """The book cannot take force as asked."""

    code = "activation_refused"
