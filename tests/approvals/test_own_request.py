"""Nobody decides on his own request: directly, as acting, as deputy, by forwarding, as superuser, by raw SQL."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from office.approvals import api as approvals
from office.approvals.models import Deputy, Run, Seat, Vote
from office.errors import Conflict, Forbidden, Refused
from tests.approvals.cast import NOW, Shelf, ask, give, take
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shelf")]


def refused_by_the_database(sql: str, values: list[Any]) -> str:
    """The name of the law that refuses the statement."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
    return str(caught.value.__cause__.diag.constraint_name)  # type: ignore[union-attr]


VOTE = """INSERT INTO approvals_vote (run_id, step_id, seat_id, round, person_id, on_behalf_of_id, acting_for, decision,
          comment, digest, at) VALUES (%s, %s, %s, 1, %s, %s, '', %s, '', %s, %s)"""


def raw_vote(run: Run, person_id: int, *, behalf: int | None = None, decision: str = "approve") -> str:
    seat = Seat.objects.filter(run=run).order_by("id").last()
    assert seat
    return refused_by_the_database(
        VOTE, [run.pk, seat.step_id, seat.pk, person_id, behalf, decision, run.paper.digest, NOW]
    )


def test_the_step_of_a_sole_manager_who_asks_goes_to_his_superior() -> None:
    take("vice_president")
    run = ask(who="chen_manager")
    seat = Seat.objects.get(run=run)
    assert (seat.position, seat.climbed_from, seat.stuck) == ("general_manager", "department_manager", False)
    with pytest.raises(approvals.OwnRequest):
        approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW)
    assert approvals.approve(run_id=run.pk, by=person("zhou_general"), now=NOW).state == "executed"


def test_another_holder_of_the_post_decides_before_it_climbs() -> None:
    give("qian_it", "department_manager")
    run = ask(who="chen_manager")
    assert Seat.objects.get(run=run).position == "department_manager"
    with pytest.raises(approvals.OwnRequest):
        approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW)
    assert approvals.approve(run_id=run.pk, by=person("qian_it"), now=NOW).state == "executed"


def test_with_nobody_above_the_request_is_refused_with_the_reason() -> None:
    with pytest.raises(Refused) as caught:
        ask("toy.superior", who="zhou_general")
    assert caught.value.code == "no_superior"
    assert caught.value.params["position"] == "general_manager"
    assert not Run.objects.exists()


def test_a_superuser_has_no_door_of_his_own() -> None:
    boss = person("li_lei")
    boss.is_superuser = boss.is_staff = True
    run = ask(who="li_lei")
    with pytest.raises(approvals.OwnRequest):
        approvals.approve(run_id=run.pk, by=boss, now=NOW)
    other = person("sun_admin")
    other.is_superuser = True
    with pytest.raises(Forbidden):
        approvals.approve(run_id=run.pk, by=other, now=NOW)
    assert not Vote.objects.exists()


def test_acting_for_the_post_gives_no_say_on_ones_own_request() -> None:
    give("li_lei", "department_manager", acting=True, end=NOW + dt.timedelta(days=9))
    run = ask(who="li_lei")
    with pytest.raises(approvals.OwnRequest):
        approvals.approve(run_id=run.pk, by=person("li_lei"), now=NOW)
    with pytest.raises(approvals.OwnRequest):
        approvals.reject(run_id=run.pk, by=person("li_lei"), now=NOW, reason="no")
    with pytest.raises(approvals.OwnRequest):
        approvals.return_to(run_id=run.pk, by=person("li_lei"), now=NOW, reason="no")


def test_no_shell_and_no_system_decides() -> None:
    run = ask()
    with pytest.raises(Forbidden):
        approvals.approve(run_id=run.pk, by=None, now=NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize("decision", ["approve", "reject", "return"])
def test_the_database_refuses_a_vote_of_the_requester(decision: str) -> None:
    give("li_lei", "department_manager")
    run = ask(who="li_lei")
    assert raw_vote(run, person("li_lei").pk, decision=decision) == "vote_not_ones_own"


def test_the_database_refuses_a_vote_in_the_requesters_place() -> None:
    give("li_lei", "department_manager")
    run = ask(who="li_lei")
    assert raw_vote(run, person("chen_manager").pk, behalf=person("li_lei").pk) == "vote_not_ones_own"


def test_the_database_refuses_a_vote_of_one_who_does_not_hold_the_seat() -> None:
    assert raw_vote(ask(), person("han_meimei").pk) == "vote_by_holder"


def test_the_database_refuses_a_vote_for_somebody_without_a_deputy_in_force() -> None:
    run = ask()
    assert raw_vote(run, person("han_meimei").pk, behalf=person("chen_manager").pk) == "vote_by_deputy"


def test_the_database_refuses_a_deputy_that_nobody_agreed_to() -> None:
    run = ask()
    sql = """INSERT INTO approvals_deputy (run_id, authority_clause, absent_id, person_id, starts_at, ends_at, at)
             VALUES (%s, '', %s, %s, %s, %s, %s)"""
    people = [person("chen_manager").pk, person("han_meimei").pk]
    later = NOW + dt.timedelta(days=1)
    for run_id in (run.pk, None):
        law = refused_by_the_database(sql, [run_id, *people, NOW, later, NOW])
        assert law == "approvals_deputy_authorised"
    assert not Deputy.objects.exists()


def test_the_database_refuses_a_seat_for_the_requester() -> None:
    run = ask()
    seat = Seat.objects.get(run=run)
    sql = """INSERT INTO approvals_seat (run_id, step_id, position, person_id, climbed_from, stuck, state, opened_at,
             due_at) VALUES (%s, %s, '', %s, '', false, 'active', %s, %s)"""
    law = refused_by_the_database(sql, [run.pk, seat.step_id, run.requester_id, NOW, NOW])
    assert law == "seat_begins"
    law = refused_by_the_database(sql, [run.pk, seat.step_id, person("han_meimei").pk, NOW, NOW])
    assert law == "seat_of_step"


def test_the_requester_of_a_pinned_run_cannot_be_another_afterwards() -> None:
    run = ask(who="li_lei")
    other = person("han_meimei").pk
    law = refused_by_the_database("UPDATE approvals_run SET requester_id = %s WHERE id = %s", [other, run.pk])
    assert law == "run_pinned"


def test_a_step_of_any_one_leaves_out_the_post_of_the_requester(shelf: Shelf) -> None:
    run = ask("toy.either", who="wang_supervisor")
    assert [seat.position for seat in run.seats.all()] == ["department_manager"]
    with pytest.raises(approvals.OwnRequest):
        approvals.approve(run_id=run.pk, by=person("wang_supervisor"), now=NOW)


def test_a_step_that_nobody_but_the_requester_could_decide_later_is_seen_at_once() -> None:
    take("vice_president")
    with pytest.raises(Refused) as caught:
        ask("toy.both", who="zhou_general")
    assert caught.value.code == "no_superior"


def test_two_requests_at_once_for_one_subject_are_refused() -> None:
    first = ask()
    with pytest.raises(Conflict) as caught:
        ask(who="han_meimei")
    assert (caught.value.code, caught.value.params["run"]) == ("running", first.pk)
