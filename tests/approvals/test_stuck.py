"""A post that nobody holds, and somebody who has left: visible, sent to the next superior, given back."""

from __future__ import annotations

import datetime as dt

import pytest

from office.approvals import api as approvals
from office.approvals.models import Run, Seat, Vote
from office.approvals.selectors import detail, queue, runs
from office.errors import Forbidden
from office.notices.models import Notice
from tests.approvals.cast import MINUTE, NOW, Shelf, ask, give, take
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shelf")]


def agree(run: Run, who: str, now: dt.datetime = NOW) -> Run:
    return approvals.approve(run_id=run.pk, by=person(who), now=now)


def told(who: str) -> list[str]:
    found = Notice.objects.filter(recipient=person(who), source__startswith="run.").order_by("id")
    return [notice.kind.partition(":")[0].removeprefix("approvals.") for notice in found]


def asked_now(run: Run) -> list[tuple[str, str, bool]]:
    seats = Seat.objects.filter(run=run, state="active").order_by("id")
    return [(seat.position, seat.climbed_from, seat.stuck) for seat in seats]


SENT_UP = ("department_manager", "service_supervisor", True)


def test_a_vacant_post_is_stuck_told_sent_to_the_superior_and_back_when_somebody_is_appointed() -> None:
    take("service_supervisor")
    person("sun_admin")
    run = ask("toy.two")
    assert asked_now(run) == [SENT_UP]
    assert queue.stuck(NOW) == [run]
    assert sorted(told("chen_manager")) == ["asked", "stuck"]
    assert told("qian_it") == told("sun_admin") == ["stuck"]
    assert approvals.resolve_seats(now=NOW + MINUTE) == 0
    give("han_meimei", "service_supervisor")
    assert approvals.resolve_seats(now=NOW + 2 * MINUTE) == 1
    assert told("han_meimei") == ["asked"]
    assert asked_now(run) == [("service_supervisor", "", False)]
    assert queue.stuck(NOW) == []
    agree(run, "han_meimei", NOW + 3 * MINUTE)
    assert approvals.resolve_seats(now=NOW + 4 * MINUTE) == 0


def test_the_superior_decides_in_the_place_of_a_vacant_post(shelf: Shelf) -> None:
    take("service_supervisor")
    run = ask("toy.two")
    (line,) = queue.waiting(person("chen_manager"), NOW).lines
    assert (line.position, line.climbed_from) == SENT_UP[:2]
    assert (
        agree(run, "chen_manager").state == "executed"
    )  # his own step too: one who agreed is not asked twice
    first, second = Vote.objects.filter(run=run).order_by("id")
    assert (first.decision, second.decision, second.names) == ("approve", "agreed_before", first)


def test_all_of_a_step_with_a_vacant_post_is_decided_by_the_others_and_the_superior(shelf: Shelf) -> None:
    take("it_manager")
    run = ask("toy.both")
    assert asked_now(run) == [("department_manager", "", False), ("general_manager", "it_manager", True)]
    agree(run, "chen_manager")
    assert agree(run, "zhou_general").state == "executed"


def test_who_agreed_before_is_not_asked_again_when_he_is_appointed_to_the_vacant_post(shelf: Shelf) -> None:
    take("department_manager")
    run = ask("toy.two")
    assert agree(run, "wang_supervisor").state == "running"
    assert asked_now(run) == [("general_manager", "department_manager", True)]
    give("wang_supervisor", "department_manager")
    assert approvals.resolve_seats(now=NOW + MINUTE) == 1
    assert Run.objects.get(pk=run.pk).state == "executed"


def test_when_everybody_above_has_gone_too_it_waits(shelf: Shelf) -> None:
    take("it_manager")
    run = ask("toy.both")
    take("general_manager")
    take("department_manager")
    approvals.resolve_seats(now=NOW + MINUTE)
    assert all(stuck for _position, _climbed, stuck in asked_now(run))


def test_a_vacant_post_with_nobody_above_waits_for_an_appointment() -> None:
    take("general_manager")
    run = ask("toy.both")
    agree(run, "chen_manager")
    agree(run, "qian_it")
    assert asked_now(run) == [("general_manager", "", True)]
    assert approvals.resolve_seats(now=NOW + MINUTE) == 0
    give("zhou_general", "general_manager")
    assert approvals.resolve_seats(now=NOW + MINUTE) == 1
    assert agree(run, "zhou_general", NOW + MINUTE).state == "executed"


def test_a_step_of_any_one_is_not_sent_up_while_another_post_decides() -> None:
    take("service_supervisor")
    run = ask("toy.either")
    assert asked_now(run) == [("service_supervisor", "", True), ("department_manager", "", False)]
    assert approvals.resolve_seats(now=NOW + MINUTE) == 0
    take("department_manager")
    assert approvals.resolve_seats(now=NOW + 2 * MINUTE) > 0
    assert {seat[0] for seat in asked_now(run)} == {"general_manager"}
    assert approvals.resolve_seats(now=NOW + 3 * MINUTE) == 0
    assert agree(run, "zhou_general", NOW + 3 * MINUTE).state == "executed"


def test_a_post_that_loses_its_last_holder_becomes_stuck() -> None:
    run = ask("toy.two")
    take("service_supervisor")
    assert approvals.resolve_seats(now=NOW + MINUTE) == 1
    assert asked_now(run) == [SENT_UP]
    assert approvals.resolve_seats(now=NOW + 2 * MINUTE) == 0
    take("department_manager")
    assert approvals.resolve_seats(now=NOW + 3 * MINUTE) > 0
    assert asked_now(run) == [("general_manager", "service_supervisor", True)]


def test_a_superior_never_decides_his_own_request_in_the_place_of_a_vacant_post() -> None:
    take("service_supervisor")
    run = ask("toy.two", who="chen_manager")
    assert asked_now(run) == [("general_manager", "service_supervisor", True)]
    with pytest.raises(approvals.OwnRequest):
        agree(run, "chen_manager")


def leaves(who: str) -> None:
    somebody = person(who)
    somebody.is_active = False
    somebody.save()


def test_what_was_forwarded_to_somebody_who_has_left_goes_back(shelf: Shelf) -> None:
    run = ask()
    approvals.forward(
        run_id=run.pk, person_id=person("han_meimei").pk, by=person("chen_manager"), now=NOW, reason="yours"
    )
    leaves("han_meimei")
    assert approvals.resolve_seats(now=NOW + MINUTE) == 1
    assert asked_now(run) == [("department_manager", "", False)]
    assert approvals.resolve_seats(now=NOW + 2 * MINUTE) == 0
    assert agree(run, "chen_manager", NOW + 2 * MINUTE).state == "executed"


@pytest.mark.parametrize(
    ("signer", "seat"),
    [
        ("han_meimei", ("service_supervisor", "service_agent", False)),
        ("zhou_general", ("general_manager", "department_manager", False)),
    ],
)
def test_the_seat_of_a_signer_who_has_left_goes_to_the_post_above(
    signer: str, seat: tuple[str, str, bool], shelf: Shelf
) -> None:
    """Above his own last post, or, where nobody is, above that of who brought him in."""
    run = ask()
    approvals.add_signer(run_id=run.pk, person_id=person(signer).pk, by=person("chen_manager"), now=NOW)
    agree(run, "chen_manager")
    leaves(signer)
    give("qian_it", "general_manager")
    assert approvals.resolve_seats(now=NOW + MINUTE) == 1
    assert asked_now(run) == [seat]
    assert approvals.resolve_seats(now=NOW + 2 * MINUTE) == 0
    decider = "wang_supervisor" if signer == "han_meimei" else "qian_it"
    assert agree(run, decider, NOW + 2 * MINUTE).state == "executed"


def test_the_seat_of_somebody_who_has_left_with_nobody_above_is_stuck(shelf: Shelf) -> None:
    run = ask("toy.both")
    agree(run, "chen_manager")
    agree(run, "qian_it")
    approvals.add_signer(run_id=run.pk, person_id=person("han_meimei").pk, by=person("zhou_general"), now=NOW)
    agree(run, "zhou_general")
    person("han_meimei").appointments.all().delete()
    leaves("han_meimei")
    assert approvals.resolve_seats(now=NOW + MINUTE) == 1
    assert queue.stuck(NOW) == [run]
    assert approvals.resolve_seats(now=NOW + 2 * MINUTE) == 0
    back = person("han_meimei")
    back.is_active = True
    back.save()
    assert approvals.resolve_seats(now=NOW + 3 * MINUTE) == 1
    assert agree(run, "han_meimei", NOW + 3 * MINUTE).state == "executed"


def test_what_nobody_can_carry_out_is_stuck_too() -> None:
    run = ask("toy.done")
    take("product_operations")
    agree(run, "chen_manager")
    assert queue.stuck(NOW) == [run]
    assert told("qian_it") == ["stuck"]
    give("wu_clerk", "product_operations")
    assert queue.stuck(NOW) == []


def test_what_no_third_person_can_check_is_stuck_too() -> None:
    run = ask("toy.done")
    take("it_manager")
    person("sun_admin")
    agree(run, "chen_manager")
    approvals.execute(run_id=run.pk, by=person("zhao_operations"), now=NOW)
    assert queue.stuck(NOW) == [run]  # who carried it out holds the other post: he is no third person
    assert told("sun_admin") == ["stuck"]
    give("wu_clerk", "product_operations")
    assert queue.stuck(NOW) == []
    approvals.check_execution(run_id=run.pk, ok=True, by=person("wu_clerk"), now=NOW)


def test_what_waits_for_a_requester_who_has_left_is_taken_back_by_his_superior() -> None:
    """Else nobody could ask for that subject again."""
    run = ask(who="han_meimei")
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOW, reason="why?")
    with pytest.raises(Forbidden):
        approvals.withdraw(run_id=run.pk, by=person("wang_supervisor"), now=NOW, reason="she is here")
    assert not approvals.may_read(run_id=run.pk, person=person("wang_supervisor"), now=NOW)
    leaves("han_meimei")
    assert queue.stuck(NOW) == [run]
    run = runs.access_run(run_id=run.pk, person=person("wang_supervisor"), now=NOW)
    assert "withdraw" in detail.acts_for(run, person("wang_supervisor"), NOW)
    with pytest.raises(Forbidden):
        approvals.withdraw(run_id=run.pk, by=person("chen_manager"), now=NOW, reason="not mine")
    done = approvals.withdraw(run_id=run.pk, by=person("wang_supervisor"), now=NOW, reason="she has left")
    assert (done.state, queue.stuck(NOW)) == ("withdrawn", [])
    assert ask(who="li_lei").state == "running"


def test_a_post_that_only_the_requester_is_left_in_climbs() -> None:
    give("li_lei", "service_supervisor")
    run = ask("toy.two")
    person("wang_supervisor").appointments.all().delete()
    assert approvals.resolve_seats(now=NOW + MINUTE) == 1
    seat = Seat.objects.get(run=run, state="active")
    assert (seat.position, seat.climbed_from) == ("department_manager", "service_supervisor")
    assert agree(run, "chen_manager", NOW + 2 * MINUTE).state == "executed"
