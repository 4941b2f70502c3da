"""Nothing is carried out that was not agreed to: no edited payload, no changed subject, not twice, by nobody else."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError, connection, transaction

from office.approvals import api as approvals
from office.approvals.models import Check, Paper, Run, Step
from office.audit.lawful import LawRefused
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Refused
from tests.approvals.cast import MINUTE, NOW, Shelf, ask, give, note
from tests.approvals.test_own_request import refused_by_the_database
from tests.people import person

pytestmark = pytest.mark.django_db


def agreed_run() -> Run:
    run = ask("toy.done")
    return approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW)


@pytest.mark.clause("C11.1")
def test_what_is_agreed_is_byte_for_byte_what_is_applied(shelf: Shelf) -> None:
    run = ask(payload={"price": "12.50", "note": "涨价 <b>&", "tags": ["a", 1, True, None]})
    stored = bytes(Paper.objects.get(run=run).payload)
    approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW)
    assert shelf.applied == [(run.pk, {"price": "12.50", "note": "涨价 <b>&", "tags": ["a", 1, True, None]})]
    assert bytes(Paper.objects.get(run=run).payload) == stored
    assert stored == '{"note":"涨价 <b>&","price":"12.50","tags":["a",1,true,null]}'.encode()


def test_a_paper_is_law(shelf: Shelf) -> None:
    run = ask()
    paper = Paper.objects.get(run=run)
    paper.payload = b"{}"
    with pytest.raises(LawRefused):
        paper.save()
    sql = "UPDATE approvals_paper SET payload = '{}' WHERE run_id = %s"
    with pytest.raises(ProgrammingError, match="denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, [run.pk])


def test_the_database_refuses_a_second_paper_while_the_run_is_running(shelf: Shelf) -> None:
    run = ask()
    sql = """INSERT INTO approvals_paper (run_id, round, payload, digest, fields, changes, at)
             VALUES (%s, 2, '{}'::bytea, encode(sha256('{}'::bytea), 'hex'), '{}', '{}', %s)"""
    assert refused_by_the_database(sql, [run.pk, NOW]) == "paper_round"


def test_the_database_refuses_a_paper_whose_digest_is_another(shelf: Shelf) -> None:
    run = ask()
    sql = """INSERT INTO approvals_paper (run_id, round, payload, digest, fields, changes, at)
             VALUES (%s, 2, '{}'::bytea, 'abc', '{}', '{}', %s)"""
    assert refused_by_the_database(sql, [run.pk, NOW]) == "paper_digest"


@pytest.mark.parametrize("state", ["agreed", "executed"])
def test_the_database_refuses_a_run_that_says_agreed_before_every_step_is(shelf: Shelf, state: str) -> None:
    run = ask()
    sql = "UPDATE approvals_run SET state = %s, revision = revision + 1, ended_at = %s, executed_at = %s WHERE id = %s"
    law = refused_by_the_database(sql, [state, NOW, NOW, run.pk])
    assert law in ("run_agreed", "run_move")


def test_the_database_refuses_a_step_that_says_agreed_without_a_vote(shelf: Shelf) -> None:
    run = ask()
    law = refused_by_the_database("UPDATE approvals_step SET state = 'agreed' WHERE run_id = %s", [run.pk])
    assert law == "step_agreed"


def test_the_database_refuses_a_later_step_before_the_earlier_has_agreed(shelf: Shelf) -> None:
    run = ask("toy.two")
    later = Step.objects.filter(run=run).order_by("-place")[0]
    Step.objects.filter(run=run, state="active").update(state="cancelled")
    sql = "UPDATE approvals_step SET state = 'active' WHERE id = %s"
    assert refused_by_the_database(sql, [later.pk]) == "step_order"


def test_a_subject_that_was_edited_voids_the_run_and_says_which_field(shelf: Shelf) -> None:
    run = ask("toy.two")
    shelf.prices["1"] = "9.00"
    (void,) = approvals.subject_changed(subject=note(), by=person("zheng_designer"), now=NOW)
    assert (void.pk, void.state, void.changed_fields) == (run.pk, "voided", ["price"])
    with pytest.raises(approvals.MovedOn) as caught:
        approvals.approve(run_id=run.pk, by=person("wang_supervisor"), now=NOW)
    assert caught.value.status == 409
    assert caught.value.params["state"] == "voided"
    assert not deadlines.running(run.as_subject, "approvals.step")


def test_an_edit_that_no_verb_told_is_seen_at_the_decision(shelf: Shelf) -> None:
    run = ask()
    shelf.prices["1"] = "9.00"
    with pytest.raises(approvals.SubjectChanged) as caught:
        approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW)
    assert caught.value.params["fields"] == ["price"]
    assert Run.objects.get(pk=run.pk).state == "voided"
    assert shelf.applied == []


def test_an_edit_between_agreement_and_execution_is_seen(shelf: Shelf) -> None:
    run = agreed_run()
    shelf.prices["1"] = "9.00"
    with pytest.raises(approvals.SubjectChanged):
        approvals.execute(run_id=run.pk, by=person("zhao_operations"), now=NOW)
    assert Run.objects.get(pk=run.pk).state == "voided"
    assert shelf.applied == []


def test_an_edit_of_something_else_voids_nothing(shelf: Shelf) -> None:
    run = ask()
    assert approvals.subject_changed(subject=note(), by=None, now=NOW) == []
    assert Run.objects.get(pk=run.pk).state == "running"


def test_only_the_named_executor_carries_it_out_and_once(shelf: Shelf) -> None:
    run = agreed_run()
    assert (run.state, shelf.applied) == ("agreed", [])
    for who in ("li_lei", "chen_manager", "zhou_general", "han_meimei"):
        with pytest.raises(Forbidden):
            approvals.execute(run_id=run.pk, by=person(who), now=NOW)
    with pytest.raises(Forbidden):
        approvals.execute(run_id=run.pk, by=None, now=NOW)
    done = approvals.execute(run_id=run.pk, by=person("zhao_operations"), now=NOW, evidence="shot.png")
    assert (done.state, done.executed_by, len(shelf.applied)) == ("executed", person("zhao_operations"), 1)
    with pytest.raises(approvals.MovedOn):
        approvals.execute(run_id=run.pk, by=person("zhao_operations"), now=NOW)
    assert len(shelf.applied) == 1


def test_the_database_refuses_an_executor_who_does_not_hold_the_post(shelf: Shelf) -> None:
    run = agreed_run()
    sql = """UPDATE approvals_run SET state = 'executed', revision = revision + 1, executed_at = %s, ended_at = %s,
             executed_by_id = %s WHERE id = %s"""
    assert refused_by_the_database(sql, [NOW, NOW, person("li_lei").pk, run.pk]) == "run_executor"


def test_the_database_refuses_to_carry_out_twice(shelf: Shelf) -> None:
    run = agreed_run()
    approvals.execute(run_id=run.pk, by=person("zhao_operations"), now=NOW)
    again = "UPDATE approvals_run SET executed_at = %s WHERE id = %s"
    assert refused_by_the_database(again, [NOW + MINUTE, run.pk]) == "run_once"
    back = "UPDATE approvals_run SET state = 'agreed', executed_at = NULL, ended_at = NULL WHERE id = %s"
    assert refused_by_the_database(back, [run.pk]) == "run_move"
    assert refused_by_the_database("DELETE FROM approvals_run WHERE id = %s", [run.pk]) == "run_stays"


def test_the_time_to_carry_out_is_a_deadline_of_the_chain(shelf: Shelf) -> None:
    run = agreed_run()
    clock = deadlines.running(run.as_subject, "approvals.execute")
    assert clock is not None
    assert (clock.due_at - NOW, run.execute_due_at) == (120 * MINUTE, clock.due_at)
    assert clock.holder_id == person("zhao_operations").pk
    approvals.execute(run_id=run.pk, by=person("zhao_operations"), now=NOW + MINUTE)
    clock.refresh_from_db()
    assert (clock.state, clock.met_at) == ("met", NOW + MINUTE)


def test_what_the_kind_refuses_undoes_the_agreement(shelf: Shelf) -> None:
    shelf.fails = True
    run = ask()
    with pytest.raises(Refused, match="full"):
        approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW)
    assert Run.objects.get(pk=run.pk).state == "running"
    assert not run.votes.exists()


def test_a_third_person_checks_neither_requester_nor_executor(shelf: Shelf) -> None:
    run = agreed_run()
    approvals.execute(run_id=run.pk, by=person("zhao_operations"), now=NOW)
    for who in ("li_lei", "zhao_operations", "chen_manager"):
        with pytest.raises(Forbidden):
            approvals.check_execution(run_id=run.pk, ok=True, by=person(who), now=NOW)
    give("li_lei", "it_manager")
    sql = "INSERT INTO approvals_check (run_id, person_id, ok, comment, at) VALUES (%s, %s, true, '', %s)"
    for who in ("li_lei", "zhao_operations", "chen_manager"):
        assert refused_by_the_database(sql, [run.pk, person(who).pk, NOW]) == "check_by_third"
    with pytest.raises(Conflict):
        approvals.check_execution(run_id=run.pk, ok=False, by=person("qian_it"), now=NOW)
    approvals.check_execution(run_id=run.pk, ok=False, by=person("qian_it"), now=NOW, comment="wrong shop")
    assert Run.objects.get(pk=run.pk).check_state == "failed"
    assert Check.objects.get(run=run).comment == "wrong shop"
    assert not deadlines.running(run.as_subject, "approvals.check")


def test_rows_are_decided_singly_and_only_the_rest_is_carried_out(shelf: Shelf) -> None:
    rows = [{"price": "1.00"}, {"price": "2.00"}, {"price": "3.00"}]
    run = ask("toy.two", payload={"rows": rows})
    approvals.approve(run_id=run.pk, by=person("wang_supervisor"), now=NOW, refuse_rows=[1])
    with pytest.raises(Refused):
        approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW, refuse_rows=[0, 2])
    with pytest.raises(Refused):
        approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW, refuse_rows=[3])
    approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW, refuse_rows=[2])
    assert shelf.applied == [(run.pk, {"rows": [{"price": "1.00"}]})]


def test_whoever_is_asked_anew_is_asked_about_every_row(shelf: Shelf) -> None:
    """Back to an earlier step: what was refused there is refused no longer, unless somebody refuses it again."""
    rows = [{"price": "1.00"}, {"price": "2.00"}, {"price": "3.00"}]
    supervisor, manager = person("wang_supervisor"), person("chen_manager")

    def back(number: int) -> Run:
        run = ask("toy.two", payload={"rows": rows}, subject=note(number))
        approvals.approve(run_id=run.pk, by=supervisor, now=NOW, refuse_rows=[1])
        approvals.return_to(run_id=run.pk, by=manager, now=NOW, reason="look at 2 again", step=0)
        return run

    run = back(1)
    approvals.approve(run_id=run.pk, by=supervisor, now=NOW, refuse_rows=[0])
    approvals.approve(run_id=run.pk, by=manager, now=NOW)
    again = back(2)
    approvals.approve(run_id=again.pk, by=supervisor, now=NOW, refuse_rows=[1])
    approvals.approve(run_id=again.pk, by=manager, now=NOW)
    assert shelf.applied == [(run.pk, {"rows": rows[1:]}), (again.pk, {"rows": [rows[0], rows[2]]})]


def test_what_json_cannot_keep_exactly_is_refused(shelf: Shelf) -> None:
    for value in (1.5, float("nan"), b"x", "\x00", {1: 2}, NOW.replace(tzinfo=None)):
        with pytest.raises(Refused) as caught:
            ask(payload={"price": "1", "odd": value})
        assert caught.value.code == "payload"


def test_evidence_and_the_chain_before_are_asked_for(shelf: Shelf) -> None:
    with pytest.raises(Refused) as caught:
        ask("toy.after")
    assert caught.value.code == "evidence"
    good = {"price": "1.00", "evidence": {"competitor_prices": ["shop A 0.90"]}}
    with pytest.raises(Refused) as caught:
        ask("toy.after", payload=good)
    assert caught.value.code == "chain_before"
    first = ask()
    approvals.approve(run_id=first.pk, by=person("chen_manager"), now=NOW)
    assert ask("toy.after", payload=good).follows_id == first.pk


def test_who_may_not_propose_is_refused(shelf: Shelf) -> None:
    with pytest.raises(Forbidden) as caught:
        ask("toy.done", who="zheng_designer")
    assert caught.value.code == "not_a_proposer"
