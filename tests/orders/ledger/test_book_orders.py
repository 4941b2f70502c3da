"""Booking: new, again, changed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from office.audit import api as audit
from office.deadlines.models import Deadline
from office.errors import Invalid
from office.notices.models import Notice
from office.staff import api as staff
from orders.intake.incoming import IncomingCustomer
from orders.models import CustomerIndex, CustomerKey, Order, OrderEvent, OrderLine, OrderProgress
from orders.selectors.customers import customer_of, events_of, find_order_ids, masked
from orders.services.booking.flow import LOCKS_PER_NUMBER
from orders.subjects import subject_of
from tests.orders.ledger.arrange import NOW, ZHANG, book, booked, incoming, line, shop
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.mark.clause("C7.5", "C7.1")
def test_a_new_number_becomes_an_order_with_everything_that_belongs_to_it() -> None:
    [booking] = book(incoming(lines=(line(), line("SKU-2", "钢笔", "1", "0"))))
    assert (booking.number, booking.status) == ("TB1001", "inserted")
    assert booking.order_id is not None
    order = Order.objects.get(pk=booking.order_id)
    assert (order.number, order.total, order.paid, order.source) == (
        "TB1001",
        Decimal(100),
        Decimal(100),
        "csv",
    )
    assert order.received_at == NOW
    assert [(row.position, row.sku, row.quantity) for row in order.lines.order_by("position")] == [
        (1, "SKU-1", 2),
        (2, "SKU-2", 1),
    ]
    progress = OrderProgress.objects.get(order=order)
    assert (progress.state, progress.goods, progress.due_rule) == (
        "waiting",
        "保温杯 500ml ×2 +1",
        "orders.accept",
    )
    clock = Deadline.objects.get(subject_type="order", subject_id=str(order.pk))
    assert (clock.rule, clock.due_at, clock.label) == ("orders.accept", progress.due_at, "TM01/TB1001")
    [entry] = audit.timeline(subject_of(order))
    assert (entry.verb, entry.entry_id, entry.data["digest"]) == (
        "orders.received",
        order.entry_id,
        bytes(order.digest).hex(),
    )


def test_the_customer_is_readable_under_his_key_only() -> None:
    order = booked()
    assert customer_of(order).name == "张三丰"
    assert customer_of(order).extra == {"buyer": "zhang_1", "message": "请快一点"}
    assert masked(customer_of(order)).phone == "138****5678"
    assert masked(customer_of(order)).name == "张***"
    for part in ("张三丰", "13812345678", "世纪大道"):
        assert part.encode() not in bytes(order.sealed)


def test_a_customer_is_found_by_phone_last_four_digits_and_name() -> None:
    order = booked()
    other = booked("TB2", customer=IncomingCustomer("李四", "13900001111", "北京"))
    assert find_order_ids("138 1234 5678") == [order.pk]
    assert find_order_ids("5678") == [order.pk]
    assert find_order_ids("三丰") == [order.pk]
    assert find_order_ids("李四") == [other.pk]
    assert find_order_ids("王五") == []
    assert find_order_ids("李") == []
    assert find_order_ids("") == []


@pytest.mark.clause("C7.5")
def test_the_same_order_again_is_a_duplicate_and_adds_nothing() -> None:
    order = booked()
    [again] = book(incoming())
    assert (again.status, again.order_id) == ("duplicate", order.pk)
    assert (Order.objects.count(), OrderLine.objects.count(), OrderEvent.objects.count()) == (1, 1, 0)
    assert len(audit.timeline(subject_of(order))) == 1


def test_the_same_number_in_another_shop_is_another_order() -> None:
    booked()
    [other] = book(incoming(), code="JD01")
    assert other.status == "inserted"


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({"total": Decimal("101")}, "total"),
        ({"lines": (line(quantity="3"),)}, "lines"),
        ({"lines": (line(), line("SKU-2"))}, "lines"),
        ({"customer": replace(ZHANG, address="北京市朝阳区")}, "recipient"),
        ({"customer": replace(ZHANG, phone="13900000000")}, "recipient"),
        ({"currency": "USD"}, "currency"),
    ],
)
@pytest.mark.clause("C7.5")
def test_a_known_number_with_other_terms_is_a_conflict_for_a_human(change: dict, differs: str) -> None:
    supervisor = person("wang_supervisor")
    order = booked()
    before = (order.total, bytes(order.digest), bytes(order.sealed))
    [booking] = book(incoming(**change))
    assert (booking.status, booking.order_id, booking.reason) == ("conflict", order.pk, differs)
    order.refresh_from_db()
    assert (order.total, bytes(order.digest), bytes(order.sealed)) == before
    [event] = events_of(order)
    assert event.event.kind == OrderEvent.Kind.CONFLICT
    assert event.content["number"] == "TB1001"
    assert [row.verb for row in audit.timeline(subject_of(order))] == ["orders.received", "orders.conflict"]
    notice = Notice.objects.get(recipient=supervisor)
    assert (notice.kind, notice.label) == ("orders.conflict", "TM01/TB1001")


def test_the_same_conflict_again_is_told_once() -> None:
    person("wang_supervisor")
    booked()
    for _time in range(2):
        [booking] = book(incoming(total=Decimal(7)))
        assert booking.status == "conflict"
    assert OrderEvent.objects.count() == 1
    assert Notice.objects.count() == 1


def test_a_masked_recipient_is_left_out_of_the_comparison() -> None:
    booked()
    [booking] = book(incoming(customer=IncomingCustomer("张**", "138****5678", "上海市********")))
    assert booking.status == "duplicate"
    [booking] = book(incoming(customer=IncomingCustomer("##abc##", "$$def$$", "~xyz~1~")))
    assert booking.status == "duplicate"


def test_a_masked_order_takes_the_recipient_of_a_later_source_as_an_event() -> None:
    order = booked(customer=IncomingCustomer("张**", "138****5678", "上海市****"))
    [booking] = book(incoming())
    assert booking.status == "duplicate"
    [event] = events_of(order)
    assert event.content["recipient"] == {"name": "张三丰", "phone": "13812345678", "address": ZHANG.address}
    assert book(incoming())[0].status == "duplicate"
    assert OrderEvent.objects.count() == 1


def test_only_a_complete_phone_merges_customers() -> None:
    one = booked("1")
    two = booked("2", customer=replace(ZHANG, name="别的名字"))
    assert one.customer_key_id == two.customer_key_id
    by_name = booked("3", customer=IncomingCustomer("张三丰", "", ZHANG.address))
    by_mask = [
        booked(number, customer=IncomingCustomer("张三丰", "138****5678", ZHANG.address))
        for number in ("4", "5")
    ]
    lent = [booked(number, customer=replace(ZHANG, phone="13812345678-4321")) for number in ("6", "7")]
    keys = [order.customer_key_id for order in (one, by_name, *by_mask, *lent)]
    assert len(set(keys)) == len(keys)
    assert customer_of(two).name == "别的名字"


def test_what_a_later_export_says_beside_the_terms_is_an_event_once() -> None:
    order = booked(facts={"订单状态": "等待发货", "备注 ": " 留意\n换行 "})
    first = events_of(order)
    assert [event.content["facts"]["备注 "] for event in first] == [" 留意\n换行 "]
    for _time in range(2):
        [booking] = book(incoming(facts={"订单状态": "已发货", "物流单号": "SF1"}), source="taobao")
        assert booking.status == "duplicate"
    assert [event.content["facts"]["订单状态"] for event in events_of(order)] == ["等待发货", "已发货"]
    assert [row.verb for row in audit.timeline(subject_of(order))] == ["orders.received", "orders.event"]


def test_quantity_zero_amount_zero_and_no_customer_are_facts() -> None:
    nothing: dict[str, Any] = {
        "lines": (line(quantity="0", price="0"),),
        "customer": IncomingCustomer(),
        "total": Decimal(0),
        "paid": None,
    }
    order = booked(**nothing)
    assert (order.total, order.paid, order.lines.get().quantity) == (Decimal(0), None, Decimal(0))
    assert customer_of(order).empty
    assert not CustomerIndex.objects.filter(order_id=order.pk).exists()
    assert book(incoming(**nothing))[0].status == "duplicate"


def test_historical_orders_open_no_clock() -> None:
    [booking] = book(incoming(), historical=True)
    assert booking.status == "inserted"
    assert booking.order_id is not None
    progress = OrderProgress.objects.get(order_id=booking.order_id)
    assert (progress.state, progress.due_at) == ("closed", None)
    assert not Deadline.objects.exists()


def test_a_number_twice_in_one_call_is_compared_too() -> None:
    found = book(incoming(), incoming(), incoming(total=Decimal(5)), incoming("TB2"))
    assert [booking.status for booking in found] == ["inserted", "duplicate", "conflict", "inserted"]
    assert len({booking.order_id for booking in found[:3]}) == 1


def test_facts_of_a_row_that_repeats_in_one_call_are_kept() -> None:
    book(incoming(facts={"状态": "一"}), incoming(facts={"状态": "二"}), incoming(facts={"状态": "一"}))
    assert [event.content["facts"]["状态"] for event in events_of(Order.objects.get())] == ["一", "二"]


def test_many_orders_go_the_way_of_copy_and_read_the_same() -> None:
    orders = [
        incoming(
            f"N{i}",
            lines=(line("A\\B", "tab\there\nline \\N"), line("", "只有标题", "1", None)),
            placed_at=None,
        )
        for i in range(LOCKS_PER_NUMBER + 10)
    ]
    assert {booking.status for booking in book(*orders, now=NOW)} == {"inserted"}
    first = Order.objects.get(number="N0").lines.order_by("position")
    assert [(row.sku, row.title, row.price) for row in first] == [
        ("A\\B", "tab\there\nline \\N", 50),
        ("", "只有标题", None),
    ]
    assert CustomerKey.objects.count() == 1
    assert {booking.status for booking in book(*orders)} == {"duplicate"}
    assert find_order_ids("三丰")[0] == Order.objects.get(number=f"N{LOCKS_PER_NUMBER + 9}").pk


def test_an_order_that_arrives_cancelled_never_waits() -> None:
    [booking] = book(incoming(cancelled=True))
    assert booking.order_id is not None
    assert OrderProgress.objects.get(order_id=booking.order_id).state == "cancelled"
    assert not Deadline.objects.filter(state="open").exists()
    assert OrderEvent.objects.get().kind == OrderEvent.Kind.CANCELLED_IN_SHOP


def test_a_waiting_order_that_the_shop_cancels_is_called_off() -> None:
    order = booked()
    [booking] = book(incoming(cancelled=True), now=NOW + dt.timedelta(minutes=1))
    assert booking.status == "duplicate"
    assert OrderProgress.objects.get(order=order).state == "cancelled"
    assert Deadline.objects.get().state == "cancelled"


def test_whoever_holds_an_order_that_the_shop_cancels_is_told() -> None:
    agent = person("li_lei")
    order = booked()
    OrderProgress.objects.filter(order=order).update(state="accepted", holder=agent, accepted_at=NOW)
    book(incoming(cancelled=True))
    book(incoming(cancelled=True))
    assert OrderProgress.objects.get(order=order).state == "accepted"
    assert Notice.objects.filter(recipient=agent, kind="orders.shop_cancelled").count() == 1


@pytest.mark.parametrize("state", ["handed_over", "taken", "closed"])
def test_what_is_out_of_hand_stays_where_it_is_when_the_shop_cancels(state: str) -> None:
    agent, order = person("li_lei"), booked()
    for step in ("accepted", "contacted", "confirmed", "handed_over", "taken", "closed"):
        OrderProgress.objects.filter(order=order).update(
            state=step, holder=agent, accepted_at=NOW, taken_at=NOW, taken_by=agent
        )
        if step == state:
            break
    book(incoming(cancelled=True))
    assert OrderProgress.objects.get(order=order).state == state
    assert not Notice.objects.filter(kind="orders.shop_cancelled").exists()


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"number": "9" * 65}, "number"),
        ({"number": ""}, "number"),
        ({"lines": ()}, "lines"),
        ({"lines": (line("x" * 121),)}, "lines.0"),
        ({"lines": (line(), line("", "t" * 501))}, "lines.1"),
        ({"lines": (line("", ""),)}, "lines.0"),
        ({"lines": (line(quantity="1e20"),)}, "lines.0"),
        ({"total": Decimal("1e13")}, "total"),
    ],
)
def test_what_the_ledger_cannot_hold_is_refused_and_nothing_is_booked(change: dict, path: str) -> None:
    values = {"number": "TB2", **change}
    with pytest.raises(Invalid) as refused:
        book(incoming(), incoming(**values))
    assert refused.value.errors[0]["path"] == path
    assert not Order.objects.exists()


def test_nothing_given_nothing_booked() -> None:
    assert book() == []


def test_a_batch_is_named_in_the_ledger_and_tells_its_conflicts_once() -> None:
    from orders.models import Batch

    supervisor = person("wang_supervisor")
    batch = Batch.objects.create(
        shop=shop(), filename="a.csv", created_at=NOW, erase_at=NOW, kek="", wrapped_key=None
    )
    book(incoming("1"), incoming("2"), batch=batch)
    assert set(Order.objects.values_list("batch_id", flat=True)) == {batch.pk}
    book(incoming("1", total=Decimal(1)), incoming("2", total=Decimal(1)), batch=batch)
    notice = Notice.objects.get(recipient=supervisor)
    assert (notice.kind, notice.label) == ("orders.conflicts_in_batch", f"TM01 #{batch.pk}")


def test_two_other_contracts_under_one_number_are_two_conflicts() -> None:
    booked()
    other = [incoming(total=Decimal(total), paid=None) for total in ("90", "80")]
    assert [booking.reason for booking in book(*other)] == ["total", "total"]


def test_a_conflict_is_told_to_whoever_is_on_duty() -> None:
    booked()
    boss = person("wang_supervisor")
    staff.start_duty(by=boss, now=NOW)
    book(incoming(total=Decimal("90.00")), now=NOW)
    assert list(Notice.objects.filter(kind="orders.conflict").values_list("recipient", flat=True)) == [
        boss.pk
    ]
