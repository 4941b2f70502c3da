"""Forgetting a person while the ledger stands."""

from __future__ import annotations

import datetime as dt
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from office import crypto
from office.audit import api as audit
from office.errors import Conflict, Forbidden, Invalid, NotFound
from orders.intake.incoming import IncomingCustomer
from orders.models import Batch, CustomerIndex, CustomerKey, OrderProgress, RejectedRow, WebhookReceipt
from orders.selectors.customers import customer_of, events_of, find_order_ids, open_for, seal_for
from orders.services.erasure import erase_customer, erase_expired
from orders.services.events import record_event
from orders.subjects import subject_of
from tests.orders.ledger.arrange import NOW, ZHANG, book, booked, incoming, shop
from tests.people import person

pytestmark = pytest.mark.django_db


def erase(order_id: int, **more: str) -> Any:
    return erase_customer(
        order_id=order_id, **{"reason": "request", **more}, by=person("chen_manager"), now=NOW
    )


def test_the_person_is_gone_from_everything_and_the_order_stands() -> None:
    order = booked(facts={"备注": "地址改为门卫处"})
    second = booked("TB1002")
    note = seal_for(order, "张三丰 说明天再打")
    digest = bytes(order.digest)
    done = erase(order.pk)
    assert (done.orders, done.called_off) == (2, 2)
    order.refresh_from_db()
    assert (bytes(order.digest), order.number) == (digest, "TB1001")
    for each in (order, second):
        assert customer_of(each).erased
        assert customer_of(each).name == ""
    assert open_for(order, note) == ""
    assert [event.erased for event in events_of(order)] == [True]
    assert find_order_ids("13812345678") == []
    assert find_order_ids("三丰") == []
    assert not CustomerIndex.objects.exists()
    key = CustomerKey.objects.get(pk=order.customer_key_id)
    assert (key.wrapped, key.identity, key.erased_by_name, key.erased_reason) == (
        None,
        None,
        "陈经理",
        "request",
    )
    for each in (order, second):
        last = [row for row in audit.timeline(subject_of(each)) if row.verb == "orders.erase_customer"]
        assert [row.data["reason"] for row in last] == ["request"]


@pytest.mark.clause("C7.5")
def test_the_ledger_still_verifies() -> None:
    erase(booked().pk)
    out = StringIO()
    call_command("verify_ledger", stdout=out)
    assert out.getvalue().startswith("ok: orders 1, ")


def test_the_order_of_an_erased_customer_again_is_a_duplicate_and_keeps_nothing() -> None:
    order = booked()
    erase(order.pk)
    [booking] = book(incoming(total=None, facts={"status": "shipped to 张三丰"}, customer=ZHANG))
    assert (booking.status, booking.reason, booking.order_id) == ("duplicate", "erased", order.pk)
    [booking] = book(incoming(lines=incoming().lines * 2))
    assert booking.status == "duplicate"
    assert not order.events.exists()
    assert not CustomerIndex.objects.exists()
    assert record_event(order=order, kind="shop", source="csv", content={"a": 1}, by=None, now=NOW) is None


def test_a_new_order_of_the_same_person_begins_anew() -> None:
    order = booked()
    erase(order.pk)
    fresh = booked("TB2000")
    assert fresh.customer_key_id != order.customer_key_id
    assert customer_of(fresh).name == "张三丰"
    assert find_order_ids("13812345678") == [fresh.pk]


def test_the_same_event_again_is_kept_once_and_for_an_erased_customer_not_at_all() -> None:
    order = booked()

    def event() -> Any:
        return record_event(
            order=order, kind="status", source="test", content={"status": "sent"}, by=None, now=NOW
        )

    assert event() is not None
    assert event() is None
    before = len(events_of(order))
    erase(order.pk)
    assert event() is None
    assert len(events_of(order)) <= before


def test_a_note_for_an_erased_customer_is_refused() -> None:
    order = booked()
    erase(order.pk)
    with pytest.raises(Conflict):
        seal_for(order, "张三丰")


def test_orders_not_handed_over_are_called_off_and_others_go_on() -> None:
    waiting, taken = booked(), booked("TB2")
    agent = person("li_lei")
    for state in ("accepted", "contacted", "confirmed", "handed_over"):
        OrderProgress.objects.filter(order=taken).update(state=state, holder=agent, accepted_at=NOW)
    assert erase(waiting.pk).called_off == 1
    assert OrderProgress.objects.get(order=waiting).state == "cancelled"
    assert OrderProgress.objects.get(order=taken).state == "handed_over"


@pytest.mark.parametrize("who", ["li_lei", "wang_supervisor", "sun_admin", "zhou_general"])
def test_only_the_department_manager_may(who: str) -> None:
    order = booked()
    with pytest.raises(Forbidden):
        erase_customer(order_id=order.pk, reason="request", by=person(who), now=NOW)
    assert customer_of(order).name == "张三丰"


@pytest.mark.parametrize(
    ("reason", "note"), [("", ""), ("because", ""), ("other", "  "), ("request", "x" * 301)]
)
def test_a_reason_is_needed(reason: str, note: str) -> None:
    order = booked()
    with pytest.raises(Invalid):
        erase(order.pk, reason=reason, note=note)


def test_twice_is_a_conflict_and_no_such_order_is_not_found() -> None:
    order = booked()
    erase(order.pk, reason="other", note="书面申请")
    assert CustomerKey.objects.get().reason_text.endswith("书面申请")
    with pytest.raises(Conflict):
        erase(order.pk)
    with pytest.raises(NotFound):
        erase(999_999)


def test_raw_bodies_and_refused_rows_of_the_customer_go_too() -> None:
    order = booked()
    kek, wrapped = crypto.wrap(crypto.new_key())
    batch = Batch.objects.create(
        shop=shop(), filename="a.csv", created_at=NOW, erase_at=NOW, kek=kek, wrapped_key=wrapped
    )
    for order_id in (order.pk, None):
        RejectedRow.objects.create(batch=batch, row=1, code="x", message="x", order_id=order_id, sealed=b"x")
        WebhookReceipt.objects.create(
            shop=shop(),
            message_id=f"m{order_id}",
            received_at=NOW,
            outcome="inserted",
            order_id=order_id,
            body_digest=b"",
            kek=kek,
            wrapped_key=wrapped,
            sealed_body=b"x",
            erase_at=NOW,
        )
    done = erase(order.pk)
    assert (done.rows, done.bodies) == (1, 1)
    assert RejectedRow.objects.get().order_id is None
    assert WebhookReceipt.objects.get(order_id=order.pk).sealed_body is None


def test_what_is_kept_for_a_time_is_erased_when_it_is_over() -> None:
    kek, wrapped = crypto.wrap(crypto.new_key())
    for number, days in enumerate((-1, 1)):
        batch = Batch.objects.create(
            shop=shop(),
            filename="a.csv",
            created_at=NOW,
            erase_at=NOW + dt.timedelta(days=days),
            kek=kek,
            wrapped_key=wrapped,
        )
        WebhookReceipt.objects.create(
            shop=shop(),
            message_id=f"m{number}",
            received_at=NOW,
            outcome="inserted",
            body_digest=b"",
            kek=kek,
            wrapped_key=wrapped,
            sealed_body=b"x",
            erase_at=NOW + dt.timedelta(days=days),
        )
    done = erase_expired(now=NOW)
    assert (done.batches, done.bodies) == (1, 1)
    assert [row.wrapped_key is None for row in Batch.objects.order_by("pk")] == [True, False]
    assert batch.erase_at > NOW
    done = erase_expired(now=NOW)
    assert (done.batches, done.bodies) == (0, 0)


def test_a_customer_without_a_phone_is_forgotten_by_his_orders_numbers() -> None:
    order = booked(customer=IncomingCustomer("张三丰", "138****5678", "上海", {}))
    erased = erase_customer(order_id=order.pk, reason="request", by=person("chen_manager"), now=NOW)
    assert (erased.orders, erased.rows, erased.bodies) == (1, 0, 0)
    assert customer_of(order).erased
