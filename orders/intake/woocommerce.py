"""WooCommerce's order webhooks → Notification. Pure.

Names come with HTML entities (&ndash;), times without a zone (`*_gmt` is UTC), an empty object as PHP's []. The
recipient is the shipping address where it is filled, else the billing one; the phone is often only in billing.
Contract terms are quantity, unit price, line total and order total; status, payment and shipping are facts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from orders.intake.incoming import IncomingCustomer, IncomingLine, IncomingOrder
from orders.intake.payloads import BadPayload, Notification, Problem, Reader, full_name, number_problem, plain

ORDER_TOPICS = frozenset({"order.created", "order.updated", "order.restored"})
#: A basket that nobody has ordered yet.
DRAFTS = frozenset({"checkout-draft", "auto-draft"})
CANCELLED = frozenset({"cancelled", "refunded", "trash"})
_TAKEN = {"line_items", "billing", "shipping", "number", "total", "currency", "customer_note", "_links"}
_PING = re.compile(rb"webhook_id=[0-9]{1,20}")


def is_ping(raw: bytes) -> bool:
    """The unsigned form body by which WooCommerce tries a new webhook's address."""
    return _PING.fullmatch(raw.strip()) is not None


def read(topic: str, body: Any, *, currency: str, raw: str) -> Notification:
    """`body` is parsed JSON; `currency` the shop's, for an order that names none. Raises BadPayload."""
    if topic == "order.deleted":
        # The signature covers the body and not the topic. A deletion is told by the id alone, so a body that was an
        # order once cannot be sent again as its deletion.
        if isinstance(body, dict) and set(body) - {"id"}:
            return Notification("ignore", reason="topic contradicts body: a deletion names only the id")
        reader = Reader()
        number = reader.text(body, "id", longest=80) if isinstance(body, dict) else ""
        if code := number_problem(number):
            reader.wrong("id", code)
        reader.done()
        return Notification("cancel", number=number)
    # The topic is an unsigned header, which a proxy may drop: then the signed body says what it is.
    if topic not in ORDER_TOPICS and not (topic == "" and _is_order(body)):
        return Notification("ignore", reason="unknown topic")
    if not isinstance(body, dict):
        raise BadPayload([Problem("", "type", "The body is not an order object.")])
    status = body.get("status")
    if isinstance(status, str) and status in DRAFTS:
        return Notification("ignore", reason="not ordered yet")
    order = _order(body, currency=currency, raw=raw)
    return Notification("order", order=order, number=order.number)


def _is_order(body: Any) -> bool:
    return isinstance(body, dict) and "line_items" in body and "number" in body


def _order(body: Mapping[str, Any], *, currency: str, raw: str) -> IncomingOrder:
    reader = Reader()
    number = reader.text(body, "number", longest=80) or reader.text(body, "id", longest=80)
    if code := number_problem(number):
        reader.wrong("number", code)
    lines = tuple(
        _line(reader, item, path) for path, item in reader.objects(body, "line_items", required=True)
    )
    status = reader.text(body, "status", longest=60)
    placed_at = reader.moment(body, "date_created_gmt", assume_utc=True)
    order_currency = reader.currency(body, currency)
    total = reader.decimal(body, "total")
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
        cancelled=status in CANCELLED,
        raw=((raw,),),
    )


def _line(reader: Reader, item: Mapping[str, Any], path: str) -> IncomingLine:
    title = reader.text(item, "name", path=path, entities=True)
    sku = reader.text(item, "sku", path=path, longest=120, entities=True)
    if not title and not sku:
        reader.wrong(path, "goods")
    quantity = reader.decimal(item, "quantity", path=path, whole=11, places=3, required=True)
    # WooCommerce divides: 8.333333333333334 is a unit price here.
    price = reader.decimal(item, "price", path=path, whole=10, places=4, cut=True, negative=True)
    amount = reader.decimal(item, "total", path=path, cut=True, negative=True)
    return IncomingLine(sku=sku, title=title, quantity=quantity or Decimal(0), price=price, amount=amount)


def _customer(reader: Reader, body: Mapping[str, Any]) -> IncomingCustomer:
    billing, shipping = reader.part(body, "billing"), reader.part(body, "shipping")

    def get(of: Mapping[str, Any], path: str, field: str, longest: int = 500) -> str:
        return reader.text(of, field, path=path, longest=longest, entities=True)

    filled = any(get(shipping, "shipping", field) for field in ("first_name", "last_name", "address_1"))
    path, recipient = ("shipping", shipping) if filled else ("billing", billing)
    phone = get(recipient, path, "phone", 60) or get(billing, "billing", "phone", 60)
    fields = ("country", "state", "city", "address_1", "address_2", "postcode")
    parts = [get(recipient, path, field) for field in fields]
    extra = {
        "email": get(billing, "billing", "email"),
        "company": get(recipient, path, "company"),
        "message": reader.text(body, "customer_note", longest=5000, entities=True),
    }
    if filled:
        extra["billing_name"] = full_name(
            get(billing, "billing", "first_name"), get(billing, "billing", "last_name")
        )
    return IncomingCustomer(
        name=full_name(get(recipient, path, "first_name"), get(recipient, path, "last_name")),
        phone=phone,
        address=" ".join(part for part in parts if part),
        extra={field: value for field, value in extra.items() if value},
    )
