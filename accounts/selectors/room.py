"""The machine room: who may enter now, who is inside, the log."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Q, QuerySet

from accounts.models import RoomEntry, RoomGrant
from office.rulebook import api as rulebook
from office.staff.models import Employee

ENTER, LOG = "accounts.enter_machine_room", "accounts.room_log"
PAGE = 50


def by_post(person: Employee, at: datetime) -> bool:
    """Whether the person's post lets him in."""
    return rulebook.holds(person, ENTER, at)


def leave_for(person: Employee | None, visitor: str, at: datetime) -> RoomGrant | None:
    """The leave that lets this person or visitor in at the instant."""
    return in_force(at).filter(employee=person, visitor=visitor).first()


def in_force(at: datetime) -> QuerySet[RoomGrant]:
    return RoomGrant.objects.filter(starts_at__lte=at, at__lte=at, ends_at__gt=at).select_related("employee")


def inside() -> QuerySet[RoomEntry]:
    """Who went in and has not come out."""
    return RoomEntry.objects.filter(exit=None)


def may_see(viewer: Employee, entry: RoomEntry, at: datetime) -> bool:
    return viewer.pk == entry.employee_id or sees_all(viewer, at)


def sees_all(viewer: Employee, at: datetime) -> bool:
    """Those who keep the log, and the general manager."""
    return rulebook.holds(viewer, LOG, at) or rulebook.holds(viewer, "accounts.see_access", at)


def log(
    viewer: Employee, at: datetime, *, alerts: bool = False, before: int | None = None
) -> list[RoomEntry]:
    """Newest first, the viewer's own or everybody's; with `alerts` those without leave. One more than a page."""
    found = RoomEntry.objects.select_related("employee", "grant", "noted_by", "exit")
    if not sees_all(viewer, at):
        found = found.filter(employee=viewer)
    if alerts:
        found = found.filter(by_post=False, grant=None)
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-pk")[: PAGE + 1])


def leaves(viewer: Employee, at: datetime) -> list[RoomGrant]:
    """Leaves in force and to come that the viewer may know of."""
    found = RoomGrant.objects.filter(ends_at__gt=at).select_related("employee", "run")
    if not sees_all(viewer, at):
        found = found.filter(Q(employee=viewer) | Q(run__requester=viewer))
    return list(found.order_by(F("starts_at"), "pk")[:PAGE])
