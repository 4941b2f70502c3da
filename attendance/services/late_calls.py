"""A call that nobody wrote down until the time for the slip was over (S2c): the person states it, whoever was called
says whether it was made. The days stay absence until the chain agrees to a slip after its time, with proof."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from attendance.models import CallWord, Leave
from attendance.services.leave_rows import locked, mark, moved_on, record, tell, write
from office.errors import NotFound
from office.rulebook.allowed import clause_of, words
from office.staff.models import Employee

LATE_CALL = "attendance.late_call"


def stay_absent(leave: Leave, by: Employee, now: datetime) -> None:
    """Part of stating: it has lapsed from the beginning, and whoever was called is asked."""
    clause = clause_of(LATE_CALL, now)
    leave.state, leave.ended_at = Leave.State.LAPSED, now
    write(leave, "state", "ended_at")
    mark(leave, now)
    record(verb="attendance.state_call", leave=leave, by=by, now=now, clause=clause, told_to=leave.told_to_id)
    if leave.told_to_id is not None:
        tell("attendance.call_stated", leave, {leave.told_to_id}, by, now, clause)


@transaction.atomic
def confirm_call(
    *, leave_id: int, confirmed: bool, reason: str, by: Employee, now: datetime, seen: int | None = None
) -> CallWord:
    """Whoever was called says once whether the call was made; that it was not, in words. Raises NotFound, Invalid,
    Conflict (`state`)."""
    said = words(
        reason, path="reason", longest=200, missing="" if confirmed else _("Please give the reason.")
    )
    leave = locked(leave_id, seen)
    if leave.told_to_id != by.pk or not leave.stated_late:
        raise NotFound(_("There is no such leave."))
    if leave.call is not None or leave.state != Leave.State.LAPSED:
        raise moved_on(leave)
    word = CallWord.objects.create(leave=leave, confirmed=confirmed, words=said, by=by, at=now)
    leave.version += 1
    leave.save(update_fields=["version"])
    clause = clause_of(LATE_CALL, now)
    verb = "attendance.call_confirmed" if confirmed else "attendance.call_denied"
    record(verb=verb, leave=leave, by=by, now=now, clause=clause)
    tell(verb, leave, {leave.employee_id}, by, now, clause)
    return word
