"""Secret addresses: one's own calendar, and the sentence for the telephone switch."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from attendance.models import RosterKey
from attendance.selectors.keys import digest_of
from attendance.services.roster import guards
from attendance.services.roster.guards import PLAN
from office.audit import api as audit
from office.errors import Conflict
from office.staff.models import Employee
from office.subjects import Subject

SWITCH = Subject("hotline", "", "hotline")


@transaction.atomic
def make_key(*, by: Employee, now: datetime, switch: bool = False) -> str:
    """A new address of the person's own calendar, or with `switch` the telephone switch's; the one before no longer
    answers. The secret is given back once and not kept. Raises Forbidden."""
    if switch:
        guards.require(by, PLAN, now)
    owner = None if switch else by
    Employee.objects.select_for_update().get(pk=by.pk)
    RosterKey.objects.select_for_update().filter(employee=owner, revoked_at=None).update(revoked_at=now)
    secret = secrets.token_urlsafe(32)
    RosterKey.objects.create(employee=owner, digest=digest_of(secret), made_by=by, made_at=now)
    audit.record("attendance.make_key", subject=SWITCH if switch else guards.about(by), by=by, now=now)
    return secret


@transaction.atomic
def revoke_key(*, by: Employee, now: datetime, switch: bool = False) -> None:
    """The address no longer answers. Raises Forbidden, Conflict (`none`)."""
    if switch:
        guards.require(by, PLAN, now)
    owner = None if switch else by
    if not RosterKey.objects.filter(employee=owner, revoked_at=None).update(revoked_at=now):
        raise Conflict(_("There is no address to take back."), code="none")
    audit.record("attendance.revoke_key", subject=SWITCH if switch else guards.about(by), by=by, now=now)
