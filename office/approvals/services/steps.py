"""The steps of a locked run: opened one after the other, each with its seats and its clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from office.approvals import rules
from office.approvals.models import Seat, Step, Vote
from office.approvals.selectors import people
from office.approvals.services import executing
from office.approvals.services.context import Context, agreements, steps_now
from office.approvals.services.telling import deciders, tell, tell_vacant
from office.rulebook import api as rulebook


def lay_out(act: Context, chain: rulebook.ChainRule) -> None:
    """The chain's steps, not yet opened, in the run's present round."""
    Step.objects.bulk_create(
        Step(
            run=act.run,
            round=act.run.round,
            place=(index + 1) * rules.GAP,
            mode=step.mode,
            positions=list(positions_of(act, step)),
            origin=Step.Origin.CHAIN,
            rule=chain.step_rule,
        )
        for index, step in enumerate(chain.steps)
    )


def positions_of(act: Context, step: rulebook.ChainStep) -> tuple[str, ...]:
    """The posts of a step; "superior" is the nearest post above the requester's that somebody holds, at the top his."""
    above = rules.above(act.posts.superiors, act.run.post)
    superior = next((post for post in above if act.posts.holders.get(post)), (above or [act.run.post])[0])
    return tuple(
        dict.fromkeys(superior if code == rulebook.PROPOSERS_SUPERIOR else code for code in step.positions)
    )


def open_next(act: Context) -> None:
    """Open the first step that waits; one that is agreed already by who agreed before is closed and the next opened.
    When none is left everybody has agreed."""
    for step in steps_now(act):
        if step.state == Step.State.WAITING and not open_step(act, step):
            return
    executing.agreed(act)


def open_step(act: Context, step: Step) -> bool:
    """Open one step; True when it is agreed at once."""
    now = act.now
    if step.person_id is not None:
        chairs = []
    else:
        chairs = people.chairs(step.positions, step.mode, act.posts, act.run.requester_id, asking=False)
    targets = _targets(act, [reached(act, chair) for chair in chairs], step)
    due_at = act.writes.open_clock(step.rule, act.run.as_subject, targets=targets, holder_id=step.person_id)
    step.state, step.opened_at, step.due_at = Step.State.ACTIVE, now, due_at
    act.writes.change(step, "state", "opened_at", "due_at")
    made = {"run": act.run, "step": step, "opened_at": now, "due_at": due_at}
    if step.person_id is not None:
        seats = [Seat(person_id=step.person_id, **made)]
    else:
        seats = [
            Seat(position=c.position, climbed_from=c.climbed_from, stuck=c.stuck, **made) for c in chairs
        ]
    act.writes.insert(*seats)
    for chair in chairs:
        if chair.climbed_from:
            act.record("climb", position=chair.climbed_from, to=chair.position)
    stuck = is_stuck(step, seats)
    if stuck:
        act.writes.alone()
        seats = [*seats, *send_up(act, seats)]
    agree_before(act, step, seats)
    if complete(step, seats):
        close(act, step, seats, Step.State.AGREED)
        return True
    tell(act, "asked", deciders(act, seats))
    if stuck:
        tell_stuck(act, seats)
    return False


def reached(act: Context, chair: people.Chair) -> str:
    """The post that a seat waits on in the end: one that is vacant is sent to the next superior."""
    superior = people.next_above(chair.position, act.posts, act.run.requester_id) if chair.stuck else None
    return superior or chair.position


def send_up(act: Context, seats: Sequence[Seat]) -> list[Seat]:
    """The vacant ones among the seats of a stuck step go to the nearest post above that somebody else holds, and stay
    marked; where there is none they wait for an appointment. Answers the new seats."""
    return [
        hand_on(act, seat, to=superior, instead_of=seat.position, stuck=True)
        for seat in seats
        if seat.state == Seat.State.ACTIVE and seat.stuck and seat.position and not seat.climbed_from
        and (superior := people.next_above(seat.position, act.posts, act.run.requester_id))
    ]  # fmt: skip


def hand_on(act: Context, seat: Seat, *, to: str, instead_of: str = "", stuck: bool = False) -> Seat:
    """The seat is another post's from now on; its clock goes on."""
    seat.state = Seat.State.FORWARDED
    seat.save(update_fields=["state"])
    fresh = Seat.objects.create(
        run=act.run,
        step=seat.step,
        position=to,
        climbed_from=instead_of,
        stuck=stuck,
        forwarded_from=seat,
        opened_at=act.now,
        due_at=seat.due_at,
    )
    act.record("climb", position=seat.position, person=seat.person_id, to=to)
    return fresh


def agree_before(act: Context, step: Step, seats: Sequence[Seat]) -> None:
    """Whoever agreed to this paper at an earlier step that still stands is not asked again (J0)."""
    votes = {vote.person_id: vote for vote in agreements(act)}
    for seat in seats:
        if not votes or seat.state != Seat.State.ACTIVE:
            continue
        people_of = (
            {seat.person_id} if seat.person_id else act.posts.others(seat.position, act.run.requester_id)
        )
        for person_id in sorted(votes.keys() & people_of):
            name_again(act, step, seat, votes[person_id])
            break


def name_again(act: Context, step: Step, seat: Seat, earlier: Vote) -> None:
    """The earlier agreement of the same person counts for this seat too."""
    act.writes.insert(
        Vote(
            run=act.run,
            step=step,
            seat=seat,
            round=act.run.round,
            person_id=earlier.person_id,
            decision=Vote.Decision.AGREED_BEFORE,
            digest=earlier.digest,
            names=earlier,
            at=act.now,
        )
    )
    decided(act, seat)
    act.record("agree_before", position=seat.position, person=earlier.person_id)


def decided(act: Context, seat: Seat) -> None:
    seat.state = Seat.State.DECIDED
    act.writes.change(seat, "state")


def complete(step: Step, seats: Iterable[Seat]) -> bool:
    """Whether enough seats have agreed: any one of them, or all that were not handed on."""
    states = [seat.state for seat in seats if seat.state != Seat.State.FORWARDED]
    if step.mode == Step.Mode.ANY:
        return Seat.State.DECIDED in states
    return bool(states) and all(state == Seat.State.DECIDED for state in states)


def is_stuck(step: Step, seats: Iterable[Seat]) -> bool:
    """Whether none of those whom the chain asks can bring the step forward: every open seat is of a vacant post (one
    of), or one of them is (all of). It stays so while their superior decides in their place."""
    vacant = [seat.stuck for seat in seats if seat.state == Seat.State.ACTIVE]
    return bool(vacant) and (any(vacant) if step.mode == Step.Mode.ALL else all(vacant))


def close(act: Context, step: Step, seats: Iterable[Seat], state: str, *, current: bool = True) -> None:
    """The active step ends in this state; its clock was met by the decision. `seats`: all of its own."""
    leave(act, seats)
    step.state, step.closed_at, step.current = state, act.now, current
    act.writes.change(step, "state", "closed_at", "current")
    act.writes.meet_clock(step.rule, act.run.as_subject)


def again(step: Step) -> Step:
    """The same step, to be decided once more."""
    return Step(
        run_id=step.run_id,
        round=step.round,
        place=step.place,
        mode=step.mode,
        positions=step.positions,
        person_id=step.person_id,
        origin=step.origin,
        added_by_id=step.added_by_id,
        rule=step.rule,
    )


def leave(act: Context, seats: Iterable[Seat]) -> None:
    """Seats that are still asked need not decide any more."""
    asked = [seat for seat in seats if seat.state == Seat.State.ACTIVE]
    for seat in asked:
        seat.state = Seat.State.CLOSED
    act.writes.change(asked, "state")


def tell_stuck(act: Context, seats: Iterable[Seat]) -> None:
    """A step whose post is vacant."""
    stuck = [seat for seat in seats if seat.stuck and seat.state == Seat.State.ACTIVE]
    tell_vacant(act, [seat.climbed_from or seat.position for seat in stuck])


def _targets(act: Context, positions: Sequence[str], step: Step) -> dict[str, str]:
    """Whom "holder" and "superior" of the ladder mean: the posts of the step (and the person, when one is asked), and
    the post above the first of them."""
    if positions:
        first = positions[0]
    else:
        first = rules.highest(act.posts.superiors, act.posts.of(step.person_id or 0))
    superior = act.posts.superiors.get(first) or first or "general_manager"
    return {"holder": "|".join(["holder", *positions]), "superior": superior}
