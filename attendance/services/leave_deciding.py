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
from attendance.services.stand_ins import appoint_stand_in, counting_on, fit_deputy, tell_not_there
from office.approvals.models import Run
from office.staff.models import Employee

State = Leave.State


def apply(run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    """Agreed to: the days are excused, the stand-in takes over. One who no longer can is taken off, and whoever
    counted on him is told. Raises Conflict."""
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
    ahead = leave.deputy is not None and leave.ends_at > now
    found = fit_deputy(leave, now) if ahead else None
    lost = leave.deputy if ahead and found is None else None
    told = counting_on(leave) if lost else set()
    if lost:
        leave.deputy = leave.deputy_by = None
    leave.state, leave.decided_at = State.APPROVED, now
    write(leave, "state", "decided_at", "deputy", "deputy_by")
    await_proof(leave, now)
    made = appoint_stand_in(leave, found, run, now) if found else []
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
    if found:
        tell("attendance.stand_in", leave, {found.person.pk}, by, now, "J2")
    tell_not_there(leave.employee_id, leave.starts_at, leave.ends_at, now)
    if lost:  # also to who has just agreed: he counted on the stand-in
        tell("attendance.no_stand_in", leave, told, None, now, "J2", name=lost.name)


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
