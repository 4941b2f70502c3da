"""Which chain a request takes, who sits on its steps, and what moves it from one to the next."""

from __future__ import annotations

import datetime as dt

import pytest

from office.approvals import api as approvals
from office.approvals import rules
from office.approvals.models import Draft, Run, Seat, Step, Vote
from office.approvals.selectors import detail, runs
from office.audit.models import Entry
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.notices.models import Notice
from office.rulebook import api as rulebook
from tests.approvals.cast import MINUTE, NOW, Shelf, ask, give, note
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shelf")]


def agree(run: Run, who: str, now: dt.datetime = NOW, **more: object) -> Run:
    return approvals.approve(run_id=run.pk, by=person(who), now=now, **more)  # type: ignore[arg-type]


def told(who: str) -> list[str]:
    found = Notice.objects.filter(recipient=person(who), source__startswith="run.").order_by("id")
    return [notice.kind.partition(":")[0].removeprefix("approvals.") for notice in found]


@pytest.mark.clause("C4.3")
def test_flags_choose_the_chain_and_the_longest_wins() -> None:
    assert ask().chain == "toy.price"
    approvals.withdraw(run_id=Run.objects.get().pk, by=person("li_lei"), now=NOW, reason="x")
    assert ask(flags=["other"]).chain == "toy.price"
    book = rulebook.book(NOW)
    chosen = [rules.chain_for(book, "toy.price", flags) for flags in (["confidential"], ["deep"], [])]
    assert [chain.key if chain else "" for chain in chosen] == [
        "toy.deep_secret",
        "toy.deep_secret",
        "toy.price",
    ]
    assert rules.chain_for(book, "toy.unknown", []) is None


@pytest.mark.clause("C12")
def test_steps_are_decided_in_order_each_with_its_clock(shelf: Shelf) -> None:
    run = ask("toy.two")
    clock = deadlines.running(run.as_subject, "approvals.step")
    assert clock is not None
    assert clock.due_at == dt.datetime(2026, 11, 24, 16, 0, tzinfo=dt.UTC)
    assert Seat.objects.get(run=run).due_at == clock.due_at
    with pytest.raises(Forbidden):
        agree(run, "chen_manager")
    agree(run, "wang_supervisor", NOW + MINUTE)
    clock.refresh_from_db()
    assert (clock.state, clock.met_at) == ("met", NOW + MINUTE)
    assert deadlines.running(run.as_subject, "approvals.step") is not None
    assert shelf.applied == []
    assert agree(run, "chen_manager", NOW + 2 * MINUTE).state == "executed"
    assert told("wang_supervisor") == ["asked"]
    assert told("chen_manager") == ["asked"]
    assert told("li_lei") == ["executed"]


@pytest.mark.clause("C12")
def test_a_chain_with_its_own_limit_for_a_step_is_held_to_that_one() -> None:
    run = ask("toy.quick")
    limit = dt.timedelta(hours=3)
    assert deadlines.running(run.as_subject, "approvals.step") is None
    first = deadlines.running(run.as_subject, "toy.quick_step")
    assert first is not None
    assert (first.due_at, Seat.objects.get(run=run).due_at) == (NOW + limit, NOW + limit)
    agree(run, "wang_supervisor", NOW + MINUTE)
    first.refresh_from_db()
    assert first.state == "met"
    second = deadlines.running(run.as_subject, "toy.quick_step")
    assert second is not None
    assert second.due_at == NOW + MINUTE + limit
    for after, late in ((-MINUTE, []), (MINUTE, ["deadline.breached:toy.quick_step"])):
        deadlines.settle_due(second.due_at + after)
        found = Notice.objects.filter(recipient=person("chen_manager"), source="deadline")
        assert list(found.values_list("kind", flat=True)) == late
    agree(run, "chen_manager", NOW + 2 * limit)
    second.refresh_from_db()
    assert (second.state, second.met_at) == ("met", NOW + 2 * limit)
    assert not deadlines.running(run.as_subject, "toy.quick_step")


def test_a_step_that_is_late_goes_up_to_the_superior() -> None:
    run = ask("toy.two")
    give("han_meimei", "supervisor")
    due = Step.objects.get(run=run, state="active").due_at
    assert due is not None
    deadlines.settle_due(due + 3 * 60 * MINUTE)
    kinds = {
        who: [n.kind for n in Notice.objects.filter(recipient=person(who), source="deadline").order_by("id")]
        for who in ("wang_supervisor", "chen_manager")
    }
    assert kinds["wang_supervisor"] == ["deadline.warned:approvals.step", "deadline.breached:approvals.step"]
    assert kinds["chen_manager"] == ["deadline.escalated:approvals.step"]


def test_all_of_waits_for_everybody_in_any_order() -> None:
    run = ask("toy.both")
    agree(run, "qian_it")
    assert Step.objects.filter(run=run, state="active").count() == 1
    with pytest.raises(Forbidden):
        agree(run, "zhou_general")
    agree(run, "chen_manager")
    assert agree(run, "zhou_general").state == "executed"


def test_one_of_is_settled_by_the_first() -> None:
    run = ask("toy.either")
    assert agree(run, "wang_supervisor").state == "executed"
    assert sorted(run.seats.values_list("state", flat=True)) == ["closed", "decided"]


@pytest.mark.clause("J0")
def test_who_agreed_earlier_is_not_asked_twice_and_it_is_recorded() -> None:
    give("chen_manager", "service_supervisor")
    take_wang = person("wang_supervisor")
    take_wang.appointments.all().delete()
    run = agree(ask("toy.two"), "chen_manager")
    assert run.state == "executed"
    first, second = Vote.objects.filter(run=run).order_by("id")
    assert (first.decision, second.decision, second.names_id) == ("approve", "agreed_before", first.pk)
    assert second.person_id == person("chen_manager").pk


@pytest.mark.clause("J0")
def test_who_holds_both_posts_of_one_step_agrees_once_for_both() -> None:
    give("chen_manager", "it_manager")
    run = agree(ask("toy.both"), "chen_manager")
    assert run.state == "running"
    assert sorted(run.votes.values_list("decision", flat=True)) == ["agreed_before", "approve"]


@pytest.mark.clause("J2")
def test_an_acting_holder_decides_and_the_vote_names_the_post() -> None:
    give("han_meimei", "department_manager", acting=True, end=NOW + dt.timedelta(days=2))
    run = agree(ask(), "han_meimei")
    assert run.votes.get().acting_for == "department_manager"
    entry = Entry.objects.get(verb="approvals.approve", subject_id=str(run.pk))
    assert entry.acting_for == "department_manager"


def test_a_return_pauses_the_clocks_and_asking_again_asks_everybody_anew(shelf: Shelf) -> None:
    run = ask("toy.two")
    agree(run, "wang_supervisor")
    back = approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOW + MINUTE, reason="too dear")
    assert (back.state, back.paused_at) == ("returned", NOW + MINUTE)
    assert not [clock for clock in deadlines.of(run.as_subject) if clock.state == "open"]
    assert told("li_lei") == ["returned"]
    with pytest.raises(approvals.MovedOn):
        agree(run, "chen_manager")
    with pytest.raises(Forbidden):
        approvals.resubmit(run_id=run.pk, payload={"price": "1.00"}, by=person("han_meimei"), now=NOW)
    again = approvals.resubmit(
        run_id=run.pk, payload={"price": "11.00"}, by=person("li_lei"), now=NOW + 60 * MINUTE
    )
    assert (again.state, again.round, again.paused_at) == ("running", 2, None)
    assert [bytes(p.payload) for p in run.papers.order_by("round")] == [
        b'{"price":"12.50"}',
        b'{"price":"11.00"}',
    ]
    agree(run, "wang_supervisor", NOW + 61 * MINUTE)
    agree(run, "chen_manager", NOW + 62 * MINUTE)
    assert shelf.applied == [(run.pk, {"price": "11.00"})]


def test_a_return_to_an_earlier_step_asks_from_there_on(shelf: Shelf) -> None:
    run = ask(flags=["deep"])
    agree(run, "chen_manager")
    agree(run, "qian_it")
    with pytest.raises(Invalid):
        approvals.return_to(run_id=run.pk, by=person("zhou_general"), now=NOW, reason="x", step=2)
    approvals.return_to(run_id=run.pk, by=person("zhou_general"), now=NOW, reason="look again", step=0)
    lines = detail.stepper(Run.objects.get(pk=run.pk))
    assert [line.step.state for line in lines] == ["active", "waiting", "waiting"]
    assert len(detail.stepper(run, history=True)) == 6
    for who in ("chen_manager", "qian_it", "zhou_general"):
        agree(run, who)
    assert len(shelf.applied) == 1


def test_who_agreed_at_a_step_that_is_asked_anew_may_be_brought_in_before_it() -> None:
    run = ask(flags=["deep"])
    agree(run, "chen_manager")
    with pytest.raises(Conflict) as refused:
        approvals.add_signer(
            run_id=run.pk, person_id=person("chen_manager").pk, by=person("qian_it"), now=NOW
        )
    assert refused.value.code == "agreed_already"
    agree(run, "qian_it")
    approvals.return_to(run_id=run.pk, by=person("zhou_general"), now=NOW, reason="look again", step=0)
    approvals.add_signer(run_id=run.pk, person_id=person("qian_it").pk, by=person("chen_manager"), now=NOW)
    assert Step.objects.get(run=run, origin="added").person == person("qian_it")


def test_a_rejection_ends_it_with_its_reason(shelf: Shelf) -> None:
    run = ask("toy.two")
    with pytest.raises(Invalid):
        approvals.reject(run_id=run.pk, by=person("wang_supervisor"), now=NOW, reason="  ")
    done = approvals.reject(run_id=run.pk, by=person("wang_supervisor"), now=NOW, reason="too dear")
    assert (done.state, done.decided_at, shelf.applied) == ("rejected", NOW, [])
    assert Vote.objects.get(run=run).comment == "too dear"
    assert ask("toy.two").pk != run.pk


def test_who_agreed_before_hears_of_a_rejection() -> None:
    run = ask("toy.two")
    agree(run, "wang_supervisor")
    approvals.reject(run_id=run.pk, by=person("chen_manager"), now=NOW + MINUTE, reason="too dear")
    assert told("wang_supervisor") == ["asked", "rejected"]
    assert told("li_lei")[-1] == "rejected"


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_signer_is_added_before_or_after(shelf: Shelf, where: str) -> None:
    run = ask()
    approvals.add_signer(
        run_id=run.pk,
        person_id=person("han_meimei").pk,
        by=person("chen_manager"),
        now=NOW,
        where=where,  # type: ignore[arg-type]
    )
    order = ["han_meimei", "chen_manager"] if where == "before" else ["chen_manager", "han_meimei"]
    with pytest.raises((Forbidden, approvals.MovedOn)):
        agree(run, order[1])
    agree(run, order[0])
    assert shelf.applied == []
    assert agree(run, order[1]).state == "executed"


def test_neither_requester_nor_oneself_nor_who_agreed_is_added(shelf: Shelf) -> None:
    run = ask("toy.two")
    agree(run, "wang_supervisor")
    chen = person("chen_manager")
    for who, error in (
        ("li_lei", approvals.OwnRequest),
        ("chen_manager", Conflict),
        ("wang_supervisor", Conflict),
    ):
        pk = person(who).pk
        with pytest.raises(error):
            approvals.add_signer(run_id=run.pk, person_id=pk, by=chen, now=NOW)
        with pytest.raises(error):
            approvals.forward(run_id=run.pk, person_id=pk, by=chen, now=NOW, reason="x")
    with pytest.raises(Forbidden):
        approvals.add_signer(run_id=run.pk, person_id=chen.pk, by=person("han_meimei"), now=NOW)


def test_a_forwarded_seat_is_the_others_and_its_clock_goes_on(shelf: Shelf) -> None:
    run = ask("toy.both")
    approvals.forward(
        run_id=run.pk,
        person_id=person("zhao_operations").pk,
        by=person("qian_it"),
        now=NOW,
        reason="knows it",
    )
    with pytest.raises(Forbidden):
        agree(run, "qian_it")
    assert deadlines.running(run.as_subject, "approvals.step").holder_id == person("zhao_operations").pk  # type: ignore[union-attr]
    agree(run, "chen_manager")
    agree(run, "zhao_operations")
    assert agree(run, "zhou_general").state == "executed"


def test_the_requester_reminds_at_most_once_an_hour() -> None:
    run = ask()
    assert approvals.remind(run_id=run.pk, by=person("li_lei"), now=NOW) == 1
    with pytest.raises(Conflict):
        approvals.remind(run_id=run.pk, by=person("li_lei"), now=NOW + 60 * MINUTE - dt.timedelta(seconds=1))
    with pytest.raises(Forbidden):
        approvals.remind(run_id=run.pk, by=person("wu_clerk"), now=NOW + 60 * MINUTE)
    approvals.remind(run_id=run.pk, by=person("li_lei"), now=NOW + 60 * MINUTE)
    assert told("chen_manager") == ["asked", "reminded", "reminded"]


def test_copies_and_comments_are_for_those_who_take_part() -> None:
    run = ask(copy_to=[person("wu_clerk").pk])
    assert told("wu_clerk") == ["copied"]
    assert runs.access_run(run_id=run.pk, person=person("wu_clerk"), now=NOW) == run
    with pytest.raises(NotFound):
        runs.access_run(run_id=run.pk, person=person("zheng_designer"), now=NOW)
    with pytest.raises(Forbidden):
        approvals.comment(run_id=run.pk, by=person("zheng_designer"), now=NOW, text="me too")
    approvals.comment(run_id=run.pk, by=person("wu_clerk"), now=NOW, text="fine by me")
    assert told("li_lei") == ["commented"]
    assert (
        approvals.copy_to(run_id=run.pk, person_ids=[person("wu_clerk").pk], by=person("li_lei"), now=NOW)
        == []
    )


def test_a_draft_saves_itself_and_goes_when_it_is_handed_in() -> None:
    for price in ("1.00", "2.00"):
        approvals.save_draft(
            kind="toy.price", subject=note(), payload={"price": price}, by=person("li_lei"), now=NOW
        )
    assert Draft.objects.get().payload == {"price": "2.00"}
    ask()
    assert not Draft.objects.exists()


def test_many_are_decided_each_on_its_own(shelf: Shelf) -> None:
    made = [ask(subject=note(number)) for number in range(4)]
    shelf.prices["2"] = "8.00"
    approvals.withdraw(run_id=made[3].pk, by=person("li_lei"), now=NOW, reason="x")
    results = approvals.decide_many(
        decisions=[
            approvals.Decision(made[0].pk, "approve"),
            approvals.Decision(made[1].pk, "reject", reason="no"),
            approvals.Decision(made[2].pk, "approve"),
            approvals.Decision(made[3].pk, "approve"),
        ],
        by=person("chen_manager"),
        now=NOW,
    )
    assert [result.ok for result in results] == [True, True, False, False]
    assert [Run.objects.get(pk=run.pk).state for run in made] == [
        "executed",
        "rejected",
        "voided",
        "withdrawn",
    ]
    assert [pk for pk, _payload in shelf.applied] == [made[0].pk]
