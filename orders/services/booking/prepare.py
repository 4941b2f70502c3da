"""An incoming order, measured for the ledger: numbers in the scale of the columns, terms, the customer's identity."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from office.audit.canonical import instant
from office.errors import Invalid
from office.tables.text import clean_tree
from orders import terms
from orders.intake.incoming import IncomingOrder
from orders.people import complete_phone
from orders.selectors.customers import phone_hash
from orders.terms import TermLine, Terms

#: Longest values the columns hold; adapters refuse longer ones earlier, with the row and the column.
NUMBER, SKU, TITLE, SOURCE, GOODS = 64, 120, 500, 20, 120


@dataclass(slots=True)
class Head:
    """What must be known of an order before anything is written. `identity` is the keyed hash of a complete phone
    number, or None: then the order gets a customer of its own."""

    order: IncomingOrder
    number: str
    phone: str
    identity: bytes | None


@dataclass(slots=True)
class Prepared(Head):
    """An order measured for the ledger; `canonical` are the bytes of its terms."""

    terms: Terms
    canonical: bytes
    placed_at: str
    goods: str


def head(order: IncomingOrder) -> Head:
    """Invalid for a number that the ledger cannot hold."""
    number = order.number
    if not 0 < len(number) <= NUMBER:
        raise _invalid(
            "number", "length", _("An order number has 1 to %(limit)d characters.") % {"limit": NUMBER}
        )
    phone = complete_phone(order.customer.phone) if order.customer.phone else ""
    return Head(order, number, phone, phone_hash(phone) if phone else None)


def measure(known: Head) -> Prepared:
    """Invalid (with the path of the value) for what the ledger cannot hold."""
    order, customer = known.order, known.order.customer
    if not order.lines:
        raise _invalid("lines", "empty", _("An order has at least one line."))
    lines = tuple([_line(line, at) for at, line in enumerate(order.lines)])
    try:
        found = Terms(
            order.currency,
            terms.money(order.total),
            terms.money(order.paid),
            lines,
            terms.recipient_part(customer.name),
            known.phone or terms.recipient_part(customer.phone),
            terms.recipient_part(customer.address),
        )
    except terms.OutOfRange:
        raise _invalid("total", "range", _("An amount is out of range.")) from None
    return Prepared(
        order=order,
        number=known.number,
        phone=known.phone,
        identity=known.identity,
        terms=found,
        canonical=terms.canonical(found),
        placed_at=instant(order.placed_at) if order.placed_at else "",
        goods=_goods(lines),
    )


def prepare(order: IncomingOrder) -> Prepared:
    """Both at once. Invalid for what the ledger cannot hold."""
    return measure(head(order))


def _line(line: Any, at: int) -> TermLine:
    if len(line.sku) > SKU or len(line.title) > TITLE or not (line.sku or line.title):
        raise _invalid(
            f"lines.{at}", "length", _("A line needs a SKU or a title, and neither may be too long.")
        )
    try:
        return TermLine(
            line.sku,
            line.title,
            terms.quantity(line.quantity),
            terms.price(line.price),
            terms.money(line.amount),
        )
    except terms.OutOfRange:
        raise _invalid(f"lines.{at}", "range", _("A number is out of range.")) from None


def _invalid(path: str, code: str, message: str) -> Invalid:
    return Invalid(message, errors=[{"path": path, "code": code, "message": message}])


def _goods(lines: tuple[TermLine, ...]) -> str:
    """ "first title ×2 +3", for lists."""
    first = lines[0]
    tail = f" ×{count(first.quantity)}" + (f" +{len(lines) - 1}" if len(lines) > 1 else "")
    room = GOODS - len(tail)
    title = first.title or first.sku
    return (title if len(title) <= room else title[: room - 1] + "…") + tail


def count(quantity: Decimal) -> str:
    """A quantity without trailing zeros."""
    text = str(quantity)
    return text[:-4] if text.endswith(".000") else text.rstrip("0").rstrip(".")


def customer_blob(order: IncomingOrder) -> dict[str, Any]:
    """What `Order.sealed` says of the recipient."""
    customer = order.customer
    return {
        "name": customer.name,
        "phone": customer.phone,
        "address": customer.address,
        "extra": dict(customer.extra),
    }


def facts_of(order: IncomingOrder) -> dict[str, Any] | None:
    """What the source says beside the terms, or None."""
    if not order.facts and not order.cancelled:
        return None
    return {"facts": clean_tree(order.facts), "cancelled": order.cancelled}


def said(prepared: Prepared) -> dict[str, Any]:
    """The whole of an order in conflict, for the human who looks at it."""
    order = prepared.order
    return {
        "number": prepared.number,
        "currency": order.currency,
        "total": order.total,
        "paid": order.paid,
        "placed_at": prepared.placed_at,
        "customer": customer_blob(order),
        "lines": [
            {"sku": x.sku, "title": x.title, "quantity": x.quantity, "price": x.price, "amount": x.amount}
            for x in prepared.terms.lines
        ],
        "facts": clean_tree(order.facts),
    }


def newly_stated(prepared: Prepared, known: dict[str, Any]) -> dict[str, str]:
    """Parts of the recipient that this source states in the clear and the standing order does not."""
    stated = prepared.terms
    parts = {"name": stated.name, "phone": stated.phone, "address": stated.address}
    stands = {
        "name": terms.recipient_part(known.get("name", "")),
        "phone": terms.phone_part(known.get("phone", "")),
        "address": terms.recipient_part(known.get("address", "")),
    }
    return {
        part: getattr(prepared.order.customer, part)
        for part, value in parts.items()
        if value and not stands[part]
    }
