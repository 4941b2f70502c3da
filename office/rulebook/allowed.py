"""What verbs of the desks ask first: whether the person may, which clause that rests on, and texts without blanks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from office.errors import Forbidden, Invalid
from office.rulebook import api as rulebook
from office.staff import api as staff

if TYPE_CHECKING:
    from office.staff.models import Employee


def require(by: Employee, key: str, now: datetime) -> str:
    """The clause that lets the person. Raises Forbidden unless a post or a grant of his gives the permission `key`."""
    clause = rulebook.permission_rule(key, at=now).clause
    if not rulebook.may(by, key, now):
        raise Forbidden(_("Your posts do not allow this."), clause=clause, permission=key)
    return clause


def clause_of(key: str, at: datetime) -> str:
    """The clause that the key's rule rests on in the book in force, "" when the book has no such rule."""
    rule = rulebook.book(at).rules.get(key)
    return rule.clause if rule else ""


def people_with(key: str, at: datetime) -> set[int]:
    """Ids of everybody to whom a post or a grant gives the permission now."""
    by_post = staff.holder_ids(rulebook.positions_with(key, at), at)
    return by_post | staff.people_granted(rulebook.words_giving(key, at), at)


def words(value: str, *, path: str, longest: int, missing: object = "") -> str:
    """A text without blanks around it. Raises Invalid when it is too long, or empty though `missing` says why not."""
    value = value.replace("\x00", "").strip()
    if not value and missing:
        raise wrong(path, missing, code="required")
    if len(value) > longest:
        raise wrong(path, _("At most %(n)d characters.") % {"n": longest}, code="too_long")
    return value


@contextmanager
def unless(known: str, refusal: Callable[[], Exception]) -> Iterator[None]:
    """Within it, what the database refuses with words that contain `known` is this refusal; anything else is a fault
    and stays one."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if known not in str(error):
            raise
        raise refusal() from error


def wrong(path: str, message: object, *, code: str = "invalid", clause: str = "") -> Invalid:
    """A refusal that names one field."""
    return Invalid(
        message, clause=clause, errors=[{"path": path, "code": code, "message": str(message)}], code=code
    )
