"""Documents of leave (S2a): they come with the request or afterwards, within the rule's time. Leave that needs one and
is agreed to without it is granted for the time being; when the time is over a person decides, nothing happens by
itself."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from attendance.models import Leave, ProofRuling
from attendance.selectors.leave_access import rules_on_proof
from attendance.selectors.leave_kinds import kinds
from attendance.selectors.work_days import returns_at
from attendance.services import balances
from attendance.services.leave_rows import CHAIN, PROOF, RULE, locked, mark, moved_on, record, tell, write
from attendance.services.stand_ins import end_stand_ins
from office.deadlines import api as deadlines
from office.errors import Conflict, NotFound
from office.rulebook import api as rulebook
from office.rulebook.allowed import clause_of, people_with, words
from office.staff.models import Employee

State = Leave.State


def await_proof(leave: Leave, now: datetime) -> None:
    """The locked leave was agreed to, or ends sooner: from the return on its document is due, unless it is there. A
    book without such a time asks for none."""
    kind = kinds(leave.asked_at).get(leave.kind)
    if kind is None or not kind.proof or not rulebook.has_rule(PROOF, now) or leave.proofs.exists():
        return
    back = max(returns_at(leave.employee_id, leave.ends_at, now), now)
    deadlines.cancel(PROOF, subject=leave.subject, at=now)
    clock = deadlines.open(
        PROOF, subject=leave.subject, started_at=back, now=now, holder_id=leave.employee_id
    )
    leave.proof_due_at = clock.due_at
    write(leave, "proof_due_at")


def proof_came(leave: Leave, by: Employee, now: datetime) -> None:
    """A document was added to the locked leave: what was awaited is there."""
    if leave.proof_due_at is None:
        return
    leave.proof_due_at = None
    write(leave, "proof_due_at")
    deadlines.meet(PROOF, subject=leave.subject, at=now)
    tell("attendance.proof_came", leave, people_with(RULE, now), by, now, clause_of(PROOF, now))


@transaction.atomic
def rule_on_proof(
    *, leave_id: int, accepted: bool, reason: str, by: Employee, now: datetime, seen: int | None = None
) -> ProofRuling:
    """The document did not come in time: it is taken as proven all the same (somebody saw it), or the leave lapses. Its
    days then count as absence, are settled again, and what was set aside comes back; the person can still ask for them
    with proof (`attendance.lapsed_slip`). Never about oneself.

    Raises NotFound, Invalid, Conflict (`state`; `not_due`: the person has time yet)."""
    said = words(reason, path="reason", longest=200, missing=_("Please give the reason."))
    leave = locked(leave_id, seen)
    if not rules_on_proof(by, leave, now):
        raise NotFound(_("There is no such leave."))
    if leave.proof_due_at is None:
        raise moved_on(leave)
    if leave.proof_due_at > now:
        raise Conflict(
            _("The person has time for the document yet."), code="not_due", clause=clause_of(PROOF, now)
        )
    ruling = ProofRuling.objects.create(leave=leave, accepted=accepted, reason=said, by=by, at=now)
    clause = clause_of(RULE, now)
    leave.proof_due_at = None
    if accepted:
        write(leave, "proof_due_at")
    else:
        leave.state, leave.ended_at, leave.ended_reason = State.LAPSED, now, said
        write(leave, "proof_due_at", "state", "ended_at", "ended_reason")
        balances.release(leave, by, now, clause)
        end_stand_ins(leave, now)
        mark(leave, now)
    deadlines.cancel(PROOF, subject=leave.subject, at=now)
    verb = "attendance.proof_accepted" if accepted else "attendance.leave_unproven"
    record(verb=verb, leave=leave, by=by, now=now, clause=clause)
    tell(verb, leave, {leave.employee_id}, by, now, clause_of(CHAIN, now))
    return ruling
