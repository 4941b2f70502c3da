"""Many decided at once leave what each would have left alone, and none pays for another."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from office.approvals import api as approvals
from office.approvals import kinds
from office.approvals.models import Run, Vote
from office.approvals.services import deciding, writing
from office.approvals.services.context import OwnRequest
from office.approvals.services.writing import write_together
from office.audit.canonical import entry_data
from office.audit.models import Entry
from office.deadlines.models import Deadline
from office.errors import Forbidden, NotFound
from office.notices.models import Notice
from tests.approvals.cast import MINUTE, NOW, Shelf, ask, everybody, give, note, take, toy_book, toys
from tests.deadlines.test_concurrency import at_once
from tests.people import person

pytestmark = [pytest.mark.django_db]
LATER = NOW + 5 * MINUTE


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few runs are written as hundreds are."""
    monkeypatch.setattr(writing, "MANY", 2)


def agree_to(runs: Sequence[Run], who: str, now: dt.datetime = LATER, **more: Any) -> list[approvals.Result]:
    return approvals.decide_many(
        decisions=[approvals.Decision(run.pk, "approve", reason="fine", **more) for run in runs],
        by=person(who),
        now=now,
    )


def left_by(run: Run) -> dict[str, Any]:
    """Everything that decisions on a run left, without numbers of their own."""
    run = Run.objects.get(pk=run.pk)
    entries = Entry.objects.filter(subject_type="run", subject_id=str(run.pk)).order_by("id")
    about = {"subject_type": "run", "subject_id": str(run.pk)}
    return {
        "run": (run.state, run.revision, run.decided_at, run.execute_rule, run.execute_due_at, run.ended_at),
        "steps": list(
            run.steps.order_by("place").values_list("state", "current", "opened_at", "due_at", "closed_at")
        ),
        "seats": list(
            run.seats.order_by("id").values_list("position", "climbed_from", "stuck", "state", "due_at")
        ),
        "votes": list(
            run.votes.order_by("id").values_list(
                "seat__position", "person", "on_behalf_of", "acting_for", "decision", "comment", "digest",
                "names__decision", "at",
            )
        ),
        "clocks": list(
            Deadline.objects.filter(**about)
            .order_by("id")
            .values_list("rule", "state", "holder_id", "started_at", "due_at", "met_at", "plan_at", "plan_to")
        ),
        "trail": [
            (each.verb, each.at, each.actor_name, each.acting_for, each.clause, entry_data(each.canonical))
            for each in entries
        ],
        "told": sorted(
            json.dumps(row, default=str)
            for row in Notice.objects.filter(**about).values_list(
                "recipient", "kind", "source", "step", "clause", "params", "urgent"
            )
        ),
    }  # fmt: skip


def both_ways(kind: str, who: str, *before: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What three runs decided one by one have left, and three decided together."""
    alone = [ask(kind, subject=note(number)) for number in range(3)]
    many = [ask(kind, subject=note(number)) for number in range(10, 13)]
    for run in [*alone, *many]:
        for other in before:
            approvals.approve(run_id=run.pk, by=person(other), now=NOW + MINUTE)
    for run in alone:
        approvals.approve(run_id=run.pk, by=person(who), now=LATER, comment="fine")
    results = agree_to(many, who)
    assert [(result.run_id, result.ok) for result in results] == [(run.pk, True) for run in many]
    assert [result.run and result.run.state for result in results] == [
        Run.objects.get(pk=run.pk).state for run in many
    ]
    return [left_by(run) for run in alone], [left_by(run) for run in many]


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many acts each writing together wrote."""
    sizes: list[int] = []
    real = write_together

    def counted(*, acts: Any, **more: Any) -> None:
        sizes.append(len(acts))
        real(acts=acts, **more)

    monkeypatch.setattr(deciding, "write_together", counted)
    return sizes


@pytest.mark.parametrize(
    ("kind", "who", "before"),
    [
        ("toy.two", "wang_supervisor", ()),  # the next step opens
        ("toy.both", "chen_manager", ()),  # one of two seats; the step waits for the other
        ("toy.both", "chen_manager", ("qian_it",)),  # the second of two
        ("toy.done", "chen_manager", ()),  # the executor is asked, his time begins
    ],
)
def test_many_leave_what_each_leaves_alone(
    shelf: Shelf, together: list[int], kind: str, who: str, before: tuple[str, ...]
) -> None:
    alone, many = both_ways(kind, who, *before)
    assert together == [3]
    assert many == alone


def test_who_holds_both_posts_agrees_once_for_both_in_each(shelf: Shelf, together: list[int]) -> None:
    give("chen_manager", "it_manager")
    alone, many = both_ways("toy.both", "chen_manager")
    assert together == [3]
    assert [vote[4] for vote in many[0]["votes"]] == ["approve", "agreed_before"]
    assert many == alone


def test_who_agreed_to_the_first_step_is_not_asked_at_the_second(shelf: Shelf, together: list[int]) -> None:
    give("zhou_general", "it_manager")
    alone, many = both_ways("toy.both", "chen_manager", "zhou_general")
    # The general manager has agreed as head of IT: nobody is left, and the toy carries itself out, each alone.
    assert together == [0]
    assert [state for left in many for state in [left["run"][0]]] == ["executed"] * 3
    assert many == alone


def test_an_acting_holder_decides_many_under_the_post(shelf: Shelf, together: list[int]) -> None:
    give("han_meimei", "service_supervisor", acting=True, end=NOW + dt.timedelta(days=2))
    alone, many = both_ways("toy.two", "han_meimei")
    assert together == [3]
    assert many[0]["votes"][0][3] == "service_supervisor"
    assert many == alone


def test_a_deputy_decides_many_in_the_absent_persons_name(shelf: Shelf, together: list[int]) -> None:
    run = approvals.name_deputy(
        deputy_id=person("han_meimei").pk,
        starts_at=NOW + MINUTE,
        ends_at=NOW + dt.timedelta(days=1),
        reason="annual leave",
        by=person("chen_manager"),
        now=NOW,
    )
    approvals.approve(run_id=run.pk, by=person("zhou_general"), now=NOW)
    alone, many = both_ways("toy.done", "han_meimei")
    assert together == [3]
    assert many[0]["votes"][0][1:3] == (person("han_meimei").pk, person("chen_manager").pk)
    assert many == alone


def test_a_next_step_of_a_vacant_post_is_sent_up_each_alone(shelf: Shelf, together: list[int]) -> None:
    take("department_manager")
    alone, many = both_ways("toy.two", "wang_supervisor")
    assert together == [0]
    assert many == alone


def test_what_is_refused_stops_no_other(shelf: Shelf) -> None:
    give("chen_manager", "service_agent")
    mine = ask("toy.two", "chen_manager", subject=note("mine"))
    others = [ask("toy.two", subject=note(number)) for number in range(4)]
    approvals.approve(run_id=others[0].pk, by=person("wang_supervisor"), now=NOW)
    approvals.withdraw(run_id=others[1].pk, by=person("li_lei"), now=NOW, reason="x")
    stale, fine = others[2], others[3]
    for run in (stale, fine):
        approvals.approve(run_id=run.pk, by=person("wang_supervisor"), now=NOW)
    waiting = ask("toy.two", subject=note("waits for another"))
    results = approvals.decide_many(
        decisions=[
            approvals.Decision(mine.pk, "approve"),
            approvals.Decision(others[1].pk, "approve"),
            approvals.Decision(stale.pk, "approve", revision=1),
            approvals.Decision(waiting.pk, "approve"),
            approvals.Decision(10**9, "approve"),
            approvals.Decision(fine.pk, "approve", revision=Run.objects.get(pk=fine.pk).revision),
            approvals.Decision(others[0].pk, "reject", reason="no"),
        ],
        by=person("chen_manager"),
        now=LATER,
    )
    assert [type(result.refused) for result in results] == [
        OwnRequest, approvals.MovedOn, approvals.MovedOn, Forbidden, NotFound, type(None), type(None),
    ]  # fmt: skip
    moved = results[2].refused
    assert moved is not None
    assert moved.params["since"]
    assert Run.objects.get(pk=fine.pk).state == "executed"
    assert Run.objects.get(pk=others[0].pk).state == "rejected"
    assert Vote.objects.filter(person=person("chen_manager")).count() == 2


def test_a_subject_that_changed_voids_its_own_run_only(shelf: Shelf) -> None:
    runs = [ask("toy.two", subject=note(number)) for number in range(3)]
    shelf.prices["1"] = "8.00"
    results = agree_to(runs, "wang_supervisor")
    assert [type(result.refused) for result in results] == [type(None), approvals.SubjectChanged, type(None)]
    assert [Run.objects.get(pk=run.pk).state for run in runs] == ["running", "voided", "running"]


def test_one_that_cannot_be_carried_out_is_refused_alone(shelf: Shelf) -> None:
    runs = [ask(subject=note(number)) for number in range(2)]
    others = [ask("toy.done", subject=note(number)) for number in range(2)]
    shelf.fails = True
    results = agree_to([*runs, *others], "chen_manager")
    assert [result.ok for result in results] == [False, False, True, True]
    assert [Run.objects.get(pk=run.pk).state for run in [*runs, *others]] == [
        "running", "running", "agreed", "agreed",
    ]  # fmt: skip


def test_what_the_database_refuses_is_decided_one_by_one(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when somebody's post ends between the reading and the writing of many."""
    runs = [ask("toy.two", subject=note(number)) for number in range(3)]
    real = deciding._vote

    def other_paper(act: Any, mine: Any, decision: str, comment: str) -> Vote:
        act.run.paper.digest = "0" * 64 if act.view and act.run.pk == runs[1].pk else act.run.paper.digest
        return real(act, mine, decision, comment)

    monkeypatch.setattr(deciding, "_vote", other_paper)
    results = agree_to(runs, "wang_supervisor")
    assert [result.ok for result in results] == [True, True, True]
    assert Vote.objects.filter(digest="0" * 64).count() == 0
    assert [left_by(run)["run"][0] for run in runs] == ["running"] * 3
    assert Vote.objects.count() == 3


def test_the_kind_is_asked_for_all_subjects_at_once_where_it_can(shelf: Shelf) -> None:
    asked: list[Any] = []

    def fields_of_many(ids: Any) -> dict[str, Any]:
        asked.append(sorted(ids))
        return {each: shelf.fields(each) for each in ids if each != "2"}

    kind = kinds.kind_of("toy.two")
    kinds.register_kind(replace(kind, fields_of_many=fields_of_many))
    runs = [ask("toy.two", subject=note(number)) for number in range(3)]
    assert all(result.ok for result in agree_to(runs, "wang_supervisor"))
    assert asked == [["0", "1", "2"]]


def test_the_number_of_statements_does_not_grow_with_the_number_decided(shelf: Shelf) -> None:
    counts = []
    for first, size in ((0, 4), (100, 12)):
        runs = [ask("toy.two", subject=note(first + number)) for number in range(size)]
        with CaptureQueriesContext(connection) as found:
            assert all(result.ok for result in agree_to(runs, "wang_supervisor"))
        counts.append(len(found))
    # Give or take the book in force, which a process asks for again after a second.
    assert abs(counts[0] - counts[1]) <= 2
    assert max(counts) <= 32


def test_the_trail_verifies_what_was_decided_together(
    shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    agree_to([ask("toy.two", subject=note(number)) for number in range(3)], "wang_supervisor")
    call_command("verify_ledger")
    assert capsys.readouterr().out.startswith("ok")


@pytest.mark.django_db(transaction=True)
def test_two_who_decide_the_same_many_at_once_decide_each_once() -> None:
    toy_book()
    everybody()
    give("qian_it", "service_supervisor")
    with toys():
        runs = [ask("toy.two", subject=note(number)) for number in range(8)]
        results: dict[str, list[approvals.Result]] = {}

        def decide(who: str, order: int) -> None:
            results[who] = agree_to(runs[::order], who)

        assert at_once(partial(decide, "wang_supervisor", 1), partial(decide, "qian_it", -1)) == []
    done = [result.run_id for each in results.values() for result in each if result.ok]
    assert sorted(done) == [run.pk for run in runs]
    assert {type(result.refused) for each in results.values() for result in each if not result.ok} <= {
        approvals.MovedOn,
        Forbidden,
    }
    assert Vote.objects.count() == 8


def test_a_broken_connection_is_not_taken_for_a_refusal(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [ask("toy.two", subject=note(number)) for number in range(2)]

    def breaks(**given: Any) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(deciding, "write_together", breaks)
    monkeypatch.setattr(deciding, "_one", breaks_too)
    with pytest.raises(DatabaseError):
        agree_to(runs, "wang_supervisor")


def breaks_too(*args: Any) -> Run:
    raise DatabaseError("still gone")


def test_a_row_named_before_it_had_an_id_is_named(shelf: Shelf) -> None:
    """Who agreed at the first step is not asked again at the second: that vote names one of the same batch."""
    runs = [ask(subject=note(f"n{n}")) for n in range(3)]
    votes = [
        Vote(
            run=run, step=seat.step, seat=seat, round=run.round, person=person("chen_manager"),
            decision=Vote.Decision.APPROVE, digest=run.paper.digest, at=NOW,
        )
        for run in runs
        for seat in run.seats.filter(state="active").select_related("step")
    ]  # fmt: skip
    later = Vote(names=votes[0])
    writing.Insert(votes).write([writing.Insert(votes)], NOW)
    assert [Vote.objects.get(pk=vote.pk).run for vote in votes] == runs
    field = Vote._meta.get_field("names")
    assert writing._value(later, field) == votes[0].pk == later.names_id
    assert writing._value(Vote(names=None), field) is None
