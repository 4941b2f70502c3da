"""Seats whose post lost its last holder, or found one, and seats of people who have left: looked at every minute."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from office.approvals import rules
from office.approvals.models import Run, Seat, Step
from office.approvals.selectors import people
from office.approvals.services import steps
from office.approvals.services.context import Context, begin, seats_now
from office.approvals.services.telling import deciders, tell
from office.rulebook import api as rulebook
from office.staff.models import Appointment


def resolve_seats(*, now: datetime) -> int:
    """Bring every open seat up to who holds the posts now; answers how many changed. Two queries when nothing did.

    A vacant post is marked stuck, told, and sent to the next superior; it gets its seat back with its next holder. One
    that only the requester still holds goes to the superior, and so does the seat of a person who can no longer sign
    in.
    """
    posts = people.posts_at(rulebook.book(now).superiors, now)
    able = Seat.objects.filter(step_id=OuterRef("step_id"), state=Seat.State.ACTIVE, stuck=False)
    waiting = (
        Seat.objects.filter(state=Seat.State.ACTIVE)
        .select_related("step", "person")
        .annotate(asked_by=F("run__requester_id"), able=Exists(able))
        .order_by("run_id")
    )
    changed = 0
    for run_id in dict.fromkeys(
        seat.run_id
        for seat in waiting
        if _stale(seat, posts, seat.asked_by, alone=seat.step.mode == Step.Mode.ALL or not seat.able)
    ):
        with transaction.atomic():
            changed += _resolve(begin(run_id, None, now, None))
    return changed


def _stale(seat: Seat, posts: people.Posts, requester_id: int, *, alone: bool) -> bool:
    """Whether another one should be asked now. `alone`: nobody else can bring the step forward."""
    if seat.person is not None:
        return seat.stuck or not seat.person.is_active
    held = bool(posts.others(seat.position, requester_id))
    if not seat.stuck:
        return not held
    if seat.climbed_from:
        above = people.next_above(seat.climbed_from, posts, requester_id)
        return bool(posts.others(seat.climbed_from, requester_id)) or (not held and above is not None)
    if held:
        return True
    above = people.next_above(seat.position, posts, requester_id)
    return above is not None and (alone or bool(posts.holders.get(seat.position)))


def _resolve(act: Context) -> int:
    if act.run.state != Run.State.RUNNING:
        return 0
    seats = seats_now(act)
    if not seats:
        return 0
    step = seats[0].step
    was_stuck = steps.is_stuck(step, seats)
    before = {(seat.pk, seat.state, seat.stuck) for seat in seats}
    for seat in seats:
        if seat.state == Seat.State.ACTIVE:
            _settle(act, seat)
    fresh = seats_now(act)
    is_stuck = steps.is_stuck(step, fresh)
    if is_stuck and steps.send_up(act, fresh):
        fresh = seats_now(act)
    changed = [
        seat for seat in fresh
        if seat.state == Seat.State.ACTIVE and (seat.pk, seat.state, seat.stuck) not in before
    ]  # fmt: skip
    if not changed:
        return 0
    act.save()
    if was_stuck and not is_stuck:
        act.record("resolve", positions=[seat.position for seat in changed])
    steps.agree_before(act, step, fresh)
    if steps.complete(step, fresh):
        steps.close(act, step, fresh, Step.State.AGREED)
        steps.open_next(act)
        return len(changed)
    tell(
        act,
        "asked",
        deciders(act, changed),
    )
    if is_stuck and not was_stuck:
        steps.tell_stuck(act, fresh)
    return len(changed)


def _settle(act: Context, seat: Seat) -> None:
    """One active seat as it should be now; a vacant post is sent up afterwards, once the step is known to be stuck."""
    posts, requester_id = act.posts, act.run.requester_id
    if seat.person is not None:
        _settle_person(act, seat)
        return
    held = bool(posts.others(seat.position, requester_id))
    if seat.stuck and seat.climbed_from:
        if posts.others(seat.climbed_from, requester_id):
            steps.hand_on(act, seat, to=seat.climbed_from)
        elif not held and (above := people.next_above(seat.climbed_from, posts, requester_id)):
            steps.hand_on(act, seat, to=above, instead_of=seat.climbed_from, stuck=True)
        return
    if held:
        _mark(seat, stuck=False)
        return
    asked = seat.climbed_from or seat.position
    above = people.next_above(asked, posts, requester_id) if posts.holders.get(asked) else None
    if above:
        steps.hand_on(act, seat, to=above, instead_of=asked)
    else:
        _mark(seat, stuck=True)


def _settle_person(act: Context, seat: Seat) -> None:
    """Somebody who was asked by name and can no longer sign in. What was forwarded to him goes back to the post it came
    from; else the post above his last one decides, else the one above who brought him in."""
    person = seat.person
    if person is None or person.is_active:
        _mark(seat, stuck=False)
        return
    origin = seat.forwarded_from.position if seat.forwarded_from else ""
    if origin and act.posts.others(origin, act.run.requester_id) and not _asked(seat, origin, ""):
        steps.hand_on(act, seat, to=origin)
        return
    last = (
        Appointment.objects.filter(employee=person)
        .order_by("acting", "-during")
        .values_list("position", flat=True)
        .first()
    )
    added_by = rules.highest(act.posts.superiors, act.posts.of(seat.step.added_by_id or 0))
    for post in (last, origin, added_by):
        above = people.next_above(post, act.posts, act.run.requester_id) if post else None
        if post and above and not _asked(seat, above, post):
            steps.hand_on(act, seat, to=above, instead_of=post)
            return
    _mark(seat, stuck=True)


def _asked(seat: Seat, position: str, instead_of: str) -> bool:
    """Whether the step asks that post already in the same post's place."""
    return Seat.objects.filter(
        step_id=seat.step_id, state=Seat.State.ACTIVE, position=position, climbed_from=instead_of
    ).exists()


def _mark(seat: Seat, *, stuck: bool) -> None:
    if seat.stuck != stuck:
        seat.stuck = stuck
        seat.save(update_fields=["stuck"])
