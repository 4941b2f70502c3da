"""Who saw whose data (C13.5), and whether anybody watched the desk (C7.1)."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from office.audit import api as audit
from office.errors import Forbidden, NotFound, Refused
from office.staff.models import Employee
from orders.models import DeskWatch, Unmasking
from orders.selectors.detail import detail
from orders.selectors.order import viewer
from orders.services import desk
from orders.subjects import subject_of
from tests.orders.desk.arrange import (
    ADDRESS,
    MINUTE,
    NAME,
    NOW,
    PHONE,
    accepted,
    again,
    handed_over,
    on_duty,
    order,
    reach,
)
from tests.people import person

pytestmark = pytest.mark.django_db


def _sees(who: Employee, pk: int, at: object = NOW) -> tuple[str, str, str]:
    customer = detail(viewer(who, at), pk).customer  # type: ignore[arg-type]
    assert customer is not None
    return customer.name, customer.phone, customer.address


def test_masked_in_the_pool_even_for_a_supervisor() -> None:
    progress = order()
    for who in ("li_lei", "wang_supervisor", "chen_manager"):
        assert PHONE not in _sees(person(who), progress.pk)
        with pytest.raises(Refused) as refused:
            desk.unmask_customer(order_id=progress.pk, by=person(who), now=NOW, reason="check")
        assert refused.value.code == "not_accepted"


def test_words_of_an_order_given_back_are_hidden_from_agents_until_one_accepts_it() -> None:
    """Notes and contact words name people too: what was said about the customer, another number to call."""
    li_lei, han = on_duty("li_lei"), on_duty("han_meimei")
    progress = accepted(li_lei)
    desk.add_note(order_id=progress.pk, by=li_lei, now=NOW, text="改打 13900001111 找张太太")
    desk.record_contact(
        order_id=progress.pk, by=li_lei, now=NOW, channel="phone", outcome="not_reached", note="占线，找张太太",
        next_try_at=NOW + 10 * MINUTE,
    )  # fmt: skip
    desk.return_to_pool(order_id=progress.pk, by=li_lei, now=NOW + MINUTE)

    def read(who: Employee) -> set[str]:
        found = detail(viewer(who, NOW + MINUTE), progress.pk)
        return {worded.text for worded in (*found.notes, *found.contacts)}

    words = {"改打 13900001111 找张太太", "占线，找张太太"}
    assert read(han) == {""}
    assert read(li_lei) == words  # his own
    assert read(person("wang_supervisor")) == words
    desk.accept_order(order_id=progress.pk, by=han, now=NOW + MINUTE)
    assert read(han) == words


def test_the_holder_looks_without_a_reason_and_it_is_in_the_trail() -> None:
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)
    assert _sees(li_lei, progress.pk) == ("张***", "138****5678", "上海市黄浦区***")
    desk.unmask_customer(order_id=progress.pk, by=li_lei, now=NOW + MINUTE)
    assert _sees(li_lei, progress.pk, NOW + 120 * MINUTE) == (NAME, PHONE, ADDRESS)
    entry = audit.timeline(subject_of(progress.order))[-1]
    assert (entry.verb, entry.clause, entry.data) == ("orders.unmask", "C13.5", {"reason": "holder"})
    assert Unmasking.objects.get(order_id=progress.pk).by == li_lei


def test_a_supervisor_says_why_and_sees_it_for_ten_minutes() -> None:
    progress, wang = accepted(on_duty("li_lei")), person("wang_supervisor")
    for reason in ("", "holder", "curiosity"):
        with pytest.raises(Refused) as refused:
            desk.unmask_customer(order_id=progress.pk, by=wang, now=NOW, reason=reason)
        assert refused.value.code == "reason_needed"
    desk.unmask_customer(order_id=progress.pk, by=wang, now=NOW, reason="complaint")
    assert _sees(wang, progress.pk, NOW + 9 * MINUTE)[1] == PHONE
    assert _sees(wang, progress.pk, NOW + 11 * MINUTE)[1] == "138****5678"


def test_who_gave_it_back_sees_it_masked_again() -> None:
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)
    desk.unmask_customer(order_id=progress.pk, by=li_lei, now=NOW)
    desk.return_to_pool(order_id=progress.pk, by=li_lei, now=NOW + MINUTE)
    assert _sees(li_lei, progress.pk, NOW + MINUTE)[1] == "138****5678"


def test_another_agent_does_not_even_know_of_it_but_an_earlier_holder_reads_it_masked() -> None:
    li_lei, han = on_duty("li_lei"), on_duty("han_meimei")
    progress = accepted(li_lei)
    with pytest.raises(NotFound):
        detail(viewer(han, NOW), progress.pk)
    desk.reassign_order(
        order_id=progress.pk, to=han, by=on_duty("wang_supervisor"), now=NOW, reason="workload"
    )
    assert _sees(li_lei, progress.pk)[1] == "138****5678"
    with pytest.raises(Forbidden):
        desk.unmask_customer(order_id=progress.pk, by=li_lei, now=NOW, reason="called")
    with pytest.raises(Forbidden):
        reach(progress, li_lei, at=NOW)


def test_product_operations_see_it_from_the_hand_over_on_and_it_never() -> None:
    li_lei, zhao = on_duty("li_lei"), person("zhao_operations")
    held = accepted(li_lei)
    with pytest.raises(NotFound):
        desk.unmask_customer(order_id=held.pk, by=zhao, now=NOW, reason="delivery")
    progress = handed_over(li_lei)
    desk.unmask_customer(order_id=progress.pk, by=zhao, now=NOW + 5 * MINUTE, reason="delivery")
    assert _sees(zhao, progress.pk, NOW + 5 * MINUTE)[1] == PHONE
    sun = person("sun_admin")
    assert detail(viewer(sun, NOW), progress.pk).customer is None
    with pytest.raises(Forbidden):
        desk.unmask_customer(order_id=progress.pk, by=sun, now=NOW, reason="check")
    assert again(progress).state == "handed_over"


def test_an_unmasking_is_insert_only() -> None:
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)
    unmasking = desk.unmask_customer(order_id=progress.pk, by=li_lei, now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        Unmasking.objects.filter(pk=unmasking.pk).delete()


@pytest.mark.clause("C7.1", "M5.1")
def test_heartbeats_close_together_are_one_stretch_of_watching() -> None:
    li_lei = person("li_lei")
    for seconds in (0, 30, 60, 140, 300):
        desk.watch_beat(by=li_lei, now=NOW + seconds * MINUTE / 60)
    stretches = list(DeskWatch.objects.order_by("id").values_list("started_at", "last_at"))
    assert stretches == [(NOW, NOW + 140 * MINUTE / 60), (NOW + 5 * MINUTE, NOW + 5 * MINUTE)]


@pytest.mark.clause("C7.1")
def test_only_the_eyes_of_people_who_take_orders_count() -> None:
    assert desk.watch_beat(by=person("sun_admin"), now=NOW) is None
    assert not DeskWatch.objects.exists()


def test_the_same_beat_twice_moves_nothing() -> None:
    li_lei = on_duty("li_lei")
    first = desk.watch_beat(by=li_lei, now=NOW)
    again_seen = desk.watch_beat(by=li_lei, now=NOW - MINUTE / 4)
    assert first is not None
    assert again_seen is not None
    assert (again_seen.pk, again_seen.last_at) == (first.pk, NOW)
