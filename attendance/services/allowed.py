"""Who may do what at the attendance desk, as verbs ask."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from office.errors import Forbidden
from office.rulebook import api as rulebook

if TYPE_CHECKING:
    from office.staff.models import Employee


def require(by: Employee, key: str, now: datetime) -> str:
    """The clause that lets the person. Raises Forbidden unless one of the posts holds the permission `key`."""
    clause = rulebook.permission_rule(key, at=now).clause
    if not rulebook.may(by, key, now):
        raise Forbidden(_("Your posts do not allow this."), clause=clause)
    return clause
