"""Appointments: who holds which post, and who stands in for a vacant one (J2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from psycopg2.extras import DateTimeTZRange

from office.audit import api as audit
from office.enumerating import enumerated
from office.errors import Conflict, Invalid, NotFound
from office.staff import second_person, selectors, wiring
from office.staff.models import Appointment, Employee, Position
from office.staff.services.guards import locked, require
from office.staff.subjects import subject_of


@dataclass(frozen=True, slots=True)
class Terms:
    """What an appointment says, apart from who is appointed: a post from `start` until `end` (None: until further
    notice); `acting` (临时代理, J2) only for the pairs the rulebook allows, with an end and a reason."""

    position: str
    start: datetime
    end: datetime | None = None
    acting: bool = False
    reason: str = ""

    @property
    def during(self) -> DateTimeTZRange:
        return DateTimeTZRange(self.start, self.end)

    def facts(self) -> dict[str, object]:
        """For the trail."""
        return {
            "position": self.position,
            "from": self.start.isoformat(),
            "until": self.end.isoformat() if self.end else "",
            "reason": self.reason.strip()[:200],
        }


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

    `acting` (临时代理, J2): only for the pairs the rulebook allows, with an end and a reason. Nobody appoints himself.
    A sensitive post takes a second person (C13.2, office.staff.second_person): refused here (`needs_second`) unless
    `by` is the system, or there has never been anybody who could be the second. Raises Forbidden, Invalid, Conflict
    (oneself; the person holds the post already in that time).
    """
    terms = Terms(position, start, end, acting, reason)
    person = checked(employee, terms, by=by, now=now)
    alone: dict[str, object] = {}
    if by is not None and position in second_person.sensitive_posts(now):
        if not second_person.never_existed(position, person, by, now):
            raise Conflict(
                _("This post gives power over customers’ data or decisions: a second person must confirm."),
                code="needs_second",
                clause=second_person.CLAUSE,
            )
        alone = {"second_person": "none exists yet"}
    return enter(person=person, terms=terms, by=by, now=now, also=alone)


def checked(employee: Employee, terms: Terms, *, by: Employee | None, now: datetime) -> Employee:
    """The person, locked, when the appointment may be made or proposed. Raises as `appoint`."""
    require(by, "staff.manage", now)
    if by is not None and by.pk == employee.pk:
        raise Conflict(_("Nobody appoints himself: ask a colleague who may."), code="oneself")
    if terms.position not in Position.values:
        raise Invalid(_("There is no such post."), errors=[_wrong("position", _("There is no such post."))])
    if terms.end is not None and terms.end <= terms.start:
        text = _("The end must come after the start.")
        raise Invalid(text, errors=[_wrong("end", text)])
    person = locked(employee.pk)
    _guard(person, terms)
    return person


def _guard(person: Employee, terms: Terms) -> None:
    if not person.is_active:
        raise Conflict(_("This person may no longer sign in."), code="inactive")
    if terms.acting:
        _guard_acting(person, terms.position, terms.start, terms.end, terms.reason)
    if person.appointments.filter(position=terms.position, during__overlap=terms.during).exists():
        raise Conflict(
            _("{name} already holds the post {post} in that time.").format(
                name=person.name, post=selectors.position_label(terms.position)
            ),
            code="already_appointed",
        )


def enter(
    *, person: Employee, terms: Terms, by: Employee | None, now: datetime, also: Mapping[str, object]
) -> Appointment:
    """Writes the appointment of a locked person, with `also` for the trail. Raises Conflict, Invalid."""
    _guard(person, terms)
    appointment = Appointment.objects.create(
        employee=person,
        position=terms.position,
        during=terms.during,
        acting=terms.acting,
        reason=terms.reason.strip()[:200],
    )
    audit.record(
        "staff.appoint_acting" if terms.acting else "staff.appoint",
        subject=subject_of(person),
        by=by,
        now=now,
        clause="J2" if terms.acting else second_person.CLAUSE if also else "",
        data={**terms.facts(), **also},
    )
    return appointment


@transaction.atomic
def end_appointment(
    *, appointment_id: int, by: Employee | None, now: datetime, reason: str = "", at: datetime | None = None
) -> Appointment:
    """Ends a running appointment now, or `at` another instant; one that has not begun then is withdrawn. A person ends
    nothing in the past; the system may, where a rule named the instant (the midnight after somebody's last day).

    Raises Forbidden, NotFound, Conflict.
    """
    at = now if at is None or (by is not None and at < now) else at
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
    if end is not None and end <= at:
        raise Conflict(_("This appointment has ended already."), code="ended")
    if start is not None and start >= at:
        appointment.delete()
    else:
        appointment.during = DateTimeTZRange(start, at)
        appointment.save(update_fields=["during"])
    audit.record(
        "staff.end_appointment",
        subject=subject_of(appointment.employee),
        by=by,
        now=now,
        data={
            "position": appointment.position,
            "acting": appointment.acting,
            "reason": reason.strip()[:200],
            **({"at": at.isoformat()} if at != now else {}),
        },
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
            hint=str(_("The rulebook allows: {posts}.")).format(posts=enumerated(stand_ins))
            if stand_ins
            else "",
        )


def _wrong(path: str, message: object) -> dict[str, str]:
    return {"path": path, "code": "invalid", "message": str(message)}
