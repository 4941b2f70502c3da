"""How a leave ends otherwise than it was asked for: taken back, cancelled, back early, lapsed; and what it came to."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from attendance.models import Leave
from attendance.rules import leave as rules
from attendance.selectors.leave_access import manages
from attendance.selectors.leave_kinds import LeaveKind, kinds
from attendance.selectors.work_days import returns_at, work_of
from attendance.services import balances
from attendance.services.leave_rows import (
    CHAIN,
    HEAR,
    PROOF,
    SLIP,
    deciders,
    locked,
    mark,
    moved_on,
    own,
    record,
    tell,
    write,
)
from attendance.services.proofs import await_proof
from attendance.services.stand_ins import end_stand_ins
from office.approvals import api as approvals
from office.approvals.models import Run
from office.approvals.models.run import LIVE
from office.deadlines import api as deadlines
from office.errors import Conflict, NotFound
from office.rulebook.allowed import clause_of, words, wrong
from office.rulebook.calendar import ZONE
from office.staff.models import Employee

State = Leave.State
DAY = timedelta(days=1)


@transaction.atomic
def take_back(*, leave_id: int, reason: str, by: Employee, now: datetime, seen: int | None = None) -> Leave:
    """The person no longer wants what was not decided yet; what was reserved is given back. Of a leave told by
    telephone the days that have passed are then not excused. Raises NotFound, Invalid, Conflict."""
    leave = own(leave_id, by, seen)
    if leave.state not in (State.REQUESTED, State.PROVISIONAL):
        raise moved_on(leave)
    run = live_run(leave)
    if run is not None:
        approvals.withdraw(run_id=run.pk, by=by, now=now, reason=reason)  # `ended` closes the leave
        leave.refresh_from_db()
        return leave
    close(leave, State.WITHDRAWN, _said(reason), by, now)
    return leave


def close(leave: Leave, state: str, reason: str, by: Employee | None, now: datetime) -> None:
    """The locked leave will not be: its days, its balance and its clock are free again."""
    clause = clause_of(CHAIN, now)
    leave.state, leave.proof_due_at = state, None
    if state == State.REJECTED:
        leave.decided_at = now
    else:
        leave.ended_at, leave.ended_reason = now, reason[:200]
    write(leave, "state", "decided_at", "ended_at", "ended_reason", "proof_due_at")
    balances.release(leave, by, now, clause)
    for clock in (SLIP, PROOF):
        deadlines.cancel(clock, subject=leave.subject, at=now)
    mark(leave, now)
    record(verb=f"attendance.leave_{state}", leave=leave, by=by, now=now, clause=clause)


@transaction.atomic
def cancel_leave(
    *, leave_id: int, reason: str, by: Employee, now: datetime, seen: int | None = None
) -> Leave:
    """An approved leave that has not begun is given up by the person; its stand-in ends with it. Raises NotFound,
    Invalid, Conflict (`begun`)."""
    leave = own(leave_id, by, seen)
    if leave.state != State.APPROVED:
        raise moved_on(leave)
    if leave.starts_at <= now:
        raise Conflict(
            _("This leave has begun: say that you are back instead."),
            code="begun",
            clause=clause_of(CHAIN, now),
        )
    said = _said(reason)
    end_stand_ins(leave, now)
    close(leave, State.CANCELLED, said, by, now)
    _tell_end("attendance.leave_cancelled", leave, by, now)
    return leave


@transaction.atomic
def come_back(
    *, leave_id: int, back_at: datetime, by: Employee, now: datetime, seen: int | None = None
) -> Leave:
    """Back at work before the leave ends, said by the person or by who manages him: the rest is not leave any more, the
    stand-in ends, and the slip of a leave told by telephone is due from now on. Raises NotFound, Invalid, Conflict."""
    leave = locked(leave_id, seen)
    if by.pk != leave.employee_id and not manages(by, leave.employee_id, now):
        raise NotFound(_("There is no such leave."))
    if leave.state not in (State.APPROVED, State.PROVISIONAL):
        raise moved_on(leave)
    if leave.slip_at is not None and leave.state == State.PROVISIONAL:
        raise Conflict(
            _("The slip is being decided on. Say afterwards that you came back early."), code="running"
        )
    if not leave.starts_at < back_at < leave.ends_at or back_at > now:
        raise wrong("back_at", _("The return lies within the leave, and not in the future."), code="back_at")
    before = leave.ends_at
    leave.asked_until = leave.asked_until or leave.ends_at
    leave.ends_at, leave.last_day = back_at, _last_day(leave, back_at, now)
    fields = ["ends_at", "asked_until", "last_day"]
    if leave.state == State.PROVISIONAL:
        back = max(returns_at(leave.employee_id, back_at, now), now)
        deadlines.cancel(SLIP, subject=leave.subject, at=now)
        clock = deadlines.open(
            SLIP, subject=leave.subject, started_at=back, now=now, holder_id=leave.employee_id
        )
        leave.slip_due_at = clock.due_at
        fields.append("slip_due_at")
    write(leave, *fields)
    if leave.proof_due_at is not None:
        await_proof(leave, now)
    if leave.taken_at is not None:
        _count_again(leave, by, now)
    end_stand_ins(leave, now)
    mark(leave, now, until=before)
    record(verb="attendance.come_back", leave=leave, by=by, now=now, clause=clause_of(CHAIN, now))
    _tell_end("attendance.came_back", leave, by, now)
    return leave


def _last_day(leave: Leave, back_at: datetime, now: datetime) -> date:
    """The last day of which some work was missed."""
    day = back_at.astimezone(ZONE).date()
    own_day = work_of(leave.employee_id, day, day, now).get(day)
    missed = own_day is not None and back_at > own_day.starts_at
    return max(leave.first_day, min(day if missed else day - DAY, leave.last_day))


@transaction.atomic
def lapse(*, leave_id: int, now: datetime) -> bool:
    """No slip came within the rule's time (S2c): the days are not excused any more. The settlement says what that comes
    to; what follows from it a person decides. Answers whether it lapsed now."""
    leave = locked(leave_id)
    if leave.state != State.PROVISIONAL or leave.slip_at is not None:
        return False
    if leave.slip_due_at is None or leave.slip_due_at > now:
        return False
    clause = clause_of(SLIP, now)
    leave.state, leave.ended_at, leave.ended_reason = State.LAPSED, now, ""
    write(leave, "state", "ended_at", "ended_reason")
    balances.release(leave, None, now, clause)
    deadlines.cancel(SLIP, subject=leave.subject, at=now)  # late it stays; nothing more is to be told
    mark(leave, now)
    record(verb="attendance.leave_lapsed", leave=leave, by=None, now=now, clause=clause)
    whom = {leave.employee_id, *([leave.told_to_id] if leave.told_to_id else []), *deciders(now)}
    tell("attendance.leave_lapsed", leave, whom, None, now, clause)
    return True


def take_ended(*, now: datetime, limit: int = 500) -> int:
    """Leaves that are over cost what they came to by the shifts as they were published in the end; one whose document
    is awaited, once that is there or was decided about. Answers how many."""
    over = Leave.objects.filter(
        state=State.APPROVED, taken_at=None, ends_at__lte=now, proof_due_at=None
    ).order_by("ends_at", "pk")
    done = 0
    for pk in list(over.values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            leave = locked(pk)
            if leave.state == State.APPROVED and leave.taken_at is None and leave.proof_due_at is None:
                take_cost(leave, now)
                done += 1
    return done


def take_cost(leave: Leave, now: datetime) -> None:
    """The locked leave, which is over, is charged to the balance."""
    kind = kinds(leave.asked_at)[leave.kind]
    leave.taken_at, leave.amount = now, _came_to(leave, kind)
    balances.take(leave, leave.amount, None, now, kind.clause)
    write(leave, "taken_at", "amount")


def _count_again(leave: Leave, by: Employee, now: datetime) -> None:
    """It was over and counted when somebody said that it had ended sooner: the rest comes back."""
    kind = kinds(leave.asked_at)[leave.kind]
    amount = _came_to(leave, kind)
    balances.give_back(leave, leave.amount - amount, by, now, kind.clause)
    leave.amount = amount
    write(leave, "amount")


def _came_to(leave: Leave, kind: LeaveKind) -> Decimal:
    # Hours may lie in the night of a shift of the day before, or reach into the next day.
    beside = DAY if leave.portion == Leave.Portion.HOURS else timedelta(0)
    work = work_of(leave.employee_id, leave.first_day - DAY, leave.last_day + beside, leave.asked_at)
    return rules.cost(
        unit=kind.unit,
        counted=kind.counted,
        first=leave.first_day - beside,
        last=leave.last_day + beside,
        period=(leave.starts_at, leave.ends_at),
        work=list(work.values()),
    )


def live_run(leave: Leave) -> Run | None:
    """The request about the leave that has not ended."""
    return Run.objects.filter(
        kind=CHAIN, subject_type="leave", subject_id=str(leave.pk), state__in=LIVE
    ).first()


def _said(reason: str) -> str:
    return words(reason, path="reason", longest=200, missing=_("Please give the reason."))


def _tell_end(kind: str, leave: Leave, by: Employee, now: datetime) -> None:
    whom = {leave.employee_id, *deciders(now), *([leave.deputy_id] if leave.deputy_id else [])}
    tell(kind, leave, whom, by, now, clause_of(HEAR if leave.emergency else CHAIN, now))
