"""To product operations and to the end (C7.3, M5.3), or off (C7.5)."""

from __future__ import annotations

import pytest

from office.audit import api as audit
from office.deadlines import api as deadlines
from office.deadlines.sweep import settle_due
from office.errors import Conflict, Forbidden, Refused
from office.notices.models import Notice
from office.staff.models import Appointment, Employee
from orders.models import OrderEvent
from orders.selectors.day import items_for
from orders.services import desk
from orders.subjects import subject_of
from tests.orders.desk.arrange import MINUTE, NOW, accepted, again, confirmed, handed_over, on_duty, order
from tests.people import LONG_AGO, person

pytestmark = pytest.mark.django_db


@pytest.mark.clause("C7.3")
def test_handing_over_meets_the_hand_off_clock_and_starts_the_take_over_clock() -> None:
    li_lei = on_duty("li_lei")
    progress = handed_over(li_lei)
    subject = subject_of(progress.order)
    clocks = {clock.rule: clock for clock in deadlines.of(subject)}
    assert clocks["orders.handoff"].met_at == NOW + 3 * MINUTE
    assert clocks["orders.takeover"].state == "open"
    assert again(progress).due_rule == "orders.takeover"
    assert audit.timeline(subject)[-1].clause == "C7.3"


@pytest.mark.clause("C7.3")
def test_product_operations_take_it_by_name_and_close_it() -> None:
    zhao = person("zhao_operations")
    progress = handed_over(on_duty("li_lei"))
    desk.take_order(order_id=progress.pk, by=zhao, now=NOW + 5 * MINUTE)
    progress = again(progress)
    assert (progress.state, progress.taken_by, progress.holder) == ("taken", zhao, person("li_lei"))
    assert desk.take_order(order_id=progress.pk, by=zhao, now=NOW + 6 * MINUTE).taken_at == NOW + 5 * MINUTE
    desk.close_order(order_id=progress.pk, by=zhao, now=NOW + 7 * MINUTE, note="已签收")
    assert again(progress).state == "closed"
    assert not [clock for clock in deadlines.of(subject_of(progress.order)) if clock.state == "open"]


def test_agents_do_not_take_and_operations_do_not_hand_over() -> None:
    li_lei = on_duty("li_lei")
    progress = confirmed(li_lei)
    with pytest.raises(Forbidden):
        desk.hand_over(order_id=progress.pk, by=on_duty("wang_supervisor"), now=NOW)
    desk.hand_over(order_id=progress.pk, by=li_lei, now=NOW + 3 * MINUTE)
    with pytest.raises(Forbidden) as refused:
        desk.take_order(order_id=progress.pk, by=li_lei, now=NOW + 4 * MINUTE)
    assert refused.value.clause == "C7.3"


def test_what_is_not_confirmed_is_not_handed_over() -> None:
    li_lei = on_duty("li_lei")
    with pytest.raises(Conflict):
        desk.hand_over(order_id=accepted(li_lei).pk, by=li_lei, now=NOW)


@pytest.mark.clause("C7.5")
def test_cancelling_leaves_the_order_and_puts_an_event_beside_it() -> None:
    progress = confirmed(on_duty("li_lei"))
    before = bytes(progress.order.digest)
    wang = on_duty("wang_supervisor")
    desk.cancel_order(
        order_id=progress.pk, by=wang, now=NOW + 3 * MINUTE, reason="customer", note="客户改主意"
    )
    progress = again(progress)
    assert (progress.state, progress.due_at) == ("cancelled", None)
    assert bytes(progress.order.digest) == before
    assert OrderEvent.objects.filter(order_id=progress.pk, kind="cancellation").count() == 1
    assert not [clock for clock in deadlines.of(subject_of(progress.order)) if clock.state == "open"]
    entry = audit.timeline(subject_of(progress.order))[-1]
    assert (entry.verb, entry.clause, entry.data["was"]) == ("orders.cancel", "C7.5", "confirmed")


@pytest.mark.clause("C7.5")
def test_after_the_hand_over_nothing_is_cancelled() -> None:
    progress = handed_over(on_duty("li_lei"))
    with pytest.raises(Conflict):
        desk.cancel_order(order_id=progress.pk, by=on_duty("chen_manager"), now=NOW, reason="customer")


def test_an_agent_does_not_cancel_and_something_else_needs_words() -> None:
    progress = order()
    with pytest.raises(Forbidden):
        desk.cancel_order(order_id=progress.pk, by=on_duty("li_lei"), now=NOW, reason="customer")
    with pytest.raises(Refused):
        desk.cancel_order(order_id=progress.pk, by=on_duty("chen_manager"), now=NOW, reason="other")


@pytest.mark.clause("C7.3")
def test_a_hand_over_that_nobody_takes_is_visible_and_climbs() -> None:
    zhao, chen = person("zhao_operations"), person("chen_manager")
    progress = handed_over(on_duty("li_lei"))
    due_at = again(progress).due_at
    assert due_at is not None
    settle_due(due_at)
    assert list(Notice.objects.filter(recipient=zhao, urgent=True).values_list("label", flat=True)) != []
    assert not Notice.objects.filter(recipient=chen).exists()
    settle_due(due_at + 60 * MINUTE)
    assert Notice.objects.filter(recipient=chen, clause="C7.3", urgent=True).count() == 1
    waiting = items_for(zhao, due_at + 60 * MINUTE)
    assert [(item.state, item.due_at) for item in waiting] == [("handed_over", due_at)]
    assert [item.state for item in items_for(chen, due_at + 60 * MINUTE)] == ["handed_over"]


def test_what_was_taken_by_a_colleague_says_by_whom() -> None:
    progress = handed_over(on_duty("li_lei"))
    desk.take_order(order_id=progress.pk, by=person("zhao_operations"), now=NOW + 5 * MINUTE)
    colleague = Employee.objects.create(number="P002", name="钱运营", name_key="qian", joined_at=LONG_AGO)
    Appointment.objects.create(employee=colleague, position="product_operations", during=(LONG_AGO, None))
    with pytest.raises(Conflict) as refused:
        desk.take_order(order_id=progress.pk, by=colleague, now=NOW + 6 * MINUTE)
    assert refused.value.code == "already_taken"
    assert "赵运营" in str(refused.value.message)


def test_a_book_without_a_take_over_clock_starts_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "orders.services.desk.handing.rulebook.has_rule", lambda key, _at: key != "orders.takeover"
    )
    progress = handed_over(on_duty("li_lei"))
    assert again(progress).due_at is None


def test_a_page_read_before_the_order_was_given_back_is_told_that_it_waits() -> None:
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)
    seen = again(progress).version
    desk.return_to_pool(order_id=progress.pk, by=li_lei, now=NOW + MINUTE)
    with pytest.raises(Conflict) as refused:
        desk.cancel_order(
            order_id=progress.pk, by=person("wang_supervisor"), now=NOW, reason="customer", seen=seen
        )
    assert (refused.value.code, refused.value.params) == ("stale", {"state": "waiting"})
