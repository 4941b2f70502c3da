"""Which posts must use a second factor, and the trail of what people set up."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone

from office import crypto
from office.audit import api as audit
from office.rulebook import api as rulebook
from office.staff import api as staff
from office.staff.models import Employee

#: A recovery code helps out once; it is no factor of its own.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
RULE = "staff.mfa_required"
#: What secrets are sealed for, and under which names an authenticator keeps them.
PURPOSE, SEALED = "second-factor", ("secret", "seed")


def required(employee: Employee, at: datetime) -> bool:
    """Whether one of the person's posts must sign in with a second factor."""
    try:
        return rulebook.has_rule(RULE, at) and rulebook.may(employee, RULE, at)
    except rulebook.NoBookInForce:
        return False


def has_one(employee: Employee) -> bool:
    return bool(Authenticator.objects.filter(user=employee, type__in=FACTORS).exists())


def is_last(authenticator: Authenticator) -> bool:
    """Whether nothing but recovery codes would remain without this one."""
    others = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=FACTORS)
    return not bool(others.exclude(pk=authenticator.pk).exists())


def _record(
    sender: object, user: Employee, authenticator: Authenticator, signal: object, **_kwargs: Any
) -> None:
    change = {signals.authenticator_added: "added", signals.authenticator_removed: "removed"}.get(
        signal, "renewed"
    )
    audit.record(
        "staff.second_factor",
        subject=staff.subject_of(user),
        by=user,
        now=timezone.now(),
        clause="C13.1",
        data={"kind": str(authenticator.type), "change": change},
    )


def reseal(limit: int) -> int:
    """One step of a key rotation (office.crypto.register_resealer): secrets and recovery seeds under the newest key."""
    done = 0
    with transaction.atomic():
        for row in Authenticator.objects.select_for_update().order_by("pk"):
            fresh = {name: resealed for name in SEALED if (resealed := _resealed(row.data.get(name)))}
            if not fresh:
                continue
            row.data |= fresh
            row.save(update_fields=["data"])
            done += 1
            if done >= limit:
                break
    return done


def _resealed(text: str | None) -> str | None:
    blob = crypto.reseal_app(PURPOSE, base64.b64decode(text)) if text else None
    return base64.b64encode(blob).decode("ascii") if blob else None


def connect() -> None:
    """The library that keeps the factors has no other hook than its signals."""
    crypto.register_resealer("second factors", reseal)
    for signal in (signals.authenticator_added, signals.authenticator_removed, signals.authenticator_reset):
        signal.connect(_record, dispatch_uid="staff.second_factor")
