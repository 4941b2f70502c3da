"""The stand-in of somebody on leave (J2): chosen while the leave is decided on, appointed when it is agreed to."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attendance.models import Leave, StandIn
from attendance.selectors.stand_ins import Candidate, candidates
from attendance.services.leave_rows import CHAIN, locked, moved_on, record, write
from office.approvals.models import Run, Vote
from office.approvals.selectors.detail import acts_for
from office.errors import Conflict, NotFound, Refused
from office.rulebook.allowed import clause_of, wrong
from office.staff import api as staff
from office.staff import second_person
from office.staff.models import Appointment, Employee

ACTING = "staff.acting"


@transaction.atomic
def choose_deputy(
    *, leave_id: int, deputy_id: int | None, by: Employee, now: datetime, seen: int | None = None
) -> Leave:
    """Who stands in during the leave (None: nobody), said by the person who asks or by who decides, as long as nobody
    has agreed yet. A post that gives power over customers' data or decisions takes two people: the person names the
    stand-in, and who agrees is the second (C13.2).

    Raises NotFound, Invalid, Conflict (`state`, `needs_second`).
    """
    leave = locked(leave_id, seen)
    run = Run.objects.filter(
        kind=CHAIN, subject_type="leave", subject_id=str(leave.pk), state__in=("running", "returned")
    ).first()
    asks = by.pk == leave.employee_id
    if not asks and (run is None or "approve" not in acts_for(run, by, now)):
        raise NotFound(_("There is no such leave."))
    agreed = (
        run is not None
        and Vote.objects.filter(run=run, round=run.round, decision=Vote.Decision.APPROVE).exists()
    )
    if leave.state not in (Leave.State.REQUESTED, Leave.State.PROVISIONAL) or agreed:
        raise moved_on(leave)
    if deputy_id is not None:
        _require_candidate(leave, deputy_id, by, asks, now)
    leave.deputy_id = deputy_id
    leave.deputy_by = by if deputy_id is not None else None
    write(leave, "deputy", "deputy_by")
    record(
        verb="attendance.choose_deputy",
        leave=leave,
        by=by,
        now=now,
        clause=clause_of(ACTING, now),
        deputy=deputy_id,
    )
    return leave


def _require_candidate(leave: Leave, deputy_id: int, by: Employee, asks: bool, now: datetime) -> None:
    found = {each.person.pk: each for each in candidates(leave, now)}.get(deputy_id)
    clause = clause_of(ACTING, now)
    if found is None or deputy_id == by.pk:
        raise wrong(
            "deputy", _("The rulebook does not let this person stand in."), code="pair", clause=clause
        )
    if found.away:
        raise wrong("deputy", _("This person is not there in all of that time."), code="away", clause=clause)
    if found.sensitive and not asks:
        raise Conflict(
            _(
                "This post gives power over customers’ data or decisions and takes two people: let {name} name the"
                " stand-in, and your agreement is the second."
            ).format(name=leave.employee.name),
            code="needs_second",
            clause=second_person.CLAUSE,
        )


def fit_deputy(leave: Leave, now: datetime) -> Candidate | None:
    """Who was chosen, as long as he can still stand in: he is here, there in the time, and of a post that may (J2)."""
    deputy = leave.deputy
    if deputy is None or not deputy.is_active:
        return None
    found = {each.person.pk: each for each in candidates(leave, now)}.get(deputy.pk)
    return None if found is None or found.absent else found


def appoint_stand_in(leave: Leave, found: Candidate, run: Run, now: datetime) -> list[StandIn]:
    """The acting appointments of an agreed leave, for its days. The agreement is the authority: who chose the stand-in
    and who agreed are two people wherever the post takes two. Raises Conflict (`needs_second`)."""
    start, end = max(leave.starts_at, now), leave.ends_at
    deputy = found.person
    agreed = set(
        Vote.objects.filter(run=run, decision=Vote.Decision.APPROVE).values_list("person_id", flat=True)
    )
    if found.sensitive and not agreed - {leave.deputy_by_id, deputy.pk}:
        raise Conflict(
            _("A second person must agree to this stand-in."),
            code="needs_second",
            clause=second_person.CLAUSE,
        )
    made = []
    for post in found.acts_for:
        if Appointment.objects.filter(employee=deputy, position=post, during__overlap=(start, end)).exists():
            continue  # he has it already in that time
        appointment = staff.appoint(
            employee=deputy,
            position=post,
            start=start,
            end=end,
            acting=True,
            reason=_("During the leave of {name}").format(name=leave.employee.name),
            by=None,
            now=now,
        )
        made.append(
            StandIn.objects.create(
                leave=leave, appointment_id=appointment.pk, position=post, person=deputy, at=now
            )
        )
    return made


def end_stand_ins(leave: Leave, now: datetime) -> None:
    """The acting appointments of a leave that ends sooner end with it."""
    for stand_in in leave.stand_ins.all():
        try:
            staff.end_appointment(
                appointment_id=stand_in.appointment_id,
                by=None,
                now=now,
                reason=str(gettext_lazy("The leave is over")),
            )
        except Refused as refused:  # ended by somebody already, or over by itself
            if refused.code not in ("ended", "not_found"):
                raise
