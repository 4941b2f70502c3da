"""After the last agreement: carried out once, by whom the chain names, within its time, and looked at by a third."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from office.approvals import rules
from office.approvals.models import Check, RowDecision, Run
from office.approvals.services import voiding
from office.approvals.services.context import Context, begin, require_state
from office.approvals.services.telling import holders, tell, tell_vacant
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden
from office.rulebook import api as rulebook

if TYPE_CHECKING:
    from office.staff.models import Employee

EXECUTE_RULE = "approvals.execute"
CHECK_RULE = "approvals.check"


def agreed(act: Context) -> None:
    """Everybody has agreed: it applies itself, or its executor is asked and his time begins."""
    run, now = act.run, act.now
    run.state, run.decided_at = Run.State.AGREED, now
    at_once = not run.executor and act.kind.executes_itself
    if at_once:
        act.writes.alone()
    else:
        _open_clock(act)
    act.save("state", "decided_at", "execute_due_at", "execute_rule")
    act.record("agreed")
    if at_once:
        carry_out(act, evidence="")
        return
    tell(act, "agreed", [run.requester_id])
    executors = holders(act, [run.executor]) if run.executor else set()
    tell(act, "execute", executors)
    if run.executor and not executors:
        tell_vacant(act, [run.executor])


def _open_clock(act: Context) -> None:
    run = act.run
    chain = rulebook.rule_in(act.book, run.chain, rulebook.ChainRule)
    rule = act.kind.execute_rule
    if callable(rule):
        rule = rule(run)
    # The clock is judged by the book in force now; one of another book may not know the kind's own rule.
    if not rule or not rulebook.has_rule(rule, act.now):
        rule = EXECUTE_RULE
    people = sorted(holders(act, [run.executor])) if run.executor else [run.requester_id]
    post = run.executor or run.post
    due_at = act.writes.open_clock(
        rule,
        run.as_subject,
        holder_id=people[0] if len(people) == 1 else None,
        targets={
            "holder": "|".join(["holder", *([run.executor] if run.executor else [])]),
            "superior": act.posts.superiors.get(post) or post or "general_manager",
        },
        within=chain.execute_within if rule == EXECUTE_RULE else None,
    )
    run.execute_rule, run.execute_due_at = rule, due_at


def execute(
    *, run_id: int, by: Employee | None, now: datetime, revision: int | None = None, evidence: str = ""
) -> Run:
    """Carry out what was agreed: the stored paper, byte for byte, less the rows that were refused; once.

    Only a holder of the executor's post may; where the chain names none, the requester or the system. A subject that
    has changed since voids the run. Raises Forbidden, MovedOn, SubjectChanged, and what the kind raises.
    """
    with transaction.atomic():
        act = begin(run_id, by, now, revision)
        require_state(act, [Run.State.AGREED], revision)
        _require_executor(act)
        names = voiding.void_if_changed(act)
        if not names:
            carry_out(act, evidence=evidence.strip()[:500])
    if names:
        raise voiding.SubjectChanged(act.run, names)
    return act.run


def _require_executor(act: Context) -> None:
    run, by = act.run, act.by
    if run.executor:
        if by is None or by.pk not in act.posts.holders.get(run.executor, ()):
            raise Forbidden(
                _("Only the named executor carries this out."), code="not_the_executor", clause=run.clause
            )
    elif by is not None and by.pk != run.requester_id:
        raise Forbidden(_("Only the requester carries this out."), code="not_the_executor", clause=run.clause)


def carry_out(act: Context, *, evidence: str) -> None:
    """The locked, agreed run becomes executed and its paper is applied, in this transaction or not at all."""
    run, now = act.run, act.now
    refused = RowDecision.standing(run).values_list("row", flat=True)
    payload = rules.without_rows(run.payload, set(refused))
    run.state, run.executed_at, run.ended_at = Run.State.EXECUTED, now, now
    run.executed_by, run.execution_evidence = act.by, evidence
    if run.check_by:
        run.check_state = Run.CheckState.WAITING
    act.save("state", "executed_at", "ended_at", "executed_by", "execution_evidence", "check_state")
    act.kind.apply(run, payload, act.by, now)
    if run.execute_rule:
        deadlines.meet(run.execute_rule, subject=run.as_subject, at=now)
    act.record("execute", digest=run.paper.digest, evidence=bool(evidence), refused_rows=len(refused))
    tell(act, "executed", [run.requester_id])
    if run.check_by:
        posts = run.check_by
        deadlines.open(
            CHECK_RULE,
            subject=run.as_subject,
            started_at=now,
            now=now,
            targets={
                "holder": "|".join(["holder", *posts]),
                "superior": act.posts.superiors.get(posts[0]) or posts[0],
            },
        )
        third = holders(act, posts) - {run.requester_id, run.executed_by_id}
        tell(act, "check", third)
        if not third:
            tell_vacant(act, posts)


@transaction.atomic
def check_execution(
    *, run_id: int, ok: bool, by: Employee, now: datetime, comment: str = "", revision: int | None = None
) -> Check:
    """A third person, neither requester nor executor, has looked at the result. Raises Forbidden, MovedOn, Conflict
    (what is wrong must be said)."""
    act = begin(run_id, by, now, revision)
    run = act.run
    if run.check_state != Run.CheckState.WAITING:
        require_state(act, [], revision)
    if by.pk in (run.requester_id, run.executed_by_id):
        raise Forbidden(
            _("A third person checks: neither who asked nor who carried it out."), code="not_a_third"
        )
    if not any(by.pk in act.posts.holders.get(post, ()) for post in run.check_by):
        raise Forbidden(_("This check is not yours."), code="not_your_turn", clause=run.clause)
    said = comment.strip()[:500]
    if not ok and not said:
        raise Conflict(_("Say what is wrong."), code="reason")
    found = Check.objects.create(run=run, person=by, ok=ok, comment=said, at=now)
    run.check_state = Run.CheckState.PASSED if ok else Run.CheckState.FAILED
    act.save("check_state")
    deadlines.meet(CHECK_RULE, subject=run.as_subject, at=now)
    act.record("check", ok=ok)
    tell(act, "checked" if ok else "check_failed", [run.requester_id, run.executed_by_id], urgent=not ok)
    return found
