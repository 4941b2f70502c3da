"""What every verb on a run does first: lock it, look whether it has moved on, and last: give it a new revision."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from office.approvals import kinds
from office.approvals.models import Run, Seat
from office.approvals.selectors import people, runs
from office.approvals.selectors.people import Authority, Claim, Known, Posts
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
class Context:
    """One act on one locked run."""

    run: Run
    by: Employee | None
    now: datetime
    kind: kinds.Kind
    known: Known = field(default_factory=Known)

    @property
    def book(self) -> rulebook.Book:
        """The book by which the run was asked for."""
        return rulebook.book_by_version(self.run.version_id)

    @property
    def posts(self) -> Posts:
        if self.known.posts is None:
            self.known.posts = people.posts_at(self.book.superiors, self.now)
        return self.known.posts

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
        self.run.save(update_fields=["revision", *fields])

    def record(self, verb: str, acting_for: str = "", **data: Any) -> None:
        """The act in the trail, with the revision it made."""
        audit.record(
            f"approvals.{verb}",
            subject=self.run.as_subject,
            by=self.by,
            now=self.now,
            clause=self.run.clause,
            acting_for=acting_for,
            data={"kind": self.run.kind, "revision": self.run.revision, **data},
        )


def begin(
    run_id: int, by: Employee | None, now: datetime, revision: int | None, known: Known | None = None
) -> Context:
    """The run, locked until the transaction ends. Raises NotFound; MovedOn when `revision` is not the present one."""
    run = Run.objects.select_for_update(no_key=True).filter(pk=run_id).first()
    if run is None:
        raise NotFound(_("There is no such request."))
    if revision is not None and run.revision != revision:
        raise moved_on(run, revision)
    return Context(run, by, now, kinds.kind_of(run.kind), known or Known())


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


def seats_now(act: Context) -> list[Seat]:
    """All seats of the active step, in the order they were made."""
    found = Seat.objects.filter(run_id=act.run.pk, step__state="active").select_related("step").order_by("id")
    return list(found)


def claim(act: Context, seats: list[Seat]) -> list[Claim]:
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
