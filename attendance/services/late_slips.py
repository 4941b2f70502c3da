"""A slip that came after its time (S2c): the leave has lapsed and stays so. With proof, and when the chain agrees, its
days are excused from then on: they are settled again, and what they said before stays beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from attendance.models import LateSlip, Leave
from attendance.models.leave import HELD
from attendance.selectors.leave_kinds import kinds
from attendance.selectors.returned import returned_run
from attendance.services import balances
from attendance.services.asking import attach, overlap
from attendance.services.leave_ending import take_cost
from attendance.services.leave_rows import locked, mark, moved_on, own, record
from office.approvals import api as approvals
from office.approvals.models import Run
from office.errors import Conflict
from office.rulebook.allowed import clause_of, words, wrong
from office.staff.models import Employee

LATE = "attendance.lapsed_slip"
State = Leave.State


@transaction.atomic
def ask_late_slip(
    *,
    leave_id: int,
    reason: str,
    files: Iterable[int],
    by: Employee,
    now: datetime,
    seen: int | None = None,
) -> Run:
    """The person asks for the days of a leave that lapsed: why the slip came late, and what shows that he had to be
    away. The lapse is not undone. A request that came back is asked again, and keeps its proof without new `files`
    (ids). What the kind keeps a balance of is set aside until it is decided.

    Raises NotFound, Invalid (fields `reason`, `file`), Conflict (`state`, `overlap`, `balance`, `running`)."""
    said = words(reason, path="reason", longest=500, missing=_("Please give the reason."))
    leave = own(leave_id, by, seen)
    if leave.state != State.LAPSED or leave.excused_late:
        raise moved_on(leave)
    again = returned_run(LATE, leave.subject, by)
    if leave.unconfirmed:
        raise Conflict(
            _("Whoever was called has to confirm the call first."),
            code="unconfirmed",
            clause=clause_of(LATE, now),
        )
    shown = list(files)
    attach(leave, shown, by, now)
    if not shown and again is not None:
        shown = list(again.payload["evidence"]["proof"])
    if not shown:
        raise wrong("file", _("Please attach what shows it."), code="required")
    _require_free(leave)
    payload = {
        "leave": leave.pk,
        "employee": leave.employee_id,
        "kind": leave.kind,
        "from": leave.starts_at,
        "until": leave.ends_at,
        "reason": said,
        "lapsed_at": leave.ended_at,
        "slip_due_at": leave.slip_due_at,
        "evidence": {"proof": shown},
    }
    if again is not None:
        run = approvals.resubmit(run_id=again.pk, payload=payload, by=by, now=now, comment=said)
    else:
        run = approvals.submit(
            kind=LATE, subject=leave.subject, payload=payload, by=by, now=now, comment=said
        )
        balances.reserve(leave, kinds(leave.asked_at)[leave.kind], by, now)
    record(verb="attendance.ask_late_slip", leave=leave, by=by, now=now, clause=run.clause, run=run.pk)
    return run


def _require_free(leave: Leave) -> None:
    """Raises Conflict when another leave has these days by now."""
    taken = Leave.objects.filter(
        employee_id=leave.employee_id,
        state__in=HELD,
        starts_at__lt=leave.ends_at,
        ends_at__gt=leave.starts_at,
    )
    if taken.exists():
        raise overlap(leave)


def check(payload: Mapping[str, Any]) -> None:
    """Raises Invalid for what is no lapsed leave."""
    named = payload.get("leave")
    lapsed = (
        Leave.objects.filter(pk=named, state=State.LAPSED) if isinstance(named, int) else Leave.objects.none()
    )
    if not lapsed.exists():
        raise wrong("leave", _("There is no such leave."), code="payload")


def enter(run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    """Agreed to: from now on the days are excused, and they are settled again. Raises Conflict."""
    leave = locked(int(run.subject_id))
    if leave.state != State.LAPSED or leave.excused_late:
        raise moved_on(leave)
    _require_free(leave)
    LateSlip.objects.create(
        leave=leave,
        employee_id=payload["employee"],
        kind=payload["kind"],
        starts_at=payload["from"],
        ends_at=payload["until"],
        reason=payload["reason"],
        run=run,
        at=now,
    )
    take_cost(leave, now)
    mark(leave, now)
    record(verb="attendance.late_slip_agreed", leave=leave, by=by, now=now, clause=run.clause, run=run.pk)


def ended(run: Run, by: Employee | None, now: datetime) -> None:
    """Rejected, taken back or void: what was set aside is free again, and the lapse holds as before."""
    leave = locked(int(run.subject_id))
    if leave.state == State.LAPSED and not leave.excused_late:
        balances.release(leave, by, now, clause_of(LATE, now))
