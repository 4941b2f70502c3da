"""Which posts must use a second factor, and the trail of what people set up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from django.utils import timezone

from office.audit import api as audit
from office.rulebook import api as rulebook
from office.staff import api as staff
from office.staff.models import Employee

#: A recovery code helps out once; it is no factor of its own.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
RULE = "staff.mfa_required"


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


def connect() -> None:
    """The library that keeps the factors has no other hook than its signals."""
    for signal in (signals.authenticator_added, signals.authenticator_removed, signals.authenticator_reset):
        signal.connect(_record, dispatch_uid="staff.second_factor")
