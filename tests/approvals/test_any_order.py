"""Any order of acts keeps: nobody decides on his own request; who decides holds the seat and may sign in at that hour,
himself or as deputy; each step is decided once, in the order of the chain; nothing is carried out that not every step
agreed to, once; what a stale page sends changes nothing; the trail tells every act; the bytes of a paper never change.
A machine plays the acts on the real database."""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter
from contextlib import ExitStack, suppress
from typing import Any, Literal

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from office.approvals import api as approvals
from office.approvals import rules
from office.approvals.models import Deputy, Paper, Run, Seat, Step, Vote
from office.approvals.selectors.people import deputies_in_force, posts_at
from office.approvals.services.context import MovedOn
from office.audit.models import Entry
from office.deadlines.models import Deadline
from office.errors import Refused
from office.rulebook import api as rulebook
from office.staff.models import Appointment, Employee
from tests.approvals.cast import NOW, ask, everybody, note, toy_book, toys
from tests.people import LONG_AGO, person

WHO = (
    "li_lei",
    "wang_supervisor",
    "chen_manager",
    "zhou_general",
    "qian_it",
    "zhao_operations",
    "han_meimei",
)
POSTS = ("service_supervisor", "department_manager", "it_manager", "general_manager", "product_operations")
KINDS = ("toy.price", "toy.two", "toy.both", "toy.either", "toy.done", "toy.superior")
PEOPLE, NOTES = st.sampled_from(WHO), st.integers(1, 2)
ANY = st.integers(0, 20)
#: Making a failing order shorter takes minutes: for whoever looks for its cause, not for the suite.
PHASES = (Phase.generate, Phase.shrink)
#: Every act gives its run another revision; the clocks move with it.
STATE = """
SELECT (SELECT array_agg((id, revision, state, check_state) ORDER BY id)::text FROM approvals_run),
       (SELECT max(id) FROM approvals_vote), (SELECT max(id) FROM approvals_paper),
       (SELECT count(*) FROM deadlines_deadline WHERE state = 'open'), (SELECT count(*) FROM approvals_seat)
"""
#: Decisions and other acts → what the trail calls them.
DONE = {
    "approve": "approve", "reject": "reject", "return": "return", "submit": "submit", "resubmit": "resubmit",
    "execute": "execute", "void": "void",
}  # fmt: skip
ENTITLED_ACTS = st.sampled_from(("approve",) * 4 + ("return", "step", "add", "forward"))


class Office(RuleBasedStateMachine):
    """Everybody tries everything; what is refused changes nothing, what is done keeps the invariants."""

    def __init__(self) -> None:
        super().__init__()
        self.doors = ExitStack()
        self.doors.enter_context(_undone())
        self.shelf = self.doors.enter_context(toys())
        self.now = NOW
        self.papers: dict[int, bytes] = {}
        self.pages: list[tuple[int, int]] = []  # pages left open: (run, the revision they showed)
        self.seen = 0
        self.state: object = None

    def teardown(self) -> None:
        self.doors.close()

    def tick(self) -> dt.datetime:
        self.now += dt.timedelta(minutes=7)
        return self.now

    def run_of(self, number: int) -> Run | None:
        runs = list(Run.objects.order_by("id"))
        return runs[number % len(runs)] if runs else None

    def attempt(self, verb: Any, number: int, who: str, **more: Any) -> None:
        run = self.run_of(number)
        if run is None:
            return
        revision = {"revision": run.revision} if verb not in (approvals.remind,) else {}
        with suppress(Refused):
            verb(run_id=run.pk, by=person(who), now=self.tick(), **revision, **more)

    @rule(kind=st.sampled_from(KINDS), who=PEOPLE, number=NOTES, deep=st.booleans(), many=st.booleans())
    def ask(self, kind: str, who: str, number: int, deep: bool, many: bool) -> None:
        payload = {"rows": [{"price": "11.00"}, {"price": "12.00"}]} if many else {"price": "12.50"}
        with suppress(Refused):
            ask(
                kind,
                who,
                subject=note(number),
                now=self.tick(),
                flags=["deep"] if deep else [],
                payload=payload,
            )

    @rule(number=ANY, who=PEOPLE, rows=st.sampled_from([(), (0,), (1,), (-1,), (99,)]))
    def approve(self, number: int, who: str, rows: tuple[int, ...]) -> None:
        self.attempt(approvals.approve, number, who, refuse_rows=rows)

    @initialize(kinds=st.lists(st.sampled_from(KINDS), min_size=2, max_size=4))
    def some_are_asked(self, kinds: list[str]) -> None:
        for number, kind in enumerate(kinds):
            with suppress(Refused):
                ask(kind, WHO[number % 3], subject=note(1 + number % 2), now=self.tick())

    def entitled(self, seat: Seat) -> list[Employee]:
        """Whoever holds the seat now, and their deputies."""
        if seat.person is not None:
            found = [seat.person]
        else:
            rows = Appointment.objects.filter(position=seat.position, during__contains=self.now)
            found = [row.employee for row in rows.order_by("id")]
        ids = {person.pk for person in found}
        deputies = [row.person_id for row in deputies_in_force(self.now) if row.absent_id in ids]
        return [*found, *Employee.objects.filter(pk__in=deputies).order_by("pk")]

    @precondition(lambda self: Seat.objects.filter(state="active").exists())
    @rule(
        number=ANY,
        who=ANY,
        act=ENTITLED_ACTS,
        other=PEOPLE,
    )
    def somebody_entitled_acts(self, number: int, who: int, act: str, other: str) -> None:
        seats = list(Seat.objects.filter(state="active").select_related("run", "person").order_by("id"))
        seat = seats[number % len(seats)]
        people = self.entitled(seat)
        if not people:
            return
        by, pk = people[who % len(people)], person(other).pk
        given: dict[str, Any] = {"run_id": seat.run_id, "by": by, "revision": seat.run.revision}
        verbs: dict[str, tuple[Any, dict[str, Any]]] = {
            "approve": (approvals.approve, {}),
            "return": (approvals.return_to, {"reason": "look again"}),
            "step": (approvals.return_to, {"reason": "look again", "step": 0}),
            "add": (approvals.add_signer, {"person_id": pk, "where": "before"}),
            "forward": (approvals.forward, {"person_id": pk, "reason": "knows it"}),
        }
        verb, more = verbs[act]
        try:
            verb(**given, **more, now=self.tick())
        except Refused:
            return
        with pytest.raises(MovedOn):  # the same click once more
            verb(**given, **more, now=self.tick())

    @precondition(lambda self: Run.objects.exists())
    @rule(number=ANY)
    def open_a_page(self, number: int) -> None:
        """It stays open while others act."""
        run = self.run_of(number)
        if run is not None:
            self.pages = [*self.pages[-5:], (run.pk, run.revision)]

    @precondition(lambda self: self.pages)
    @rule(number=ANY, who=PEOPLE, act=st.sampled_from(("approve", "reject", "return", "withdraw", "execute")))
    def click_on_a_page_left_open(self, number: int, who: str, act: str) -> None:
        pk, seen = self.pages[number % len(self.pages)]
        run = Run.objects.get(pk=pk)
        given: dict[str, Any] = {"run_id": pk, "by": person(who), "now": self.tick(), "revision": seen}
        verbs: dict[str, Any] = {
            "approve": approvals.approve, "reject": approvals.reject, "return": approvals.return_to,
            "withdraw": approvals.withdraw, "execute": approvals.execute,
        }  # fmt: skip
        if act in ("reject", "return", "withdraw"):
            given["reason"] = "as I saw it"
        if run.revision == seen:
            with suppress(Refused):
                verbs[act](**given)
            return
        votes = Vote.objects.count()
        with pytest.raises(MovedOn):
            verbs[act](**given)
        now = Run.objects.get(pk=pk)
        assert (now.revision, now.state, Vote.objects.count()) == (run.revision, run.state, votes)

    @precondition(lambda self: Seat.objects.filter(state="active").exists())
    @rule(number=ANY, first=ANY, second=ANY)
    def two_decide_on_what_both_see(self, number: int, first: int, second: int) -> None:
        """Both have the same page before them; the second click comes after the first."""
        seats = list(Seat.objects.filter(state="active").select_related("run", "person").order_by("id"))
        seat = seats[number % len(seats)]
        people = [each for other in seats if other.run_id == seat.run_id for each in self.entitled(other)]
        if not people:
            return
        given: dict[str, Any] = {"run_id": seat.run_id, "revision": seat.run.revision}
        try:
            approvals.approve(**given, by=people[first % len(people)], now=self.tick())
        except Refused:
            return
        with pytest.raises(MovedOn):
            approvals.approve(**given, by=people[second % len(people)], now=self.tick())

    @precondition(lambda self: Run.objects.filter(state="agreed").exists())
    @rule(number=ANY)
    def its_executor_carries_it_out(self, number: int) -> None:
        runs = list(Run.objects.filter(state="agreed").order_by("id"))
        run = runs[number % len(runs)]
        held = Appointment.objects.filter(position=run.executor, during__contains=self.now).first()
        if held is not None:
            with suppress(Refused):
                approvals.execute(run_id=run.pk, by=held.employee, now=self.tick())

    @rule(number=ANY, who=PEOPLE)
    def reject(self, number: int, who: str) -> None:
        self.attempt(approvals.reject, number, who, reason="no")

    @rule(number=ANY, who=PEOPLE, step=st.sampled_from([None, 0, 1]))
    def return_to(self, number: int, who: str, step: int | None) -> None:
        self.attempt(approvals.return_to, number, who, reason="look again", step=step)

    @rule(number=ANY, price=st.sampled_from(["12.50", "13.00"]))
    def resubmit(self, number: int, price: str) -> None:
        run = self.run_of(number)
        if run is not None:
            who = next(each for each in WHO if person(each).pk == run.requester_id)
            self.attempt(approvals.resubmit, number, who, payload={"price": price})

    @rule(number=ANY, who=PEOPLE, other=PEOPLE, where=st.sampled_from(["before", "after"]))
    def add_signer(self, number: int, who: str, other: str, where: str) -> None:
        self.attempt(approvals.add_signer, number, who, person_id=person(other).pk, where=where)

    @rule(number=ANY, who=PEOPLE, other=PEOPLE)
    def forward(self, number: int, who: str, other: str) -> None:
        self.attempt(approvals.forward, number, who, person_id=person(other).pk, reason="knows it")

    @rule(number=ANY, who=PEOPLE)
    def withdraw(self, number: int, who: str) -> None:
        self.attempt(approvals.withdraw, number, who, reason="a mistake")

    @rule(number=ANY, who=PEOPLE)
    def execute(self, number: int, who: str) -> None:
        self.attempt(approvals.execute, number, who)

    @rule(number=ANY, who=PEOPLE)
    def check_execution(self, number: int, who: str) -> None:
        self.attempt(approvals.check_execution, number, who, ok=True)

    @rule(number=NOTES, price=st.sampled_from(["10.00", "11.00"]), told=st.booleans())
    def edit(self, number: int, price: str, told: bool) -> None:
        self.shelf.prices[str(number)] = price
        if told:
            approvals.subject_changed(subject=note(number), by=None, now=self.tick())

    @rule(who=PEOPLE, post=st.sampled_from(POSTS), acting=st.booleans())
    def appoint(self, who: str, post: str, acting: bool) -> None:
        if not Appointment.objects.filter(employee=person(who), position=post).exists():
            Appointment.objects.create(
                employee=person(who), position=post, during=(LONG_AGO, None), acting=acting
            )

    @rule(who=PEOPLE, post=st.sampled_from(POSTS))
    def dismiss(self, who: str, post: str) -> None:
        Appointment.objects.filter(employee=person(who), position=post).delete()

    @rule(who=PEOPLE, leaves=st.booleans())
    def leave_or_come_back(self, who: str, leaves: bool) -> None:
        Employee.objects.filter(pk=person(who).pk).update(is_active=not leaves)

    @rule(who=PEOPLE)
    def become_superuser(self, who: str) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Employee.objects.filter(pk=person(who).pk).update(is_superuser=True, is_staff=True)

    @rule()
    def resolve(self) -> None:
        approvals.resolve_seats(now=self.tick())
        assert approvals.resolve_seats(now=self.now) == 0
        posts = posts_at(rulebook.book(self.now).superiors, self.now)
        for seat in Seat.objects.filter(state="active").select_related("run", "person"):
            if seat.person is not None:
                assert seat.stuck != seat.person.is_active
            elif not seat.stuck or seat.climbed_from:
                assert posts.others(seat.position, seat.run.requester_id) or seat.stuck

    @rule(number=ANY, who=PEOPLE, other=PEOPLE)
    def copy(self, number: int, who: str, other: str) -> None:
        self.say(approvals.copy_to, number, who, person_ids=[person(other).pk])

    @rule(number=ANY, who=PEOPLE)
    def comment(self, number: int, who: str) -> None:
        self.say(approvals.comment, number, who, text="seen")

    @rule(number=ANY, who=PEOPLE)
    def remind(self, number: int, who: str) -> None:
        self.say(approvals.remind, number, who)

    def say(self, verb: Any, number: int, who: str, **more: Any) -> None:
        run = self.run_of(number)
        if run is not None:
            with suppress(Refused):
                verb(run_id=run.pk, by=person(who), now=self.tick(), **more)

    @rule(who=PEOPLE, act=st.sampled_from(["approve", "approve", "reject", "return"]))
    def decide_many(self, who: str, act: Literal["approve", "reject", "return"]) -> None:
        many = [approvals.Decision(run.pk, act, reason="all of them") for run in Run.objects.order_by("id")]
        approvals.decide_many(decisions=many, by=person(who), now=self.tick())

    @rule(absent=PEOPLE, deputy=PEOPLE)
    def name_deputy(self, absent: str, deputy: str) -> None:
        with suppress(Refused):
            approvals.name_deputy(
                deputy_id=person(deputy).pk,
                starts_at=self.now,
                ends_at=self.now + dt.timedelta(days=3),
                reason="leave",
                by=person(absent),
                now=self.tick(),
            )

    @rule(who=PEOPLE)
    def end_deputies(self, who: str) -> None:
        for deputy in Deputy.objects.filter(absent=person(who)):
            with suppress(Refused):
                approvals.end_deputy(deputy_id=deputy.pk, by=person(who), now=self.tick())

    @invariant()
    def the_rules_hold(self) -> None:
        """After every act that changed anything; most are refused, and what is refused changes nothing."""
        with connection.cursor() as cursor:
            cursor.execute(STATE)
            state = cursor.fetchone()
        if state == self.state:
            return
        self.state = state
        self.nobody_decides_on_his_own_request()
        self.nothing_is_carried_out_without_every_steps_agreement()
        self.each_is_carried_out_once_and_only_when_executed()
        self.who_decides_may_sign_in_and_holds_the_seat_himself_or_for_somebody_absent()
        self.each_step_is_decided_once_and_in_its_turn()
        self.the_trail_tells_every_act()
        self.the_bytes_of_a_paper_never_change()
        self.clocks_run_exactly_where_somebody_is_asked()

    def nobody_decides_on_his_own_request(self) -> None:
        for vote in Vote.objects.select_related("run"):
            assert vote.run.requester_id not in (vote.person_id, vote.on_behalf_of_id)

    def nothing_is_carried_out_without_every_steps_agreement(self) -> None:
        for run in Run.objects.filter(state__in=["agreed", "executed"]):
            steps = Step.objects.filter(run=run, current=True)
            assert {step.state for step in steps} == {"agreed"}
            assert steps.filter(origin="chain").count() == run.chain_steps
            for step in steps:
                agreed = {
                    vote.seat_id
                    for vote in step.votes.all()
                    if vote.decision in ("approve", "agreed_before") and vote.digest == run.paper.digest
                }
                asked = set(step.seats.exclude(state="forwarded").values_list("pk", flat=True))
                assert agreed & asked
                assert step.mode == "any" or agreed >= asked

    def each_is_carried_out_once_and_only_when_executed(self) -> None:
        applied = [pk for pk, _payload in self.shelf.applied]
        assert len(applied) == len(set(applied))
        done = Run.objects.filter(state="executed", subject_type="toy")
        assert set(applied) == set(done.values_list("pk", flat=True))
        for pk, payload in self.shelf.applied:
            run = Run.objects.get(pk=pk)
            refused = run.refused_rows.filter(round=run.round).values_list("row", flat=True)
            assert payload == rules.without_rows(run.payload, set(refused))

    def who_decides_may_sign_in_and_holds_the_seat_himself_or_for_somebody_absent(self) -> None:
        """Looked at before anybody's posts change again."""
        fresh = list(
            Vote.objects.filter(pk__gt=self.seen).select_related("seat", "person", "run").order_by("pk")
        )
        for vote in fresh:
            self.seen = vote.pk
            voter = vote.on_behalf_of_id or vote.person_id
            assert vote.person_id != vote.on_behalf_of_id
            assert vote.seat.person_id in (None, voter)
            if vote.seat.position:
                held = Appointment.objects.filter(employee_id=voter, position=vote.seat.position)
                assert held.filter(during__contains=vote.at).exists()
            if vote.decision == Vote.Decision.AGREED_BEFORE:
                earlier = vote.names
                assert earlier is not None
                assert (earlier.person_id, earlier.digest) == (vote.person_id, vote.digest)
                continue
            assert vote.person.is_active
            if vote.on_behalf_of_id is not None:
                named = [(each.absent_id, each.person_id) for each in deputies_in_force(vote.at)]
                assert (vote.on_behalf_of_id, vote.person_id) in named

    def each_step_is_decided_once_and_in_its_turn(self) -> None:
        votes: dict[int, list[Vote]] = {}
        for vote in Vote.objects.order_by("pk"):
            votes.setdefault(vote.step_id, []).append(vote)
        steps: dict[int, list[Step]] = {}
        for step in Step.objects.filter(current=True).order_by("run_id", "place"):
            steps.setdefault(step.run_id, []).append(step)
            mine = votes.get(step.pk, [])
            assert len({vote.seat_id for vote in mine}) == len(mine)  # no seat twice
            said = [vote for vote in mine if vote.decision == "approve"]
            assert len({(vote.person_id, vote.on_behalf_of_id) for vote in said}) == len(said)
            assert step.mode == "all" or len(said) <= 1
            assert sum(vote.decision in ("reject", "return") for vote in mine) <= 1
        for each in steps.values():
            states = [step.state for step in each]
            if each[0].run_id and "active" in states:
                now = states.index("active")
                assert set(states[:now]) <= {"agreed"}
                assert set(states[now + 1 :]) <= {"waiting"}
            closed = [step.closed_at for step in each if step.state == "agreed" and step.closed_at]
            assert closed == sorted(closed)

    def the_trail_tells_every_act(self) -> None:
        told = Counter(
            Entry.objects.filter(subject_type="run", verb__in=[f"approvals.{verb}" for verb in DONE.values()])
            .values_list("subject_id", "verb", "actor_id")
        )  # fmt: skip
        done: Counter[tuple[str, str, int | None]] = Counter()
        for pk, decision, who in Vote.objects.values_list("run_id", "decision", "person_id"):
            if decision in DONE:
                done[str(pk), f"approvals.{DONE[decision]}", who] += 1
        for run in Run.objects.all():
            done[str(run.pk), "approvals.submit", run.requester_id] += 1
            if run.round > 1:
                done[str(run.pk), "approvals.resubmit", run.requester_id] += run.round - 1
            if run.executed_at:
                done[str(run.pk), "approvals.execute", run.executed_by_id] += 1
            if run.state == "voided":
                assert any(key[:2] == (str(run.pk), "approvals.void") for key in told)
        assert Counter({key: n for key, n in told.items() if key[1] != "approvals.void"}) == done

    def the_bytes_of_a_paper_never_change(self) -> None:
        now = {paper.pk: bytes(paper.payload) for paper in Paper.objects.all()}
        assert self.papers.items() <= now.items()
        self.papers = now

    def clocks_run_exactly_where_somebody_is_asked(self) -> None:
        for run in Run.objects.all():
            rules = set(
                Deadline.objects.filter(subject_type="run", subject_id=str(run.pk), state="open").values_list(
                    "rule", flat=True
                )
            )
            if run.state == "running":
                assert rules == {"approvals.step"}
                assert Step.objects.filter(run=run, state="active").count() == 1
                assert Seat.objects.filter(run=run, state="active").exists()
            elif run.state == "agreed":
                assert rules == {"approvals.execute"}
            elif run.check_state == "waiting":
                assert rules == {"approvals.check"}
            else:
                assert rules == set()
                assert not Seat.objects.filter(run=run, state="active").exists()


class _undone:
    """A transaction that is rolled back, whatever was done in it."""

    def __enter__(self) -> None:
        self.block = transaction.atomic()
        self.block.__enter__()

    def __exit__(self, *error: object) -> None:
        connection.set_rollback(True)
        self.block.__exit__(None, None, None)


@pytest.mark.django_db
def test_any_order_of_acts_keeps_the_rules() -> None:
    toy_book()
    everybody()
    person("han_meimei")
    run_state_machine_as_test(
        Office,
        settings=settings(
            max_examples=int(os.environ.get("ECDEPT_EXAMPLES", "16")),
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            phases=PHASES if "ECDEPT_EXAMPLES" in os.environ else PHASES[:-1],
        ),
    )
