"""The page of one run: its steps, its seats and decisions, what this person can do with it now."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime

from office.approvals import kinds
from office.approvals.kinds import Evidence, Exhibit
from office.approvals.models import Comment, Run, Seat, Step, Vote
from office.approvals.selectors import people
from office.approvals.selectors.runs import stands_in, takes_part
from office.staff.models import Employee

#: Acts of a page, in the order of their buttons.
ACTS = (
    "approve", "return_to", "reject", "add_signer", "forward", "execute", "check_execution", "resubmit", "remind",
    "withdraw", "copy_to", "comment",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step as the stepper shows it; `seats` in the order they were made, each with its vote or None."""

    step: Step
    seats: tuple[tuple[Seat, Vote | None], ...]
    stuck: bool


def stepper(run: Run, *, history: bool = False) -> list[StepLine]:
    """The steps in order, with seats and votes; with `history` also those that count no more. Three queries."""
    steps = run.steps.select_related("person", "added_by").order_by("id" if history else "place")
    if not history:
        steps = steps.filter(current=True)
    seats: dict[int, list[Seat]] = defaultdict(list)
    for seat in run.seats.select_related("person").order_by("id"):
        seats[seat.step_id].append(seat)
    votes = {vote.seat_id: vote for vote in run.votes.select_related("person", "on_behalf_of")}
    lines = []
    for step in steps:
        own = tuple((seat, votes.get(seat.pk)) for seat in seats[step.pk])
        vacant = [seat.stuck for seat in seats[step.pk] if seat.state == Seat.State.ACTIVE]
        is_stuck = bool(vacant) and (any(vacant) if step.mode == Step.Mode.ALL else all(vacant))
        lines.append(StepLine(step, own, is_stuck))
    return lines


def acts_for(run: Run, person: Employee, now: datetime) -> frozenset[str]:
    """Which of ACTS the person may do with the run now, as the verbs would say; for who may see it."""
    authority = people.authority_of(person, now)
    found: set[str] = {"copy_to", "comment"} if takes_part(run, person, authority) else set()
    mine = person.pk == run.requester_id
    if run.state == Run.State.RUNNING:
        seats = Seat.objects.filter(run=run, state=Seat.State.ACTIVE)
        if people.claims(authority, seats, run.requester_id):
            found |= {"approve", "return_to", "reject", "add_signer", "forward"}
        if mine:
            found.add("remind")
    if run.state == Run.State.RETURNED and mine:
        found.add("resubmit")
    if run.live and (mine or stands_in(run, person, now)):
        found.add("withdraw")
    if run.state == Run.State.AGREED and (run.executor in authority.posts if run.executor else mine):
        found.add("execute")
    if (
        run.check_state == Run.CheckState.WAITING
        and person.pk not in (run.requester_id, run.executed_by_id)
        and authority.posts.keys() & set(run.check_by)
    ):
        found.add("check_execution")
    return frozenset(found)


def evidence_of(run: Run) -> list[Evidence]:
    """What the kind shows beside the before/after; an address that no browser should follow is shown as text."""
    kind = kinds.find(run.kind)
    return [_safe(each) for each in kind.evidence(run)] if kind else []


def _safe(each: Evidence) -> Evidence:
    """Evidence comes from people: no script behind a link, no picture of another host."""
    image = each.image if _own(each.image) else ""
    link = each.url or ("" if image else each.image)
    followed = link if _own(link) or link.startswith(("https://", "http://")) else ""
    return replace(each, url=followed, image=image, text=each.text or ("" if followed else link))


def _own(address: str) -> bool:
    """A page of this site: "/…", and not "//host"."""
    return address.startswith("/") and not address.startswith(("//", "/\\"))


def exhibits_of(run: Run, person: Employee, now: datetime) -> list[Exhibit]:
    """What the kind shows in its own form."""
    kind = kinds.find(run.kind)
    return kind.exhibits(run, person, now) if kind else []


def comments_of(run: Run) -> list[Comment]:
    """What was said, oldest first."""
    return list(run.comments.select_related("person").order_by("id"))
