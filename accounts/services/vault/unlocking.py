"""Unlocking: a passphrase opens a person's private key for some minutes.

Meanwhile the key lies in the server's cache, encrypted under a random key that only the browser's cookie holds: who has
the cache lacks the cookie, who has the cookie lacks the cache. It is bound to person, session and end, so that neither
half serves anywhere else or longer.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from accounts import vault_book
from accounts.models import VaultKey
from accounts.services.vault import guessing
from office import boxes
from office.audit import api as audit
from office.crypto import Unreadable
from office.errors import Conflict, Forbidden
from office.staff.api import subject_of
from office.staff.models import Employee


@dataclass(frozen=True, slots=True)
class Opened:
    """A person's open vault, for one request."""

    employee: Employee
    key_id: int
    until: datetime
    private: bytes = field(repr=False)
    idle: timedelta = timedelta(0)

    @property
    def idle_minutes(self) -> int:
        """How long it may lie unused."""
        return int(self.idle.total_seconds() // 60)


def _place(employee_id: int, session: str, until: str) -> bytes:
    return f"unlocked {employee_id} {session} {until}".encode()


def _slot(session_key: str) -> str:
    """Where the cache keeps it: the session's key itself is in no other store than its own."""
    return f"vault:{hashlib.sha256(session_key.encode()).hexdigest()}"


def _idle(slot: str) -> str:
    """Where the cache keeps until when it may lie unused."""
    return f"{slot}:idle"


@sensitive_variables()
def unlock(*, passphrase: str, session_key: str, by: Employee, now: datetime) -> str:
    """The cookie's half. Raises Conflict (no key yet; too many wrong ones), Invalid (wrong passphrase)."""
    key = VaultKey.objects.filter(employee=by, state=VaultKey.State.CURRENT).first()
    if key is None:
        raise Conflict(_("You have no vault passphrase yet. Set one up first."), code="no_key")
    private = guessing.private_of(key=key, passphrase=passphrase, path="passphrase", by=by, now=now)
    until = now + vault_book.span("unlocked_for", now)
    token = boxes.new_key()
    session = _slot(session_key)
    idle = vault_book.span("idle_for", now)
    cache.set(_idle(session), (now + idle).isoformat(), idle.total_seconds())
    cache.set(
        session,
        {
            "employee": by.pk,
            "key": key.pk,
            "until": until.isoformat(),
            "blob": boxes.bind(token, private, _place(by.pk, session, until.isoformat())),
        },
        (until - now).total_seconds(),
    )
    with transaction.atomic():
        audit.record("accounts.unlock", subject=subject_of(by), by=by, now=now)
    return base64.urlsafe_b64encode(token).decode()


def unlocked(
    *, token: str, session_key: str, by: Employee, now: datetime, touch: bool = True
) -> Opened | None:
    """The open vault, or None: locked, over, idle, another person's, or one of the halves is not the right one.
    `touch`: that it is used now puts the idle end off."""
    slot = _slot(session_key)
    both = cache.get_many([slot, _idle(slot)]) if token and session_key else {}
    held: Mapping[str, Any] | None = both.get(slot)
    if held is None or held["employee"] != by.pk:
        return None
    until, idle = datetime.fromisoformat(held["until"]), both.get(_idle(slot))
    if now >= until or idle is None or now >= datetime.fromisoformat(idle):
        cache.delete(slot)
        return None
    try:
        key = base64.urlsafe_b64decode(token)
        private = boxes.unbind(key, held["blob"], _place(by.pk, slot, held["until"]))
    except (Unreadable, ValueError):
        return None
    if not VaultKey.objects.filter(pk=held["key"], state=VaultKey.State.CURRENT).exists():
        cache.delete(slot)
        return None
    unused = vault_book.span("idle_for", now)
    if touch:
        later = min(until, now + unused)
        # Beside the key, never with it: what was locked meanwhile does not come back.
        cache.set(_idle(slot), later.isoformat(), max(1, (later - now).total_seconds()))
    return Opened(by, held["key"], until, private, unused)


def lock(*, session_key: str) -> None:
    """By the button, at the sign-out: what the server held is gone."""
    cache.delete(_slot(session_key))


def require(opened: Opened | None, by: Employee) -> Opened:
    """Raises Forbidden unless the vault is open, and by's own."""
    if opened is None or opened.employee.pk != by.pk:
        raise Forbidden(_("Your vault is locked. Unlock it first."), code="locked")
    return opened
