"""Seats whose post lost its last holder, or found one: looked at every minute and after each appointment."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from office.approvals.models import Run, Seat
from office.approvals.selectors import people
from office.approvals.services import steps
from office.approvals.services.context import Context, begin, seats_now
from office.approvals.services.telling import deciders, tell
from office.rulebook import api as rulebook


def resolve_seats(*, now: datetime) -> int:
    """Bring every open seat up to who holds the posts now; answers how many changed. One query when nothing did.

    A vacant post is marked stuck and told; one that found a holder is asked; one that only the requester still holds
    goes to the superior.
    """
    posts = people.posts_at(rulebook.book(now).superiors, now)
    waiting = (
        Seat.objects.filter(state=Seat.State.ACTIVE, person=None)
        .order_by("run_id")
        .values_list("run_id", "position", "stuck", "run__requester_id")
    )
    changed = 0
    for run_id in dict.fromkeys(
        run_id
        for run_id, position, stuck, requester_id in waiting
        if stuck == bool(posts.others(position, requester_id))
        or (stuck and _climbs(position, posts, requester_id))
    ):
        with transaction.atomic():
            act = begin(run_id, None, now, None)
            changed += _resolve(act)
    return changed


def _climbs(position: str, posts: people.Posts, requester_id: int) -> bool:
    """Whether a post that only the requester holds has somebody above it."""
    if not posts.holders.get(position):
        return False
    try:
        return bool(people.chair(position, posts, requester_id).climbed_from)
    except people.NoSuperior:
        return False


def _resolve(act: Context) -> int:
    if act.run.state != Run.State.RUNNING:
        return 0
    seats = seats_now(act)
    if not seats:
        return 0
    step = seats[0].step
    was_stuck = steps.is_stuck(step, seats)
    changed = []
    for seat in seats:
        if seat.state != Seat.State.ACTIVE or seat.person_id is not None:
            continue
        holds = bool(act.posts.others(seat.position, act.run.requester_id))
        if holds or not _climb(act, seat):
            if seat.stuck == (not holds):
                continue
            seat.stuck = not holds
            seat.save(update_fields=["stuck"])
        changed.append(seat)
    if not changed:
        return 0
    act.save()
    fresh = seats_now(act)
    steps.agree_before(act, step, fresh)
    if steps.complete(step, fresh):
        act.record("resolve", positions=[seat.position for seat in changed])
        steps.close(act, step, fresh, "agreed")
        steps.open_next(act)
        return len(changed)
    if steps.is_stuck(step, fresh):
        if not was_stuck:
            steps.tell_stuck(act, fresh)
        return len(changed) if not was_stuck else 0
    act.record("resolve", positions=[seat.position for seat in changed])
    tell(act, "asked", deciders(act, fresh))
    return len(changed)


def _climb(act: Context, seat: Seat) -> bool:
    """A post that only the requester still holds is handed on to the one above; True when that was possible."""
    if not act.posts.holders.get(seat.position):
        return False
    try:
        chair = people.chair(seat.position, act.posts, act.run.requester_id)
    except people.NoSuperior:
        return False
    seat.state = Seat.State.FORWARDED
    seat.save(update_fields=["state"])
    Seat.objects.create(
        run=act.run,
        step=seat.step,
        position=chair.position,
        climbed_from=seat.climbed_from or seat.position,
        forwarded_from=seat,
        opened_at=act.now,
        due_at=seat.due_at,
    )
    act.record("climb", position=seat.position, to=chair.position)
    return True
