"""Appointments: who holds which post, and who stands in for a vacant one (J2)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from psycopg2.extras import DateTimeTZRange

from office.audit import api as audit
from office.errors import Conflict, Invalid, NotFound
from office.staff import selectors, wiring
from office.staff.models import Appointment, Employee, Position
from office.staff.services.guards import locked, require
from office.staff.subjects import subject_of


@transaction.atomic
def appoint(
    *,
    employee: Employee,
    position: str,
    start: datetime,
    by: Employee | None,
    now: datetime,
    end: datetime | None = None,
    acting: bool = False,
    reason: str = "",
) -> Appointment:
    """Gives a person a post from `start` until `end` (None: until further notice).

    `acting` (临时代理, J2): only for the pairs the rulebook allows, with an end and a reason. Nobody appoints himself:
    who may change staff records could otherwise take the post that reads customers. Raises Forbidden, Invalid, Conflict
    (oneself; the person holds the post already in that time).
    """
    require(by, "staff.manage", now)
    if by is not None and by.pk == employee.pk:
        raise Conflict(_("Nobody appoints himself: ask a colleague who may."), code="oneself")
    if position not in Position.values:
        raise Invalid(_("There is no such post."), errors=[_wrong("position", _("There is no such post."))])
    if end is not None and end <= start:
        text = _("The end must come after the start.")
        raise Invalid(text, errors=[_wrong("end", text)])
    person = locked(employee.pk)
    if not person.is_active:
        raise Conflict(_("This person may no longer sign in."), code="inactive")
    if acting:
        _guard_acting(person, position, start, end, reason)
    during = DateTimeTZRange(start, end)
    if person.appointments.filter(position=position, during__overlap=during).exists():
        raise Conflict(
            _("{name} already holds the post {post} in that time.").format(
                name=person.name, post=selectors.position_label(position)
            ),
            code="already_appointed",
        )
    appointment = Appointment.objects.create(
        employee=person, position=position, during=during, acting=acting, reason=reason.strip()[:200]
    )
    audit.record(
        "staff.appoint_acting" if acting else "staff.appoint",
        subject=subject_of(person),
        by=by,
        now=now,
        clause="J2" if acting else "",
        data={
            "position": position,
            "from": start.isoformat(),
            "until": end.isoformat() if end else "",
            "reason": reason.strip()[:200],
        },
    )
    return appointment


@transaction.atomic
def end_appointment(
    *, appointment_id: int, by: Employee | None, now: datetime, reason: str = ""
) -> Appointment:
    """Ends a running appointment now; one that has not begun is withdrawn. What is past stays as it was.

    Raises Forbidden, NotFound, Conflict.
    """
    require(by, "staff.manage", now)
    appointment = (
        Appointment.objects.select_for_update(of=("self",))
        .select_related("employee")
        .filter(pk=appointment_id)
        .first()
    )
    if appointment is None:
        raise NotFound(_("There is no such appointment."))
    start, end = appointment.during.lower, appointment.during.upper
    if end is not None and end <= now:
        raise Conflict(_("This appointment has ended already."), code="ended")
    if start is not None and start >= now:
        appointment.delete()
    else:
        appointment.during = DateTimeTZRange(start, now)
        appointment.save(update_fields=["during"])
    audit.record(
        "staff.end_appointment",
        subject=subject_of(appointment.employee),
        by=by,
        now=now,
        data={"position": appointment.position, "acting": appointment.acting, "reason": reason.strip()[:200]},
    )
    return appointment


def _guard_acting(
    person: Employee, position: str, start: datetime, end: datetime | None, reason: str
) -> None:
    errors = []
    if end is None:
        errors.append(_wrong("end", _("An acting appointment needs an end.")))
    if not reason.strip():
        errors.append(_wrong("reason", _("An acting appointment needs a reason.")))
    if errors:
        raise Invalid(_("The appointment is incomplete."), clause="J2", errors=errors)
    own = selectors.own_positions(person, start)
    allowed = wiring.acting_pairs(start)
    if not any((held, position) in allowed for held in own):
        stand_ins = sorted(
            selectors.position_label(held) for held, for_post in allowed if for_post == position
        )
        raise Conflict(
            _("{name} may not act for the post {post}.").format(
                name=person.name, post=selectors.position_label(position)
            ),
            code="pair_not_allowed",
            clause="J2",
            hint=str(_("The rulebook allows: {posts}.")).format(posts=", ".join(stand_ins))
            if stand_ins
            else "",
        )


def _wrong(path: str, message: object) -> dict[str, str]:
    return {"path": path, "code": "invalid", "message": str(message)}
