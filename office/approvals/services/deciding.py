"""Deciding: agree, reject, return; one at a time or many at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import structlog
from django.db import DatabaseError, transaction
from django.utils.translation import gettext_lazy as _

from office.approvals import rules
from office.approvals.models import RowDecision, Run, Seat, Step, Vote
from office.approvals.selectors.people import Claim, Known
from office.approvals.services import steps, voiding
from office.approvals.services.context import (
    Context,
    begin,
    begin_many,
    claim,
    require_revision,
    require_state,
    seats_now,
    steps_now,
)
from office.approvals.services.stopping import stop
from office.approvals.services.submitting import reason_of
from office.approvals.services.telling import tell
from office.approvals.services.writing import Alone, Noted, write_together
from office.errors import Conflict, Invalid, Refused
from office.staff.models import Employee

log = structlog.get_logger(__name__)


def approve(
    *,
    run_id: int,
    by: Employee,
    now: datetime,
    revision: int | None = None,
    comment: str = "",
    refuse_rows: Collection[int] = (),
    known: Known | None = None,
) -> Run:
    """Agree in the seats of the active step that are this person's now. `refuse_rows`: rows of the payload (from 0)
    that are not agreed to; the rest goes on.

    The last agreement carries the request out when the chain names no executor. Raises OwnRequest, MovedOn,
    SubjectChanged (the run is void then), Forbidden, Invalid.
    """
    with transaction.atomic():
        act = begin(run_id, by, now, revision, known)
        require_state(act, [Run.State.RUNNING], revision)
        seats = seats_now(act)
        mine = claim(act, seats)
        names = voiding.void_if_changed(act)
        if not names:
            _approve(act, seats, mine, comment.strip()[:500], sorted(set(refuse_rows)))
    if names:
        raise voiding.SubjectChanged(act.run, names)
    return act.run


def _approve(act: Context, seats: list[Seat], mine: list[Claim[Seat]], comment: str, rows: list[int]) -> None:
    step = mine[0].seat.step
    if not comment and act.kind.in_words(act.run, act.now):
        message = _("This takes your agreement in writing: say what you agree to in the comment.")
        raise Invalid(
            message,
            code="in_words",
            clause=act.run.clause,
            errors=[{"path": "comment", "code": "required", "message": str(message)}],
        )
    vote = _vote(act, mine[0], Vote.Decision.APPROVE, comment)
    _refuse_rows(act, vote, rows)
    by_id = {seat.pk: seat for seat in seats}
    steps.decided(act, by_id[mine[0].seat.pk])
    if step.mode == Step.Mode.ALL and mine[0].on_behalf_of is None:
        for other in mine[1:]:
            steps.name_again(act, step, by_id[other.seat.pk], vote)
    act.save()
    _record(act, "approve", mine[0], rows=len(rows))
    if steps.complete(step, seats):
        steps.close(act, step, seats, Step.State.AGREED)
        steps.open_next(act)


def _refuse_rows(act: Context, vote: Vote, rows: list[int]) -> None:
    if not rows:
        return
    run = act.run
    asked = rules.rows_of(run.payload)
    if asked is None or rows[0] < 0 or rows[-1] >= len(asked):
        raise Invalid(_("There is no such row."), code="row")
    before = set(RowDecision.standing(run).values_list("row", flat=True))
    if len(before | set(rows)) == len(asked):
        raise Invalid(_("No row would be left: reject the request instead."), code="no_row_left")
    RowDecision.objects.bulk_create(
        RowDecision(run=run, round=run.round, row=row, vote=vote) for row in rows if row not in before
    )


@transaction.atomic
def reject(
    *,
    run_id: int,
    by: Employee,
    now: datetime,
    reason: str,
    revision: int | None = None,
    known: Known | None = None,
) -> Run:
    """Refuse the request for good. Raises OwnRequest, MovedOn, Forbidden, Invalid (no reason)."""
    act = begin(run_id, by, now, revision, known)
    run = act.run
    require_state(act, [Run.State.RUNNING], revision)
    seats = seats_now(act)
    mine = claim(act, seats)
    _decide_against(act, seats, mine[0], Vote.Decision.REJECT, reason_of(reason))
    stop(act)
    run.state, run.decided_at, run.ended_at = Run.State.REJECTED, now, now
    act.save("state", "decided_at", "ended_at")
    _record(act, "reject", mine[0])
    act.kind.ended(run, by, now)
    tell(act, "rejected", {run.requester_id, *_voters(run)})
    return run


@transaction.atomic
def return_to(
    *,
    run_id: int,
    by: Employee,
    now: datetime,
    reason: str,
    step: int | None = None,
    revision: int | None = None,
    known: Known | None = None,
) -> Run:
    """Send it back (退回): to the requester (None), whose clocks pause until he asks again, or to an earlier step (its
    index from 0 among the steps as they stand), from which on everybody is asked anew.

    Raises OwnRequest, MovedOn, Forbidden, Invalid.
    """
    act = begin(run_id, by, now, revision, known)
    run = act.run
    require_state(act, [Run.State.RUNNING], revision)
    seats = seats_now(act)
    mine = claim(act, seats)
    said = reason_of(reason)
    standing = steps_now(act)
    here = next(index for index, each in enumerate(standing) if each.state == Step.State.ACTIVE)
    if step is not None and not 0 <= step < here:
        raise Invalid(_("It can be returned to an earlier step only."), code="step")
    _decide_against(act, seats, mine[0], Vote.Decision.RETURN, said)
    again = standing if step is None else standing[step:]
    Step.objects.filter(pk__in=[each.pk for each in again], state=Step.State.WAITING).update(
        state=Step.State.CANCELLED, closed_at=now
    )
    Step.objects.filter(pk__in=[each.pk for each in again]).update(current=False)
    if step is None:
        run.state, run.paused_at = Run.State.RETURNED, now
        act.save("state", "paused_at")
        _record(act, "return", mine[0], to="requester")
        tell(act, "returned", [run.requester_id])
        return run
    Step.objects.bulk_create(steps.again(each) for each in again)
    act.save()
    _record(act, "return", mine[0], to=step)
    tell(act, "returned_to_step", [run.requester_id])
    steps.open_next(act)
    return run


def _decide_against(act: Context, seats: list[Seat], mine: Claim[Seat], decision: str, comment: str) -> None:
    _vote(act, mine, decision, comment)
    seat = next(seat for seat in seats if seat.pk == mine.seat.pk)
    steps.decided(act, seat)
    state = Step.State.REJECTED if decision == Vote.Decision.REJECT else Step.State.RETURNED
    steps.close(act, mine.seat.step, seats, state)


def _vote(act: Context, mine: Claim[Seat], decision: str, comment: str) -> Vote:
    vote = Vote(
        run=act.run,
        step=mine.seat.step,
        seat=mine.seat,
        round=act.run.round,
        person=act.person,
        on_behalf_of_id=mine.on_behalf_of,
        acting_for=mine.acting_for,
        decision=decision,
        comment=comment,
        digest=act.run.paper.digest,
        at=act.now,
    )
    act.writes.insert(vote)
    if act.view is not None and decision == Vote.Decision.APPROVE and mine.on_behalf_of is None:
        act.view.agreements.append(vote)
    return vote


def _record(act: Context, verb: str, mine: Claim[Seat], **data: object) -> None:
    """The trail says in whose place it was decided: an absent person's number, or the post acted for."""
    if mine.on_behalf_of is not None:
        data["on_behalf_of"] = mine.on_behalf_of
    absent = next((each.name for each in act.authority.absent if each.id == mine.on_behalf_of), "")
    act.record(verb, acting_for=absent or mine.acting_for, **data)


def _voters(run: Run) -> set[int]:
    return set(Vote.objects.filter(run=run, round=run.round).values_list("person_id", flat=True))


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of many decided at once. `reason` is the comment of an agreement."""

    run_id: int
    act: Literal["approve", "reject", "return"]
    revision: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """How one decision went: the run as it is now, or why it was refused."""

    run_id: int
    run: Run | None = None
    refused: Refused | None = None

    @property
    def ok(self) -> bool:
        return self.refused is None


def decide_many(*, decisions: Iterable[Decision], by: Employee, now: datetime) -> list[Result]:
    """Each decision on its own: one that is refused stops no other. Agreements that need not see each other's effects
    are written together, all others one by one. Raises Conflict when a run is named twice."""
    wanted: Sequence[Decision] = list(decisions)
    if len({each.run_id for each in wanted}) < len(wanted):
        raise Conflict(_("A request is named twice."), code="twice")
    known = Known()
    done = _together([each for each in wanted if each.act == "approve"], by, now, known)
    return [done.get(each.run_id) or _singly(each, by, now, known) for each in wanted]


def _together(agreements: Sequence[Decision], by: Employee, now: datetime, known: Known) -> dict[int, Result]:
    """Results by run: of those that were written together, and of those that were refused. Nothing of the others has
    happened; nothing at all, when the database refuses what one of them wrote."""
    if len(agreements) < 2:
        return {}
    results: dict[int, Result] = {}
    try:
        with transaction.atomic():
            acts = begin_many([each.run_id for each in agreements], by, now, known)
            present = voiding.present_fields(acts.values())
            noted = []
            for each in agreements:
                act = acts.get(each.run_id)
                if act is None:
                    continue
                try:
                    noted.append(_note_agreement(act, each, present.get(each.run_id)))
                except Alone:
                    continue
                except Refused as refused:
                    results[each.run_id] = Result(each.run_id, refused=refused)
                else:
                    results[each.run_id] = Result(each.run_id, run=act.run)
            write_together(acts=noted, by=by, now=now)
    except DatabaseError as error:
        log.warning("decided one by one", error=type(error).__name__, count=len(agreements))
        return {}
    return results


def _note_agreement(act: Context, each: Decision, present: Mapping[str, str] | None) -> Noted:
    """Raises Alone, and what `approve` raises."""
    require_revision(act.run, each.revision)
    require_state(act, [Run.State.RUNNING], each.revision)
    seats = seats_now(act)
    mine = claim(act, seats)
    if voiding.changed_fields(act, present):
        raise Alone
    _approve(act, seats, mine, each.reason.strip()[:500], [])
    assert isinstance(act.writes, Noted)  # noqa: S101 - as begun together with others
    return act.writes


def _singly(each: Decision, by: Employee, now: datetime, known: Known) -> Result:
    try:
        return Result(each.run_id, run=_one(each, by, now, known))
    except Refused as refused:
        return Result(each.run_id, refused=refused)


def _one(each: Decision, by: Employee, now: datetime, known: Known) -> Run:
    if each.act == "approve":
        return approve(
            run_id=each.run_id, by=by, now=now, revision=each.revision, comment=each.reason, known=known
        )
    verb = reject if each.act == "reject" else return_to
    return verb(run_id=each.run_id, by=by, now=now, revision=each.revision, reason=each.reason, known=known)
