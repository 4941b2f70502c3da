"""Shopify's order webhooks → Notification. Pure.

The order's number is what Shopify shows to people, `name` without its "#". Contract terms are `quantity`, `price` and
`total_price` as ordered: what edits and refunds change (`current_*`, financial_status, fulfilments) are facts beside
the order, and so is whether it is paid.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from orders.intake.incoming import IncomingCustomer, IncomingLine, IncomingOrder
from orders.intake.payloads import BadPayload, Notification, Problem, Reader, full_name, number_problem, plain

#: Topics whose payload is the whole order as it stands.
ORDER_TOPICS = frozenset(
    {
        "orders/create",
        "orders/updated",
        "orders/paid",
        "orders/cancelled",
        "orders/fulfilled",
        "orders/partially_fulfilled",
    }
)
#: What becomes the contract or the customer, and is therefore not repeated among the facts.
_TAKEN = {
    "line_items",
    "shipping_address",
    "billing_address",
    "customer",
    "email",
    "contact_email",
    "phone",
    "name",
}
_TAKEN |= {"total_price", "currency"}


def read(topic: str, body: Any, *, currency: str, raw: str) -> Notification:
    """`body` is parsed JSON, bare or as {"order": {…}}; `currency` the shop's, for an order that names none.

    Raises BadPayload."""
    if isinstance(body, dict) and isinstance(body.get("order"), dict):
        body = body["order"]
    # The topic is an unsigned header, which a proxy may drop: then the signed body says what it is. A draft or a basket
    # has lines and no order number.
    if topic not in ORDER_TOPICS and not (topic == "" and _is_order(body)):
        return Notification("ignore", reason="unknown topic")
    if not isinstance(body, dict):
        raise BadPayload([Problem("", "type", "The body is not an order object.")])
    if topic == "orders/cancelled" and not body.get("cancelled_at"):
        # The signature covers the body and not the topic: the body says that it is no cancellation.
        return Notification("ignore", reason="topic contradicts body: cancelled_at is empty")
    order = _order(body, currency=currency, raw=raw)
    return Notification("order", order=order, number=order.number)


def _is_order(body: Any) -> bool:
    return isinstance(body, dict) and "line_items" in body and "order_number" in body


def _order(body: Mapping[str, Any], *, currency: str, raw: str) -> IncomingOrder:
    reader = Reader()
    number = (
        reader.text(body, "name", longest=80).lstrip("#").strip()
        or reader.text(body, "order_number", longest=80)
        or reader.text(body, "id", longest=80)
    )
    if code := number_problem(number):
        reader.wrong("name", code)
    lines = tuple(
        _line(reader, item, path) for path, item in reader.objects(body, "line_items", required=True)
    )
    placed_at: dt.datetime | None = reader.moment(body, "created_at", "processed_at")
    cancelled_at = reader.moment(body, "cancelled_at")
    order_currency = reader.currency(body, currency)
    total = reader.decimal(body, "total_price")
    customer = _customer(reader, body)
    reader.done(number)
    return IncomingOrder(
        number=number,
        lines=lines,
        customer=customer,
        placed_at=placed_at,
        currency=order_currency,
        total=total,
        facts={key: plain(value) for key, value in body.items() if key not in _TAKEN},
        cancelled=cancelled_at is not None,
        raw=((raw,),),
    )


def _line(reader: Reader, item: Mapping[str, Any], path: str) -> IncomingLine:
    title = reader.text(item, "title", path=path)
    variant = reader.text(item, "variant_title", path=path)
    sku = reader.text(item, "sku", path=path, longest=120)
    if not title and not sku:
        reader.wrong(path, "goods")
    quantity = reader.decimal(item, "quantity", path=path, whole=11, places=3, required=True)
    price = reader.decimal(item, "price", path=path, whole=10, places=4, negative=True)
    shown = f"{title} - {variant}" if variant and variant not in title else title
    return IncomingLine(sku=sku, title=shown[:500], quantity=quantity or Decimal(0), price=price)


def _customer(reader: Reader, body: Mapping[str, Any]) -> IncomingCustomer:
    shipping, billing = reader.part(body, "shipping_address"), reader.part(body, "billing_address")
    key = "shipping_address" if shipping else "billing_address"
    address = shipping or billing
    buyer = reader.part(body, "customer")
    name = reader.text(address, "name", path=key) or full_name(
        reader.text(address, "first_name", path=key), reader.text(address, "last_name", path=key)
    )
    if not name:
        name = full_name(
            reader.text(buyer, "first_name", path="customer"),
            reader.text(buyer, "last_name", path="customer"),
        )
    phone = (
        reader.text(address, "phone", path=key, longest=60)
        or reader.text(body, "phone", longest=60)
        or reader.text(buyer, "phone", path="customer", longest=60)
        or reader.text(billing, "phone", path="billing_address", longest=60)
    )
    fields = ("country", "province", "city", "address1", "address2", "zip")
    parts = [reader.text(address, field, path=key) for field in fields]
    extra = {
        "email": reader.text(body, "email") or reader.text(body, "contact_email"),
        "company": reader.text(address, "company", path=key),
    }
    if shipping and billing:
        extra["billing_name"] = reader.text(billing, "name", path="billing_address")
    return IncomingCustomer(
        name=name,
        phone=phone,
        address=" ".join(part for part in parts if part),
        extra={field: value for field, value in extra.items() if value},
    )
