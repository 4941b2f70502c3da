"""Shopify's and WooCommerce's payloads become orders; nonsense becomes a list of problems with paths."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.intake import shopify, woocommerce
from orders.intake.incoming import IncomingOrder
from orders.intake.payloads import BadPayload, Notification, strict_json
from tests.orders.hooks.samples import load, raw, shopify_order, woo_order


def from_shopify(body: Any, topic: str = "orders/create") -> Notification:
    return shopify.read(topic, strict_json(json.dumps(body).encode()), currency="CNY", raw="")


def from_woo(body: Any, topic: str = "order.created") -> Notification:
    return woocommerce.read(topic, strict_json(json.dumps(body).encode()), currency="CNY", raw="")


def wrong(read: Any, body: Any, *topic: str) -> set[tuple[str, str]]:
    with pytest.raises(BadPayload) as refused:
        read(body, *topic)
    return {(problem.path, problem.code) for problem in refused.value.problems}


def test_a_shopify_order_is_read() -> None:
    said = shopify.read("orders/create", strict_json(raw("shopify/order.json")), currency="CNY", raw="")
    order: IncomingOrder = said.order
    assert order.number == "9999"
    assert [(line.title, line.quantity, line.price) for line in order.lines] == [
        ("Soda", Decimal(1), Decimal("0.00")),
        ("Another Beer For Good Times", Decimal(1), Decimal("5.00")),
    ]
    assert (order.total, order.currency, order.paid) == (Decimal("10.00"), "USD", None)
    assert order.placed_at == dt.datetime(2016, 5, 17, 4, 14, 36, tzinfo=dt.UTC)
    assert (order.customer.name, order.customer.phone) == ("Steve Shipper", "555-555-SHIP")
    assert "123 Shipping Street" in order.customer.address
    assert order.cancelled
    assert order.facts["financial_status"] == "voided"
    assert not {"customer", "billing_address", "email"} & set(order.facts)


def test_shopify_payment_and_edits_are_facts_and_leave_the_terms_alone() -> None:
    before = from_shopify(shopify_order()).order
    later = shopify_order(financial_status="paid", current_total_price="1.00", fulfillment_status="fulfilled")
    after = from_shopify(later, "orders/paid").order
    assert (before.lines, before.total, before.paid, before.customer) == (
        after.lines,
        after.total,
        after.paid,
        after.customer,
    )
    assert before.facts != after.facts


def test_a_shopify_order_may_come_bare_or_wrapped() -> None:
    assert from_shopify(shopify_order()).order == from_shopify({"order": shopify_order()}).order


CANCELLED_AT = "2026-11-23T11:00:00+08:00"


def test_a_cancellation_says_so_in_its_signed_body() -> None:
    assert from_shopify(shopify_order(cancelled_at=CANCELLED_AT), "orders/cancelled").order.cancelled
    assert from_shopify(shopify_order(cancelled_at=CANCELLED_AT), "orders/updated").order.cancelled
    assert not from_shopify(shopify_order()).order.cancelled


@pytest.mark.parametrize(
    "body", [shopify_order(), shopify_order(cancelled_at=None), {"order": shopify_order()}]
)
def test_an_unsigned_topic_cancels_nothing(body: dict[str, Any]) -> None:
    said = from_shopify(body, "orders/cancelled")
    assert (said.kind, "cancelled_at" in said.reason) == ("ignore", True)


@pytest.mark.parametrize("topic", ["", "products/update", "orders/delete", "orders/edited", "order.created"])
def test_other_shopify_topics_are_ignored(topic: str) -> None:
    assert from_shopify({"anything": 1}, topic).kind == "ignore"


def test_an_order_whose_topic_was_lost_on_the_way_is_an_order_all_the_same() -> None:
    assert from_shopify(shopify_order(), "").order.number == from_shopify(shopify_order()).order.number
    assert from_woo(woo_order(), "").order.number == from_woo(woo_order()).order.number


def test_without_a_topic_a_basket_or_a_product_is_no_order() -> None:
    basket = {key: value for key, value in shopify_order().items() if key != "order_number"}
    assert from_shopify(basket, "").kind == "ignore"
    assert from_woo({"id": 1, "name": "stool", "price": "5.00"}, "").kind == "ignore"
    assert from_woo(woo_order(status="checkout-draft"), "").kind == "ignore"


def test_a_shopify_order_without_names_takes_its_number_and_buyer_from_elsewhere() -> None:
    body = shopify_order(name=None, shipping_address=None, billing_address=None)
    body["customer"]["phone"] = "14000000001"
    order = from_shopify(body).order
    assert order.number == "1234"
    assert (order.customer.name, order.customer.phone) == ("John Smith", "14000000001")


def test_everything_wrong_with_a_shopify_order_is_told_at_once() -> None:
    body = shopify_order(
        name=" # ",
        order_number=None,
        id=None,
        total_price="1e5",
        currency="usd",
        created_at="yesterday",
        line_items=[
            {"quantity": -1},
            7,
            {"title": "x", "quantity": 1.5e20},
            {"sku": "a", "price": True, "quantity": 1},
        ],
    )
    assert wrong(from_shopify, body) == {
        ("name", "required"),
        ("total_price", "number"),
        ("currency", "currency"),
        ("created_at", "date"),
        ("line_items[0]", "goods"),
        ("line_items[0].quantity", "range"),
        ("line_items[1]", "type"),
        ("line_items[2].quantity", "range"),
        ("line_items[3].price", "type"),
    }


def test_a_woocommerce_order_is_read() -> None:
    order: IncomingOrder = from_woo(load("woocommerce/orders_00.json")).order
    assert (order.number, order.total, order.currency) == ("727", Decimal("29.35"), "USD")
    assert [(line.sku, line.title, line.quantity, line.price, line.amount) for line in order.lines] == [
        ("", "Woo Single #1", Decimal(2), Decimal(3), Decimal(6)),
        ("Bar3", "Ship Your Idea – Color: Black, Size: M Test", Decimal(1), Decimal(12), Decimal(12)),
    ]
    assert order.placed_at == dt.datetime(2017, 3, 22, 19, 28, 2, tzinfo=dt.UTC)
    assert (order.customer.name, order.customer.phone) == ("John Doe", "(555) 555-5555")
    assert order.customer.extra["email"] == "john.doe@example.com"
    assert not order.cancelled


def test_woocommerce_orders_of_the_list_are_read() -> None:
    numbers = [from_woo(order).order.number for order in load("woocommerce/orders_02.json")]
    assert numbers == ["727", "723"]


def test_without_a_shipping_address_woocommerce_delivers_to_billing() -> None:
    order = from_woo(woo_order(shipping=[])).order
    assert (order.customer.name, "969 Market" in order.customer.address) == ("John Doe", True)
    assert "billing_name" not in order.customer.extra


def test_a_chinese_name_has_the_surname_first() -> None:
    order = from_woo(
        woo_order(shipping={"first_name": "伟", "last_name": "张", "address_1": "香樟路1号"})
    ).order
    assert order.customer.name == "张伟"


def test_a_computed_unit_price_is_rounded() -> None:
    line = {"name": "Set of three", "quantity": 3, "price": 8.333333333333334, "total": "25.00"}
    assert from_woo(woo_order(line_items=[line])).order.lines[0].price == Decimal("8.3333")


@pytest.mark.parametrize(
    ("status", "expected"), [("processing", False), ("cancelled", True), ("refunded", True)]
)
def test_woocommerce_says_by_status_what_is_cancelled(status: str, expected: bool) -> None:
    assert from_woo(woo_order(status=status), "order.updated").order.cancelled is expected


def test_a_basket_is_not_an_order() -> None:
    assert from_woo(woo_order(status="checkout-draft")).kind == "ignore"


def test_a_deleted_order_is_a_cancellation() -> None:
    assert from_woo({"id": 727}, "order.deleted") == Notification("cancel", number="727")
    assert wrong(from_woo, {}, "order.deleted") == {("id", "required")}
    assert wrong(from_woo, [], "order.deleted") == {("id", "required")}


def test_an_order_s_own_body_is_no_deletion_of_it() -> None:
    said = from_woo(woo_order(), "order.deleted")
    assert (said.kind, "only the id" in said.reason) == ("ignore", True)


@pytest.mark.parametrize("topic", ["", "product.created", "coupon.updated", "action.woocommerce_add_to_cart"])
def test_other_woocommerce_topics_are_ignored(topic: str) -> None:
    assert from_woo({}, topic).kind == "ignore"


@pytest.mark.parametrize("body", [[], 1, None, "order", True])
def test_what_is_no_object_is_no_order(body: Any) -> None:
    assert wrong(from_woo, body) == {("", "type")}
    assert wrong(from_shopify, body) == {("", "type")}


def test_an_entity_cannot_smuggle_what_json_may_not_hold() -> None:
    line = {"name": "a&#0;b&#xD800;c", "quantity": 1}
    order = from_woo(woo_order(line_items=[line])).order
    assert "\x00" not in order.lines[0].title
    assert not any("\ud800" <= character <= "\udfff" for character in order.lines[0].title)


@pytest.mark.parametrize(("raw_body", "expected"), [
    (b"webhook_id=12", True), (b"webhook_id=12\r\n", True), (b"webhook_id=", False), (b"webhook_id=1&x=2", False),
    (b'{"webhook_id":1}', False), (b"", False),
])  # fmt: skip
def test_the_ping_is_recognised(raw_body: bytes, expected: bool) -> None:
    assert woocommerce.is_ping(raw_body) is expected


_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(shopify_order())), st.sampled_from(sorted(woo_order())), _anything)
def test_any_value_in_any_place_is_an_order_or_a_problem(of_shopify: str, of_woo: str, value: Any) -> None:
    for read, body in (
        (from_shopify, shopify_order(**{of_shopify: value})),
        (from_shopify, shopify_order(line_items=[{of_shopify: value, "title": value, "quantity": value}])),
        (from_woo, woo_order(**{of_woo: value})),
        (from_woo, woo_order(billing={"phone": value, "first_name": value}, line_items=[value])),
    ):
        try:
            said = read(body)
        except BadPayload as bad:
            assert bad.problems  # noqa: PT017
        else:
            assert said.kind == "ignore" or 0 < len(said.order.number) <= 64
