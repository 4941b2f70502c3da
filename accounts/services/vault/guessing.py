"""Trying a passphrase: wherever one is typed, wrong ones count together, stop the guessing, and stay on record."""

from __future__ import annotations

from datetime import datetime

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from accounts.models import VaultKey
from office import boxes
from office.audit import api as audit
from office.crypto import Unreadable
from office.errors import Conflict, Invalid
from office.staff.api import subject_of
from office.staff.models import Employee

#: Wrong passphrases in a row, and for how many seconds they count.
TRIES, TRIES_FOR = 5, 900


def key_place(employee_id: int) -> bytes:
    """What a wrapped private key is bound to."""
    return f"vault key of {employee_id}".encode()


@sensitive_variables()
def private_of(*, key: VaultKey, passphrase: str, path: str, by: Employee, now: datetime) -> bytes:
    """The private key under this passphrase. In no transaction of the caller's: a wrong one is to stay on record.
    Raises Conflict (too many wrong ones), Invalid at `path` (wrong)."""
    counter = f"vault-tries:{by.pk}"
    cache.add(counter, 0, TRIES_FOR)
    if cache.incr(counter) > TRIES:
        raise Conflict(
            _("Too many wrong passphrases. Please try again in a quarter of an hour."), code="too_many"
        )
    try:
        private = boxes.unwrap(passphrase, bytes(key.wrapped), key_place(by.pk))
    except Unreadable:
        with transaction.atomic():
            audit.record("accounts.unlock_failed", subject=subject_of(by), by=by, now=now)
        message = _("This is not your vault passphrase. It is another one than your sign-in password.")
        raise Invalid(
            message,
            code="passphrase",
            errors=[{"path": path, "code": "passphrase", "message": str(message)}],
        ) from None
    cache.delete(counter)
    return private
