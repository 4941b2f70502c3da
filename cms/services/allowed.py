"""What verbs of this desk ask first: whether the person may, and which clause that rests on."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from office.errors import Forbidden, Invalid
from office.rulebook import api as rulebook
from office.rulebook.allowed import people_with as people_with
from office.staff import api as staff
from office.staff.models import Employee


def require(by: Employee, key: str, now: datetime) -> None:
    """Raises Forbidden, naming the permission's clause, unless one of his posts has it."""
    if not rulebook.may(by, key, now):
        raise Forbidden(_("Your post does not allow this."), clause=clause_of(key, now), permission=key)


def clause_of(key: str, at: datetime) -> str:
    """The clause that the key's rule rests on in the book in force, "" when the book has no such rule."""
    rule = rulebook.book(at).rules.get(key)
    return rule.clause if rule else ""


def acting_for(by: Employee, key: str, at: datetime) -> str:
    """The post to record on an act that needs the permission: "" when it is held, else the one acted for."""
    return staff.acting_for(by, rulebook.permission_rule(key, at=at).positions, at)


def words(value: str, *, path: str, longest: int, missing: object = "") -> str:
    """A text without blanks around it. Raises Invalid when it is too long, or empty though `missing` says why not."""
    value = value.replace("\x00", "").strip()
    if not value and missing:
        raise Invalid(missing, errors=[{"path": path, "code": "required", "message": str(missing)}])
    if len(value) > longest:
        message = _("At most %(n)d characters.") % {"n": longest}
        raise Invalid(message, errors=[{"path": path, "code": "too_long", "message": str(message)}])
    return value
