"""Notices of the engine: who is told what, in the transaction of the act."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from office.approvals.models import Seat
from office.approvals.selectors import people
from office.approvals.services.context import Context
from office.notices import api as notices


def tell(act: Context, word: str, recipients: Iterable[int | None], *, urgent: bool = False) -> None:
    """The notice "approvals.<word>" to these people, but not to who acts; once for each revision of the run."""
    whom = {each for each in recipients if each is not None} - {act.by.pk if act.by else None}
    if not whom:
        return
    act.writes.notify(
        notices.Saying(
            f"approvals.{word}:{act.run.kind}",
            whom,
            source=f"run.{word}",
            source_id=act.run.pk,
            step=min(act.run.revision, 32767),
            subject=act.run.as_subject,
            clause=act.run.clause,
            params={"who": act.by.name if act.by else ""},
            urgent=urgent,
        )
    )


def deciders(act: Context, seats: Iterable[Seat]) -> set[int]:
    """Whom the active ones of these seats wait on, deputies included, the requester never."""
    found: set[int] = set()
    for seat in seats:
        if seat.state != Seat.State.ACTIVE:
            continue
        if seat.person_id is not None:
            found.add(seat.person_id)
        else:
            found |= act.posts.others(seat.position, act.run.requester_id)
    return act.known.with_deputies(found, act.now) - {act.run.requester_id} if found else found


def holders(act: Context, positions: Iterable[str]) -> set[int]:
    """Everybody who holds one of the posts."""
    return {person for position in positions for person in act.posts.holders.get(position, ())}


#: Told of a vacant post that holds something up, beside the next superior: they keep the posts.
IT = ("it_manager", "system_administrator")


def tell_vacant(act: Context, positions: Sequence[str]) -> None:
    """Posts that nobody holds hold the run up: recorded, told to the next superior who is there, and to IT."""
    told = holders(act, IT)
    for position in positions:
        superior = people.next_above(position, act.posts, act.run.requester_id) if position else None
        told |= act.posts.others(superior, act.run.requester_id) if superior else frozenset()
    act.record("stuck", positions=list(positions))
    tell(act, "stuck", told, urgent=True)
