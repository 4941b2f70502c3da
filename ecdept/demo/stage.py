"""The stage of the demo: its people by number, and requests brought into any state through the verbs of the engine.

A desk's part of the demo is `play(stage)` in a module of its own, named in `load.PARTS`. It asks with its own verb and
lets the stage find whoever's turn it is:

    run = propose_price(..., by=stage.who("P002"), now=stage.ago(days=2))
    stage.agree(run, at=stage.ago(days=1))                    # the step that is asked now
    stage.until_agreed(run, at=stage.ago(hours=20))           # every step that is left
    stage.execute(run, at=stage.ago(hours=3), evidence="…")   # by a holder of the executor's post

Nothing happens after `stage.now`. What is late is late because nobody acted: `stage.settle(at)` lets the clocks speak.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from office.approvals import api as approvals
from office.approvals.models import Seat
from office.approvals.selectors import people
from office.deadlines import api as deadlines
from office.rulebook import api as rulebook
from office.staff import api as staff
from office.staff.models import Appointment, Employee


@dataclass(frozen=True, slots=True)
class Stage:
    """`people`: by employee number. `now`: when the demo is loaded. `password`: what everybody signs in with."""

    people: dict[str, Employee]
    now: datetime
    password: str = ""

    def who(self, number: str) -> Employee:
        return self.people[number]

    def ago(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> datetime:
        """An instant before the demo was loaded."""
        return self.now - timedelta(days=days, hours=hours, minutes=minutes)

    def decider(self, run: approvals.Run, at: datetime) -> Employee:
        """Somebody whose turn it is: the person asked, or who holds a post asked, in the order of the seats."""
        posts = people.posts_at(rulebook.book(at).superiors, at)
        for seat in Seat.objects.filter(run=run, state=Seat.State.ACTIVE).order_by("id"):
            holders = {seat.person_id} if seat.person_id else posts.others(seat.position, run.requester_id)
            found = min((each for each in holders if each), default=None)
            if found is not None:
                return Employee.objects.get(pk=found)
        raise LookupError(f"nobody decides on {run} at {at}")

    def agree(
        self, run: approvals.Run, *, at: datetime, comment: str = "", refuse_rows: Collection[int] = ()
    ) -> approvals.Run:
        """One seat of the step that is asked now."""
        by = self.decider(run, at)
        return approvals.approve(run_id=run.pk, by=by, now=at, comment=comment, refuse_rows=refuse_rows)

    def until_agreed(
        self, run: approvals.Run, *, at: datetime, gap: timedelta = timedelta(minutes=7), comment: str = ""
    ) -> approvals.Run:
        """Every seat and step that is left, `gap` between two."""
        while run.state == approvals.Run.State.RUNNING:
            run = self.agree(run, at=min(at, self.now), comment=comment)
            at += gap
        return run

    def reject(self, run: approvals.Run, *, at: datetime, reason: str) -> approvals.Run:
        return approvals.reject(run_id=run.pk, by=self.decider(run, at), now=at, reason=reason)

    def give_back(
        self, run: approvals.Run, *, at: datetime, reason: str, step: int | None = None
    ) -> approvals.Run:
        """To the requester, or to an earlier step."""
        return approvals.return_to(run_id=run.pk, by=self.decider(run, at), now=at, reason=reason, step=step)

    def take_back(self, run: approvals.Run, *, at: datetime, reason: str) -> approvals.Run:
        return approvals.withdraw(run_id=run.pk, by=run.requester, now=at, reason=reason)

    def execute(self, run: approvals.Run, *, at: datetime, evidence: str) -> approvals.Run:
        """By the first who holds the executor's post; by the requester where the chain names none."""
        posts = people.posts_at(rulebook.book(at).superiors, at)
        held = posts.holders.get(run.executor, frozenset()) if run.executor else {run.requester_id}
        by = Employee.objects.get(pk=min(held))
        return approvals.execute(run_id=run.pk, by=by, now=at, evidence=evidence)

    def check(self, run: approvals.Run, *, at: datetime, ok: bool = True, comment: str = "") -> None:
        """By a third person, where the chain asks for one."""
        run.refresh_from_db()
        if run.check_state != approvals.Run.CheckState.WAITING:
            return
        held = people.posts_at(rulebook.book(at).superiors, at).holders
        third = {each for post in run.check_by for each in held.get(post, ())}
        by = Employee.objects.get(pk=min(third - {run.requester_id, run.executed_by_id}))
        approvals.check_execution(run_id=run.pk, ok=ok, by=by, now=at, comment=comment)

    def add_signer(
        self, run: approvals.Run, *, signer: str, at: datetime, before: bool = False, comment: str = ""
    ) -> approvals.Run:
        """Whoever decides wants the person `signer` to decide too."""
        return approvals.add_signer(
            run_id=run.pk, person_id=self.who(signer).pk, by=self.decider(run, at), now=at,
            where="before" if before else "after", comment=comment,
        )  # fmt: skip

    def forward(self, run: approvals.Run, *, to: str, at: datetime, reason: str) -> approvals.Run:
        return approvals.forward(
            run_id=run.pk, person_id=self.who(to).pk, by=self.decider(run, at), now=at, reason=reason
        )

    def copy(self, run: approvals.Run, *, to: Iterable[str], at: datetime) -> None:
        """By the requester."""
        approvals.copy_to(
            run_id=run.pk, person_ids=[self.who(each).pk for each in to], by=run.requester, now=at
        )

    def settle(self, at: datetime) -> None:
        """Warnings, breaches and escalations that were due until then."""
        deadlines.settle_due(at)

    def leave(self, number: str, *, at: datetime) -> None:
        """The person gives up his posts and can no longer sign in."""
        person = self.who(number)
        for held in Appointment.objects.filter(employee=person, during__contains=at):
            staff.end_appointment(appointment_id=held.pk, by=None, now=at, reason="离职")
        staff.set_active(employee=person, active=False, by=None, now=at, reason="离职")
