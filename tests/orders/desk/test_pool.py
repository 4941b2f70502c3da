"""Back into the pool, and from hand to hand (C7.1, C7.2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError

from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, NotFound, Refused
from office.notices.models import Notice
from office.rulebook import api as rulebook
from office.staff import api as staff
from orders.models import OrderProgress
from orders.services import desk
from orders.services.desk.locking import locked_row
from orders.subjects import subject_of
from tests.orders.desk.arrange import MINUTE, NOW, accepted, again, confirmed, on_duty, order, reach
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.mark.clause("C7.1")
def test_who_goes_off_duty_gives_back_what_is_not_confirmed() -> None:
    li_lei = on_duty("li_lei")
    one, two, three = accepted(li_lei), accepted(li_lei), confirmed(li_lei)
    reach(two, li_lei, at=NOW + MINUTE)
    staff.end_duty(employee=li_lei, by=li_lei, now=NOW + 5 * MINUTE)
    for progress in (one, two):
        progress = again(progress)
        assert (progress.state, progress.holder, progress.returned_reason) == ("waiting", None, "off_duty")
        clock = deadlines.running(subject_of(progress.order), "orders.accept")
        assert clock is not None
        assert clock.started_at == NOW + 5 * MINUTE
        assert progress.due_at == clock.due_at
    assert again(three).holder == li_lei


@pytest.mark.clause("C7.2")
def test_an_order_idle_past_the_breach_goes_back_with_the_reason() -> None:
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)
    assert desk.return_idle_orders(now=NOW + 19 * MINUTE) == 0
    assert desk.return_idle_orders(now=NOW + 20 * MINUTE) == 1
    progress = again(progress)
    assert (progress.state, progress.returned_reason) == ("waiting", "idle")
    subject = subject_of(progress.order)
    entry = audit.timeline(subject)[-1]
    assert (entry.verb, entry.actor_name, entry.clause, entry.data) == (
        "orders.return",
        "",
        "C7.2",
        {"from": "李雷", "reason": "idle"},
    )
    assert Notice.objects.filter(recipient_id=li_lei.pk, kind="orders.returned").count() == 1
    contact = next(clock for clock in deadlines.of(subject) if clock.rule == "orders.contact")
    assert contact.state == "cancelled"
    assert desk.return_idle_orders(now=NOW + 21 * MINUTE) == 0


@pytest.mark.clause("C7.2")
def test_who_does_something_is_not_idle() -> None:
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)
    desk.add_note(order_id=progress.pk, by=li_lei, now=NOW + 15 * MINUTE, text="号码忙")
    assert desk.return_idle_orders(now=NOW + 24 * MINUTE) == 0
    assert desk.return_idle_orders(now=NOW + 25 * MINUTE) == 1


@pytest.mark.clause("C7.2")
def test_a_customer_who_was_not_reached_is_not_forgotten() -> None:
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)
    desk.record_contact(
        order_id=progress.pk,
        by=li_lei,
        now=NOW + MINUTE,
        channel="phone",
        outcome="not_reached",
        next_try_at=NOW + 31 * MINUTE,
    )
    assert desk.return_idle_orders(now=NOW + 40 * MINUTE) == 0
    assert desk.return_idle_orders(now=NOW + 41 * MINUTE) == 1
    assert again(progress).returned_reason == "idle"


def test_a_reached_order_is_not_idle() -> None:
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)
    reach(progress, li_lei, at=NOW + MINUTE)
    assert desk.return_idle_orders(now=NOW + timedelta(hours=5)) == 0


@pytest.mark.clause("C7.1")
def test_a_supervisor_reassigns_and_the_clock_goes_on() -> None:
    li_lei, han, wang = on_duty("li_lei"), on_duty("han_meimei"), on_duty("wang_supervisor")
    progress = accepted(li_lei)
    desk.reassign_order(
        order_id=progress.pk, to=han, by=wang, now=NOW + 4 * MINUTE, reason="workload", note="韩梅梅手头较空"
    )
    progress = again(progress)
    assert (progress.holder, progress.accepted_at, progress.due_at) == (han, NOW, NOW + 10 * MINUTE)
    clock = deadlines.running(subject_of(progress.order), "orders.contact")
    assert clock is not None
    assert clock.holder_id == han.pk
    told = set(Notice.objects.filter(kind="orders.reassigned").values_list("recipient_id", flat=True))
    assert told == {li_lei.pk, han.pk}
    assert desk.return_idle_orders(now=NOW + 20 * MINUTE) == 1


def test_reassigning_after_the_breach_gives_the_new_holder_his_own_time() -> None:
    progress = accepted(on_duty("li_lei"))
    desk.reassign_order(
        order_id=progress.pk,
        to=on_duty("han_meimei"),
        by=on_duty("wang_supervisor"),
        now=NOW + 19 * MINUTE,
        reason="late",
    )
    assert desk.return_idle_orders(now=NOW + 20 * MINUTE) == 0
    assert desk.return_idle_orders(now=NOW + 29 * MINUTE) == 1


def test_given_out_of_the_pool_it_is_accepted_in_the_others_name() -> None:
    progress, han = order(), on_duty("han_meimei")
    desk.reassign_order(
        order_id=progress.pk, to=han, by=on_duty("wang_supervisor"), now=NOW + 2 * MINUTE, reason="expertise"
    )
    progress = again(progress)
    assert (progress.state, progress.holder, progress.accepted_at) == ("accepted", han, NOW + 2 * MINUTE)
    verbs = [row.verb for row in audit.timeline(subject_of(progress.order))]
    assert verbs[-2:] == ["orders.accept", "orders.reassign"]


def test_it_is_given_only_to_somebody_on_duty_who_takes_orders_and_has_room() -> None:
    wang, progress = on_duty("wang_supervisor"), order()
    give = {"order_id": progress.pk, "by": wang, "now": NOW, "reason": "workload"}
    with pytest.raises(Refused) as off_duty:
        desk.reassign_order(to=person("li_lei"), **give)
    assert off_duty.value.code == "off_duty"
    assert not off_duty.value.params["own"], "whoever gives orders away is not offered to go on duty himself"
    with pytest.raises(Refused) as no_agent:
        desk.reassign_order(to=on_duty("zhao_operations"), **give)
    assert no_agent.value.code == "not_an_agent"
    li_lei = on_duty("li_lei")
    for _n in range(10):
        accepted(li_lei)
    with pytest.raises(Refused) as full:
        desk.reassign_order(to=li_lei, **give)
    assert full.value.code == "open_limit"
    assert "李雷" in str(full.value.message)


def test_agents_do_not_reassign() -> None:
    li_lei = on_duty("li_lei")
    with pytest.raises(Forbidden):
        desk.reassign_order(
            order_id=accepted(li_lei).pk, to=on_duty("han_meimei"), by=li_lei, now=NOW, reason="workload"
        )


def test_a_confirmed_order_is_taken_back_by_a_supervisor_only() -> None:
    li_lei = on_duty("li_lei")
    progress = confirmed(li_lei)
    with pytest.raises(Conflict):
        desk.return_to_pool(order_id=progress.pk, by=li_lei, now=NOW + 3 * MINUTE)
    desk.return_to_pool(order_id=progress.pk, by=on_duty("wang_supervisor"), now=NOW + 3 * MINUTE)
    progress = again(progress)
    assert (progress.state, progress.confirmed_at, progress.returned_reason) == (
        "waiting",
        None,
        "supervisor",
    )
    assert deadlines.running(subject_of(progress.order), "orders.handoff") is None


def test_another_agent_does_not_give_it_back() -> None:
    progress = accepted(on_duty("li_lei"))
    with pytest.raises(NotFound):
        desk.return_to_pool(order_id=progress.pk, by=on_duty("han_meimei"), now=NOW)


def test_its_holder_does_not_give_it_back_in_a_supervisors_name() -> None:
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)
    desk.return_to_pool(order_id=progress.pk, by=li_lei, now=NOW + MINUTE, reason="supervisor")
    assert again(progress).returned_reason == "given_back"


def test_given_to_whom_it_is_with_already_is_a_conflict() -> None:
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)
    with pytest.raises(Conflict) as refused:
        desk.reassign_order(
            order_id=progress.pk, to=li_lei, by=person("wang_supervisor"), now=NOW, reason="workload"
        )
    assert refused.value.code == "same_holder"


def test_the_system_gives_back_what_is_in_hand_and_nothing_that_is_confirmed() -> None:
    li_lei = on_duty("li_lei")
    one, two = accepted(li_lei), confirmed(li_lei)
    desk.return_to_pool(order_id=one.pk, by=None, now=NOW + MINUTE, reason="idle")
    assert (again(one).state, again(one).returned_reason) == ("waiting", "idle")
    with pytest.raises(Conflict):
        desk.return_to_pool(order_id=two.pk, by=None, now=NOW + 5 * MINUTE, reason="idle")


def test_what_was_confirmed_while_the_shift_ended_stays_with_its_holder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)
    reach(progress, li_lei, at=NOW + MINUTE)

    def confirmed_meanwhile(order_id: int) -> OrderProgress | None:
        desk.confirm_order(order_id=order_id, by=li_lei, now=NOW + 2 * MINUTE)
        return locked_row(order_id)

    monkeypatch.setattr("orders.services.desk.taking.locked_row", confirmed_meanwhile)
    staff.end_duty(employee=li_lei, by=li_lei, now=NOW + 3 * MINUTE)
    assert (again(progress).state, again(progress).holder) == ("confirmed", li_lei)


@pytest.mark.clause("C7.2")
def test_one_order_that_cannot_go_back_does_not_keep_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    li_lei = on_duty("li_lei")
    broken, fine = accepted(li_lei), accepted(li_lei)

    def locked(order_id: int, *, skip_locked: bool = False) -> OrderProgress | None:
        if order_id == broken.pk:
            raise DatabaseError("this row cannot be read")
        return locked_row(order_id, skip_locked=skip_locked)

    monkeypatch.setattr("orders.services.desk.taking.locked_row", locked)
    assert desk.return_idle_orders(now=NOW + 30 * MINUTE) == 1
    assert (again(broken).state, again(fine).state) == ("accepted", "waiting")


@pytest.mark.parametrize("late", [True, False])
def test_who_acts_at_the_last_instant_keeps_his_order(monkeypatch: pytest.MonkeyPatch, late: bool) -> None:
    """The list of idle orders was read a moment before: under the lock the order is looked at again."""
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)

    def acted_meanwhile(order_id: int, *, skip_locked: bool = False) -> OrderProgress | None:
        reach(progress, li_lei, at=NOW + 29 * MINUTE)
        if late:
            desk.confirm_order(order_id=order_id, by=li_lei, now=NOW + 29 * MINUTE)
        return locked_row(order_id, skip_locked=skip_locked)

    monkeypatch.setattr("orders.services.desk.taking.locked_row", acted_meanwhile)
    assert desk.return_idle_orders(now=NOW + 30 * MINUTE) == 0
    assert again(progress).holder == li_lei


def test_a_confirmed_order_is_given_to_somebody_whose_hands_are_full() -> None:
    """The limit counts what is in hand; a confirmed order only waits to be handed over."""
    li, han, boss = on_duty("li_lei"), on_duty("han_meimei"), on_duty("wang_supervisor")
    progress = confirmed(li)
    for _more in range(rulebook.limit_rule("orders.open_limit", at=NOW).count):
        accepted(han)
    desk.reassign_order(order_id=progress.pk, to=han, by=boss, now=NOW + 5 * MINUTE, reason="workload")
    assert again(progress).holder == han
