"""What comes of a contact: confirmed, or invalid (C7.2), and the clock that follows (C7.3, M5.3)."""

from __future__ import annotations

import pytest

from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Refused
from orders.services import desk
from orders.subjects import subject_of
from tests.orders.desk.arrange import MINUTE, NOW, accepted, again, confirmed, on_duty, reach

pytestmark = pytest.mark.django_db


@pytest.mark.clause("C7.2", "C7.3")
def test_confirming_starts_the_hand_off_clock() -> None:
    li_lei = on_duty("li_lei")
    progress = confirmed(li_lei)
    clock = deadlines.running(subject_of(progress.order), "orders.handoff")
    assert clock is not None
    assert clock.due_at == NOW + 2 * MINUTE + 24 * 60 * MINUTE
    assert (again(progress).state, again(progress).due_rule) == ("confirmed", "orders.handoff")


@pytest.mark.clause("C7.2")
def test_nobody_confirms_what_no_customer_said() -> None:
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)
    desk.record_contact(
        order_id=progress.pk,
        by=li_lei,
        now=NOW,
        channel="phone",
        outcome="not_reached",
        next_try_at=NOW + MINUTE,
    )
    with pytest.raises(Refused) as refused:
        desk.confirm_order(order_id=progress.pk, by=li_lei, now=NOW)
    assert (refused.value.code, refused.value.clause) == ("not_reached", "C7.2")


def test_a_contact_of_an_earlier_holder_is_not_mine() -> None:
    li_lei, han = on_duty("li_lei"), on_duty("han_meimei")
    progress = accepted(li_lei)
    reach(progress, li_lei, at=NOW)
    desk.return_to_pool(order_id=progress.pk, by=li_lei, now=NOW + MINUTE)
    desk.accept_order(order_id=progress.pk, by=han, now=NOW + 2 * MINUTE)
    desk.record_contact(
        order_id=progress.pk,
        by=han,
        now=NOW + 3 * MINUTE,
        channel="phone",
        outcome="not_reached",
        next_try_at=NOW + 9 * MINUTE,
    )
    with pytest.raises(Refused) as refused:
        desk.confirm_order(order_id=progress.pk, by=han, now=NOW + 3 * MINUTE)
    assert refused.value.code == "not_reached"


@pytest.mark.clause("C7.2")
def test_unconfirmed_facts_need_words_and_are_added_up_over_contacts() -> None:
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)
    for facts in (("goods", "amount"), ("address",)):
        desk.record_contact(
            order_id=progress.pk, by=li_lei, now=NOW, channel="chat", outcome="reached", confirmed=facts
        )
    with pytest.raises(Refused) as refused:
        desk.confirm_order(order_id=progress.pk, by=li_lei, now=NOW)
    assert (refused.value.code, refused.value.params["facts"]) == ("facts_unconfirmed", ["phone"])
    assert (
        desk.confirm_order(order_id=progress.pk, by=li_lei, now=NOW, note="电话即聊天账号").state
        == "confirmed"
    )


def test_invalid_is_an_end_where_no_clock_runs() -> None:
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)
    reach(progress, li_lei, at=NOW)
    desk.mark_invalid(order_id=progress.pk, by=li_lei, now=NOW, reason="declined")
    progress = again(progress)
    assert (progress.state, progress.due_at) == ("invalid", None)
    assert not [clock for clock in deadlines.of(subject_of(progress.order)) if clock.state == "open"]
    with pytest.raises(Conflict):
        desk.confirm_order(order_id=progress.pk, by=li_lei, now=NOW)


def test_invalid_needs_a_contact_first_and_words_for_something_else() -> None:
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)
    with pytest.raises(Conflict):
        desk.mark_invalid(order_id=progress.pk, by=li_lei, now=NOW, reason="declined")
    reach(progress, li_lei, at=NOW)
    with pytest.raises(Refused) as refused:
        desk.mark_invalid(order_id=progress.pk, by=li_lei, now=NOW, reason="other", note="  ")
    assert refused.value.code == "note_needed"


def test_only_the_holder_judges() -> None:
    progress = accepted(on_duty("li_lei"))
    reach(progress, on_duty("li_lei"), at=NOW)
    boss = on_duty("chen_manager")
    with pytest.raises(Forbidden):
        desk.confirm_order(order_id=progress.pk, by=boss, now=NOW)
    with pytest.raises(Forbidden):
        desk.mark_invalid(order_id=progress.pk, by=boss, now=NOW, reason="fraud")
