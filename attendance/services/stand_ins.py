"""The stand-in of somebody on leave (J2): chosen while the leave is decided on, appointed when it is agreed to; another
one named afterwards, where nobody stands in or who does is away himself."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attendance.models import Leave, StandIn, StandInNaming
from attendance.selectors.stand_ins import Candidate, candidates, gone_in, may_name_later, stands_in_for
from attendance.services.leave_rows import CHAIN, locked, moved_on, record, tell, write
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


@transaction.atomic
def name_stand_in(
    *, leave_id: int, deputy_id: int | None, by: Employee, now: datetime, seen: int | None = None
) -> Leave:
    """Who stands in for the rest of a leave that was agreed to (None: nobody any more), said by who agreed to it or
    looks after the person. The acting appointments of whoever stood in end. A post that takes two people is given by
    the appointment that two make (C13.2). Raises NotFound, Invalid, Conflict (`state`, `needs_second`)."""
    leave = locked(leave_id, seen)
    if not may_name_later(by, leave, now):
        raise NotFound(_("There is no such leave."))
    before = leave.deputy
    if deputy_id == leave.deputy_id:
        return leave
    found = None
    if deputy_id is not None:
        found = _require_candidate(leave, deputy_id, by, False, now)
    end_stand_ins(leave, now)
    StandInNaming.objects.create(leave=leave, deputy_id=deputy_id, by=by, at=now)
    leave.deputy, leave.deputy_by = (found.person, by) if found else (None, None)
    write(leave, "deputy", "deputy_by")
    made = _appoint(leave, found, now) if found else []
    clause = clause_of(ACTING, now)
    record(
        verb="attendance.name_stand_in", leave=leave, by=by, now=now, clause=clause, deputy=deputy_id,
        before=before.pk if before else None, posts=[each.position for each in made],
    )  # fmt: skip
    if before is not None:
        tell("attendance.stand_in_over", leave, {before.pk}, by, now, clause)
    if found is not None:
        tell("attendance.stand_in", leave, {found.person.pk}, by, now, clause)
        tell("attendance.stand_in_named", leave, {leave.employee_id}, by, now, clause, name=found.person.name)
    else:
        tell("attendance.stand_in_none", leave, {leave.employee_id}, by, now, clause)
    return leave


def tell_not_there(person_id: int, begin: datetime, end: datetime, now: datetime) -> None:
    """The person will be away in that time: whoever counts on him as a stand-in is told, and names another. Part of
    what makes him away."""
    for leave in stands_in_for(person_id, max(begin, now), end):
        for start, finish in gone_in(leave, now):
            if start < end and begin < finish and leave.deputy is not None:
                tell(
                    "attendance.stand_in_away", leave, counting_on(leave), None, now, clause_of(ACTING, now),
                    name=leave.deputy.name, from_at=start.isoformat(), until_at=finish.isoformat(),
                )  # fmt: skip
                break


def counting_on(leave: Leave) -> set[int]:
    """Whoever counts on the stand-in: the absent person, who named him, who agreed."""
    votes = Vote.objects.filter(
        run__kind=CHAIN,
        run__subject_type="leave",
        run__subject_id=str(leave.pk),
        decision=Vote.Decision.APPROVE,
    )
    named_by = [leave.deputy_by_id] if leave.deputy_by_id else []
    return {leave.employee_id, *named_by, *votes.values_list("person_id", flat=True)}


def _require_candidate(leave: Leave, deputy_id: int, by: Employee, asks: bool, now: datetime) -> Candidate:
    found = {each.person.pk: each for each in candidates(leave, now)}.get(deputy_id)
    clause = clause_of(ACTING, now)
    if found is None or deputy_id == by.pk:
        raise wrong(
            "deputy", _("The rulebook does not let this person stand in."), code="pair", clause=clause
        )
    if found.away:
        raise wrong("deputy", _("This person is not there in all of that time."), code="away", clause=clause)
    if found.sensitive and leave.state == Leave.State.APPROVED:
        raise Conflict(
            _(
                "This post gives power over customers’ data or decisions and takes two people: appoint the stand-in on"
                " his own page, where a second person confirms."
            ),
            code="needs_second",
            clause=second_person.CLAUSE,
        )
    if found.sensitive and not asks:
        raise Conflict(
            _(
                "This post gives power over customers’ data or decisions and takes two people: let {name} name the"
                " stand-in, and your agreement is the second."
            ).format(name=leave.employee.name),
            code="needs_second",
            clause=second_person.CLAUSE,
        )
    return found


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
    agreed = set(
        Vote.objects.filter(run=run, decision=Vote.Decision.APPROVE).values_list("person_id", flat=True)
    )
    if found.sensitive and not agreed - {leave.deputy_by_id, found.person.pk}:
        raise Conflict(
            _("A second person must agree to this stand-in."),
            code="needs_second",
            clause=second_person.CLAUSE,
        )
    return _appoint(leave, found, now)


def _appoint(leave: Leave, found: Candidate, now: datetime) -> list[StandIn]:
    start, end, deputy = max(leave.starts_at, now), leave.ends_at, found.person
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
