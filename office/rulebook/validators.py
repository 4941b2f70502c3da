"""The password rule of C13.3, read from the book in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_variables

from office import breached
from office.rulebook.errors import NoBookInForce
from office.rulebook.selectors import parameter_rule

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

log = structlog.get_logger(__name__)
KEY = "staff.password"
#: Before the first book is in force, and the least any book can ask: the clause's own six characters.
FLOOR = 6
BEFORE_ANY_BOOK = 10


class RulebookPasswordValidator:
    """Refuses a password that is too short or begins with a digit (C13.3).

    The length is the book's `min_length`, never less than its `floor`, and never less than the six
    characters the clause itself asks for.
    """

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        length, no_digit = self._demands()
        problems = []
        if len(password) < length:
            problems.append(
                ValidationError(
                    ngettext(
                        "The password must have at least %(length)d character (clause C13.3).",
                        "The password must have at least %(length)d characters (clause C13.3).",
                        length,
                    ),
                    code="password_too_short",
                    params={"length": length},
                )
            )
        if no_digit and password[:1].isdigit():
            problems.append(
                ValidationError(
                    _("The password must not begin with a digit (clause C13.3)."),
                    code="password_leading_digit",
                )
            )
        if problems:
            raise ValidationError(problems)

    def get_help_text(self) -> str:
        length, no_digit = self._demands()
        said = ngettext(
            "The password has at least %(length)d character.",
            "The password has at least %(length)d characters.",
            length,
        ) % {"length": length}
        return f"{said} {_('It does not begin with a digit.')}" if no_digit else said

    @staticmethod
    def _demands() -> tuple[int, bool]:
        try:
            rule = parameter_rule(KEY)
        except NoBookInForce:
            return BEFORE_ANY_BOOK, True
        return max(rule.integer("min_length"), rule.integer("floor"), FLOOR), rule.flag("no_leading_digit")


class BreachedPasswordValidator:
    """Refuses what the operator's list of breached passwords has (C13.3); a list that cannot be read refuses all."""

    @sensitive_variables()
    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        try:
            known = breached.known(password)
        except breached.Unusable as error:
            log.error("breached_passwords_unusable", why=str(error))
            raise ValidationError(breached.UNUSABLE, code="breached_unusable") from None
        if known:
            raise ValidationError(breached.KNOWN, code="password_breached")

    def get_help_text(self) -> str:
        return _("It is not known from a breach elsewhere.") if settings.ECDEPT_BREACHED_PASSWORDS else ""
