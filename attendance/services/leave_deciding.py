"""What follows when the chain has decided on a leave: called by office/approvals inside its own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from attendance.models import Leave, LeaveApproval
from attendance.services.leave_ending import close
from attendance.services.leave_rows import locked, mark, moved_on, record, tell, write
from attendance.services.proofs import await_proof
from attendance.services.stand_ins import appoint_stand_in
from office.approvals.models import Run
from office.staff.models import Employee

State = Leave.State


def apply(run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    """Agreed to: the days are excused, the stand-in takes over. Raises Conflict."""
    leave = locked(int(run.subject_id))
    if leave.state not in (State.REQUESTED, State.PROVISIONAL):
        raise moved_on(leave)
    LeaveApproval.objects.create(
        leave=leave,
        employee_id=payload["employee"],
        kind=payload["kind"],
        starts_at=payload["from"],
        ends_at=payload["until"],
        run=run,
        at=now,
    )
    leave.state, leave.decided_at = State.APPROVED, now
    write(leave, "state", "decided_at")
    await_proof(leave, now)
    made = appoint_stand_in(leave, run, now)
    mark(leave, now)
    record(
        verb="attendance.leave_approved",
        leave=leave,
        by=by,
        now=now,
        clause=run.clause,
        run=run.pk,
        stand_in=leave.deputy_id,
        posts=[each.position for each in made],
    )
    if leave.deputy_id is not None:
        tell("attendance.stand_in", leave, {leave.deputy_id}, by, now, "J2")


def ended(run: Run, by: Employee | None, now: datetime) -> None:
    """Rejected, taken back or void: the days and the balance are free again."""
    leave = locked(int(run.subject_id))
    if leave.state not in (State.REQUESTED, State.PROVISIONAL):
        return
    if run.state == Run.State.REJECTED:
        close(leave, State.REJECTED, "", by, now)
    else:
        reason = _("The request became void") if run.state == Run.State.VOIDED else ""
        close(leave, State.WITHDRAWN, reason, by, now)
