"""Bringing others in: a signer before or after (加签), forwarding (转交), copies (抄送), comments, reminders (催办)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from office.approvals import rules
from office.approvals.models import Comment, Run, Seat, Step, Vote
from office.approvals.selectors import people, runs
from office.approvals.services import copying, steps
from office.approvals.services.context import (
    Context,
    OwnRequest,
    begin,
    claim,
    require_state,
    seats_now,
    steps_now,
)
from office.approvals.services.submitting import reason_of
from office.approvals.services.telling import deciders, tell
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Invalid
from office.staff.models import Employee

#: Between two reminders of one step.
REMIND_AFTER = timedelta(hours=1)


@transaction.atomic
def add_signer(
    *,
    run_id: int,
    person_id: int,
    by: Employee,
    now: datetime,
    where: Literal["before", "after"] = "after",
    revision: int | None = None,
    comment: str = "",
) -> Run:
    """Whoever decides now wants somebody else to decide too: before him (his step then waits) or after.

    Never the requester, nor who agreed already. Raises OwnRequest, MovedOn, Forbidden, Conflict, Invalid.
    """
    act = begin(run_id, by, now, revision)
    require_state(act, [Run.State.RUNNING], revision)
    seats = seats_now(act)
    active = claim(act, seats)[0].seat.step
    signer = _another(act, person_id)
    standing = steps_now(act)
    if any(step.person_id == signer.pk and step.state != Step.State.AGREED for step in standing):
        raise Conflict(_("{name} is asked already.").format(name=signer.name), code="asked_already")
    here = next(index for index, step in enumerate(standing) if step.pk == active.pk)
    if where == "before":
        place = rules.place_between(standing[here - 1].place if here else 0, active.place)
    else:
        following = standing[here + 1].place if here + 1 < len(standing) else None
        place = rules.place_between(active.place, following)
    if place is None:
        raise Conflict(_("There is no room for another signer here."), code="no_room")
    if where == "before":
        if Vote.objects.filter(step=active).exists():
            raise Conflict(
                _("Somebody of this step has decided already: add the signer after it."), code="decided"
            )
        _step_back(act, active, seats)
    Step.objects.create(
        run=act.run,
        round=act.run.round,
        place=place,
        mode=Step.Mode.ANY,
        positions=[],
        person=signer,
        origin=Step.Origin.ADDED,
        added_by=by,
        rule=active.rule,
    )
    _say(act, comment)
    act.save()
    act.record("add_signer", person=signer.pk, where=where)
    if where == "before":
        steps.open_next(act)
    return act.run


def _step_back(act: Context, active: Step, seats: list[Seat]) -> None:
    """The active step waits again, as a step of the same kind in its place."""
    steps.leave(act, seats)
    active.state, active.closed_at, active.current = Step.State.CANCELLED, act.now, False
    active.save(update_fields=["state", "closed_at", "current"])
    deadlines.cancel(active.rule, subject=act.run.as_subject, at=act.now)
    steps.again(active).save()


@transaction.atomic
def forward(
    *, run_id: int, person_id: int, by: Employee, now: datetime, reason: str, revision: int | None = None
) -> Run:
    """Hand one's own decision on to somebody else, who then has the seat; the clock goes on.

    Never to the requester, nor to somebody whom the step asks already. Raises OwnRequest, MovedOn, Forbidden, Conflict,
    Invalid.
    """
    act = begin(run_id, by, now, revision)
    require_state(act, [Run.State.RUNNING], revision)
    seats = seats_now(act)
    mine = claim(act, seats)[0]
    other = _another(act, person_id)
    fresh = _give(act, mine.seat, seats, other)
    _say(act, reason_of(reason))
    act.save()
    act.record("forward", person=other.pk, on_behalf_of=mine.on_behalf_of)
    tell(act, "asked", deciders(act, [fresh]))
    return act.run


@transaction.atomic
def hand_on(
    *, run_id: int, holder: Employee, person_id: int, by: Employee, now: datetime, reason: str
) -> Run:
    """The seat of somebody who leaves and does not hand it on himself goes to whom another names; the caller has asked
    whether `by` may. Never by the requester, nor to him, nor to `by` himself.

    Raises OwnRequest, MovedOn, Conflict (`not_his`: nothing waits for him any more), Invalid.
    """
    act = begin(run_id, by, now, None)
    require_state(act, [Run.State.RUNNING])
    if by.pk == act.run.requester_id:
        raise OwnRequest(
            _("Nobody chooses who decides on his own request."), code="own_request", clause=act.run.clause
        )
    seats = seats_now(act)
    own = [
        each.seat
        for each in people.claims(people.authority_of(holder, now), seats, act.run.requester_id)
        if each.on_behalf_of is None
    ]
    if not own:
        raise Conflict(
            _("This does not wait for {name} any more.").format(name=holder.name),
            code="not_his",
            clause=act.run.clause,
        )
    other = _another(act, person_id)
    fresh = _give(act, next((seat for seat in own if seat.person_id == holder.pk), own[0]), seats, other)
    _say(act, reason_of(reason))
    act.save()
    act.record("hand_on", person=other.pk, holder=holder.pk)
    tell(act, "asked", deciders(act, [fresh]))
    return act.run


def _give(act: Context, seat: Seat, seats: list[Seat], other: Employee) -> Seat:
    """The seat is this person's from now on; its clock goes on. Raises Conflict."""
    if _asks(act, [each for each in seats if each.pk != seat.pk], other):
        raise Conflict(_("{name} is asked already.").format(name=other.name), code="asked_already")
    seat.state = Seat.State.FORWARDED
    seat.save(update_fields=["state"])
    fresh = Seat.objects.create(
        run=act.run,
        step=seat.step,
        person=other,
        forwarded_from=seat,
        opened_at=act.now,
        due_at=seat.due_at,
    )
    deadlines.assign(act.run.as_subject, other.pk)
    return fresh


@transaction.atomic
def copy_to(*, run_id: int, person_ids: Iterable[int], by: Employee, now: datetime) -> list[int]:
    """Let others read it; answers the ids of those who did not know. Whoever takes part may. Raises Forbidden."""
    act = begin(run_id, by, now, None)
    _require_part(act)
    fresh = copying.add_copies(act, person_ids)
    if fresh:
        act.record("copy", people=fresh)
    return fresh


@transaction.atomic
def comment(*, run_id: int, by: Employee, now: datetime, text: str) -> Comment:
    """Say something beside the decisions; requester and deciders are told. Raises Forbidden, Invalid."""
    act = begin(run_id, by, now, None)
    _require_part(act)
    said = _say(act, text)
    if said is None:
        raise Invalid(_("Please write something."), code="empty")
    act.save()
    act.record("comment")
    tell(act, "commented", {act.run.requester_id, *deciders(act, seats_now(act))})
    return said


@transaction.atomic
def remind(*, run_id: int, by: Employee, now: datetime) -> int:
    """The requester asks those whose turn it is to decide, at most once an hour; answers how many are told.

    Raises Forbidden, MovedOn, Conflict.
    """
    act = begin(run_id, by, now, None)
    require_state(act, [Run.State.RUNNING])
    if by.pk != act.run.requester_id:
        raise Forbidden(_("Only the requester reminds."), code="not_the_requester", clause=act.run.clause)
    seats = seats_now(act)
    step = seats[0].step
    if step.reminded_at is not None and now - step.reminded_at < REMIND_AFTER:
        raise Conflict(_("They were reminded less than an hour ago."), code="too_soon")
    step.reminded += 1
    step.reminded_at = now
    step.save(update_fields=["reminded", "reminded_at"])
    told = deciders(act, seats)
    act.save()
    act.record("remind", times=step.reminded)
    tell(act, "reminded", told)
    return len(told)


def _asks(act: Context, seats: Iterable[Seat], person: Employee) -> bool:
    """Whether one of these seats waits on the person already: two who must both agree do not become one."""
    return any(
        seat.state == Seat.State.ACTIVE
        and (seat.person_id == person.pk or person.pk in act.posts.holders.get(seat.position, ()))
        for seat in seats
    )


def _another(act: Context, person_id: int) -> Employee:
    """The person to be brought in. Raises OwnRequest, Invalid, Conflict."""
    if person_id == act.run.requester_id:
        raise OwnRequest(_("The requester does not decide on his own request."), clause=act.run.clause)
    found = Employee.objects.filter(pk=person_id, is_active=True).first()
    if found is None:
        raise Invalid(_("There is no such person."), code="person")
    if act.by is not None and act.by.pk == person_id:
        raise Conflict(_("This is yourself."), code="oneself")
    if Vote.objects.filter(
        run=act.run, round=act.run.round, person=found, step__current=True, decision=Vote.Decision.APPROVE
    ).exists():
        raise Conflict(_("{name} has agreed already.").format(name=found.name), code="agreed_already")
    return found


def _require_part(act: Context) -> None:
    if act.by is None or not runs.takes_part(act.run, act.by, act.authority):
        raise Forbidden(_("Only those who take part do this."), code="no_part")


def _say(act: Context, text: str) -> Comment | None:
    said = text.strip()[:1000]
    return Comment.objects.create(run=act.run, person=act.person, text=said, at=act.now) if said else None
