"""上班 and 下班: who is on duty."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from office.audit import api as audit
from office.errors import Conflict
from office.staff import wiring
from office.staff.models import Employee, Presence
from office.staff.services.guards import locked, require
from office.staff.subjects import subject_of


@transaction.atomic
def start_duty(*, by: Employee, now: datetime) -> Presence:
    """上班: the person is on duty from now. Already on duty: the running presence is returned, nothing changes."""
    employee = locked(by.pk)
    if not employee.is_active:
        raise Conflict(_("This person may no longer sign in."), code="inactive")
    running = Presence.objects.filter(employee=employee, ended_at=None).first()
    if running is not None:
        return running
    presence = Presence.objects.create(employee=employee, started_at=now, last_seen_at=now)
    audit.record("staff.start_duty", subject=subject_of(employee), by=by, now=now)
    return presence


@transaction.atomic
def end_duty(*, employee: Employee, by: Employee | None, now: datetime, reason: str = "") -> Presence | None:
    """下班: what the person held is given back in the same transaction. Off duty already: None, nothing changes.

    Ending somebody else's duty needs staff.manage; `by` None is the system. Raises Forbidden.
    """
    if by is None or by.pk != employee.pk:
        require(by, "staff.manage", now)
    person = locked(employee.pk)
    presence = Presence.objects.select_for_update().filter(employee=person, ended_at=None).first()
    if presence is None:
        return None
    presence.ended_at = max(now, presence.started_at)
    presence.save(update_fields=["ended_at"])
    for give_back in wiring.wiring.off_duty:
        give_back(person, by, now)
    audit.record(
        "staff.end_duty",
        subject=subject_of(person),
        by=by,
        now=now,
        data={"reason": reason} if reason else {},
    )
    return presence


def touch_presence(*, by: Employee, now: datetime) -> bool:
    """The person's page is open: moves `last_seen_at` forward, at most once a minute in effect. True when on duty.

    A heartbeat, not an act: nothing is written to the trail.
    """
    return bool(
        Presence.objects.filter(employee=by, ended_at=None, last_seen_at__lt=now).update(last_seen_at=now)
    )


def end_unseen_duty(*, unseen_since: datetime, now: datetime) -> int:
    """Ends the duty of everybody whose pages have not been open since `unseen_since`. Returns how many."""
    ended = 0
    forgotten = Presence.objects.filter(ended_at=None, last_seen_at__lt=unseen_since).select_related(
        "employee"
    )
    for presence in forgotten:
        ended += end_duty(employee=presence.employee, by=None, now=now, reason="not seen") is not None
    return ended
