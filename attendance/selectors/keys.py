"""Secret addresses of the roster."""

from __future__ import annotations

import hashlib

from attendance.models import RosterKey
from office.staff.models import Employee


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def owner_of(secret: str) -> RosterKey | None:
    """The live key of that secret, whose person may still sign in."""
    found = (
        RosterKey.objects.filter(digest=digest_of(secret), revoked_at=None).select_related("employee").first()
    )
    if found is not None and found.employee is not None and not found.employee.is_active:
        return None
    return found


def live_key(owner: Employee | None) -> RosterKey | None:
    """The person's, or without a person the telephone switch's."""
    return RosterKey.objects.filter(employee=owner, revoked_at=None).select_related("made_by").first()
