"""What every verb on a run does first: lock it, look whether it has moved on, and last: give it a new revision."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from office.approvals import kinds
from office.approvals.models import Paper, Run, Seat, Step, Vote
from office.approvals.selectors import people, runs
from office.approvals.selectors.people import Authority, Claim, Known, Posts
from office.approvals.services.writing import Noted, Writes
from office.audit import api as audit
from office.errors import Conflict, Forbidden, NotFound
from office.rulebook import api as rulebook
from office.staff.models import Employee


class MovedOn(Conflict):
    """The run is no longer what the page showed. `since`: [{what, who, at}], what happened meanwhile, oldest first."""

    code = "moved_on"


class OwnRequest(Forbidden):
    """Nobody decides on what he asked for himself, whatever his posts."""

    code = "own_request"


@dataclass(slots=True)
class View:
    """What many acts at once have read of a run beforehand: its steps as they stand, in order, the seats of the active
    one, and the agreements to its present paper that stand, oldest first. The acts keep it up to date."""

    steps: list[Step] = field(default_factory=list)
    seats: list[Seat] = field(default_factory=list)
    agreements: list[Vote] = field(default_factory=list)


@dataclass(slots=True)
class Context:
    """One act on one locked run. `view`: what was read of it already, when it is one of many."""

    run: Run
    by: Employee | None
    now: datetime
    kind: kinds.Kind
    known: Known = field(default_factory=Known)
    view: View | None = None
    writes: Writes = field(init=False)

    def __post_init__(self) -> None:
        self.writes = Writes(self.by, self.now)

    @property
    def book(self) -> rulebook.Book:
        """The book by which the run was asked for."""
        return rulebook.book_by_version(self.run.version_id)

    @property
    def posts(self) -> Posts:
        known = self.known.posts
        if self.run.version_id not in known:
            any_book = next(iter(known.values()), None)
            known[self.run.version_id] = (
                Posts(any_book.holders, self.book.superiors)
                if any_book
                else people.posts_at(self.book.superiors, self.now)
            )
        return known[self.run.version_id]

    @property
    def person(self) -> Employee:
        """Who acts. Raises Forbidden for the system."""
        if self.by is None:
            raise Forbidden(_("A person decides, never the system by itself."), code="nobody")
        return self.by

    @property
    def authority(self) -> Authority:
        who = self.person
        if who.pk not in self.known.authorities:
            self.known.authorities[who.pk] = people.authority_of(who, self.now)
        return self.known.authorities[who.pk]

    def save(self, *fields: str) -> None:
        """The changed columns, under a new revision."""
        self.run.revision += 1
        self.writes.change(self.run, "revision", *fields)

    def record(self, verb: str, acting_for: str = "", **data: Any) -> None:
        """The act in the trail, with the revision it made."""
        self.writes.record(
            audit.Act(
                f"approvals.{verb}",
                self.run.as_subject,
                {"kind": self.run.kind, "revision": self.run.revision, **data},
                self.run.clause,
                acting_for,
            )
        )


def begin(
    run_id: int, by: Employee | None, now: datetime, revision: int | None, known: Known | None = None
) -> Context:
    """The run, locked until the transaction ends. Raises NotFound; MovedOn when `revision` is not the present one."""
    run = Run.objects.select_for_update(no_key=True).filter(pk=run_id).first()
    if run is None:
        raise NotFound(_("There is no such request."))
    require_revision(run, revision)
    return Context(run, by, now, kinds.kind_of(run.kind), known or Known())


def require_revision(run: Run, revision: int | None) -> None:
    """Raises MovedOn when the page showed another one."""
    if revision is not None and run.revision != revision:
        raise moved_on(run, revision)


def require_state(act: Context, states: Iterable[str], revision: int | None = None) -> None:
    """Raises MovedOn, saying what happened, unless the run is in one of the states."""
    if act.run.state not in states:
        raise moved_on(act.run, revision)


def moved_on(run: Run, revision: int | None) -> MovedOn:
    """The refusal of an act on a page that is no longer true."""
    return MovedOn(
        _("This request has moved on meanwhile: {state}. Please look at it again.").format(
            state=Run.State(run.state).label
        ),
        clause=run.clause,
        run=run.pk,
        state=run.state,
        revision=run.revision,
        since=runs.since(run, revision),
    )


def begin_many(
    run_ids: Collection[int], by: Employee | None, now: datetime, known: Known
) -> dict[int, Context]:
    """The runs that there are, locked in the order of their ids, each with its view; their acts only note what they
    write. Six queries, and what the kinds ask."""
    locked = Run.objects.select_for_update(no_key=True).filter(pk__in=run_ids).defer("preview").order_by("pk")
    due: dict[Hashable, datetime] = {}
    acts: dict[int, Context] = {}
    for run in locked:
        acts[run.pk] = act = Context(run, by, now, kinds.kind_of(run.kind), known, View())
        act.writes = Noted(by, now, due)
    present = {"run_id__in": list(acts), "round": F("run__round")}
    for paper in Paper.objects.filter(**present).only("run_id", "round", "digest", "fields"):
        acts[paper.run_id].run.paper = paper
    steps: dict[int, Step] = {}
    for step in Step.objects.filter(run_id__in=list(acts), current=True).order_by("place"):
        steps[step.pk] = step
        view_of(acts[step.run_id]).steps.append(step)
    for seat in Seat.objects.filter(run_id__in=list(acts), step__state="active").order_by("id"):
        seat.step = steps[seat.step_id]
        view_of(acts[seat.run_id]).seats.append(seat)
    # By the runs alone: joining their rounds and steps, which are known, takes the database longer than finding all.
    own = Vote.objects.filter(run_id__in=list(acts), decision=Vote.Decision.APPROVE, on_behalf_of=None)
    for vote in own.order_by("id"):
        act = acts[vote.run_id]
        if vote.round == act.run.round and vote.step_id in steps:
            view_of(act).agreements.append(vote)
    return acts


def view_of(act: Context) -> View:
    """The view of an act that is one of many."""
    if act.view is None:
        raise LookupError("nothing of this run was read beforehand")
    return act.view


def standing_agreements() -> QuerySet[Vote]:
    """Agreements by one's own right at steps that still stand."""
    return Vote.objects.filter(decision=Vote.Decision.APPROVE, step__current=True, on_behalf_of=None)


def agreements(act: Context) -> list[Vote]:
    """Those to the run's present paper, oldest first."""
    if act.view is not None:
        return act.view.agreements
    return list(standing_agreements().filter(run=act.run, round=act.run.round).order_by("id"))


def steps_now(act: Context) -> list[Step]:
    """The steps of the run as they stand, in order."""
    if act.view is not None:
        return act.view.steps
    return list(Step.objects.filter(run=act.run, current=True).order_by("place"))


def seats_now(act: Context) -> list[Seat]:
    """All seats of the active step, in the order they were made."""
    if act.view is not None:
        return act.view.seats
    found = Seat.objects.filter(run_id=act.run.pk, step__state="active").select_related("step").order_by("id")
    return list(found)


def claim(act: Context, seats: list[Seat]) -> list[Claim[Seat]]:
    """The seats of the active step that the person may decide now. Raises OwnRequest, MovedOn (has decided already),
    Forbidden."""
    who = act.person
    if who.pk == act.run.requester_id:
        raise OwnRequest(
            _("Nobody decides on his own request: it goes to somebody else, or to the superior."),
            clause=act.run.clause,
        )
    found = people.claims(act.authority, seats, act.run.requester_id)
    if found:
        return found
    if runs.has_voted(act.run, who.pk):
        raise moved_on(act.run, None)
    raise Forbidden(_("This decision is not yours now."), code="not_your_turn", clause=act.run.clause)
