"""The contract terms of an order (C7.5), and when the same number is the same order again. Pure.

Terms are the lines (SKU or title, quantity, price), the amounts and the recipient. Compared is what *both* sides
state in the clear: a masked recipient, a price or an amount that one of them leaves open, or a payment that has not
been made yet says nothing against the other. Status, payment, logistics and remarks are no terms; they become events.

The comparison itself is an HMAC under a key of the order's customer (orders.services.booking): `canonical` gives the
bytes, `completed` fills what the newcomer leaves open with what stands, and leaves out what the standing order does
not state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation

from orders.people import complete_phone, folded, is_masked

_MONEY = Decimal("0.01")
_PRICE = Decimal("0.0001")
_QUANTITY = Decimal("0.001")
_CONTEXT = Context(prec=40, rounding=ROUND_HALF_UP)
_ZERO = {_MONEY: Decimal("0.00"), _PRICE: Decimal("0.0000"), _QUANTITY: Decimal("0.000")}
_LIMIT = {_MONEY: Decimal(10) ** 12, _PRICE: Decimal(10) ** 10, _QUANTITY: Decimal(10) ** 11}


class OutOfRange(ValueError):
    """A number that the ledger's columns do not hold."""


def _fixed(value: Decimal | None, step: Decimal) -> Decimal | None:
    if value is None:
        return None
    if not value.is_finite():
        raise OutOfRange(str(value))
    if not value:
        return _ZERO[step]  # no -0.00
    try:
        fixed = value.quantize(step, context=_CONTEXT)
    except InvalidOperation as error:
        raise OutOfRange(str(value)) from error
    if abs(fixed) >= _LIMIT[step]:
        raise OutOfRange(str(value))
    return fixed if fixed else _ZERO[step]


def money(value: Decimal | None) -> Decimal | None:
    """Two decimals, half up; OutOfRange from 10¹² on."""
    return _fixed(value, _MONEY)


def price(value: Decimal | None) -> Decimal | None:
    """Four decimals; OutOfRange from 10¹⁰ on."""
    return _fixed(value, _PRICE)


def quantity(value: Decimal) -> Decimal:
    """Three decimals; OutOfRange from 10¹¹ on."""
    fixed = _fixed(value, _QUANTITY)
    assert fixed is not None  # noqa: S101
    return fixed


@dataclass(frozen=True, slots=True)
class TermLine:
    """One line as it is compared."""

    sku: str
    title: str
    quantity: Decimal
    price: Decimal | None
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Terms:
    """What is compared. A recipient's part is "" when it is not stated or masked."""

    currency: str
    total: Decimal | None
    paid: Decimal | None
    lines: tuple[TermLine, ...]
    name: str
    phone: str
    address: str


def recipient_part(value: str) -> str:
    """A name or an address as it is compared."""
    return "" if not value or is_masked(value) else folded(value)


def phone_part(value: str) -> str:
    """A phone as it is compared: its digits, or what stands in its place."""
    return complete_phone(value) or recipient_part(value)


def _counted(text: str) -> str:
    return f"{len(text)}:{text}"


def _line(line: TermLine) -> str:
    return f"{_counted(line.sku or line.title)}|{line.quantity}|{line.price}|{line.amount}"


def line_texts(terms: Terms) -> list[str]:
    """The lines as they are compared, sorted."""
    return sorted([_line(line) for line in terms.lines])


def canonical(terms: Terms) -> bytes:
    """One byte string per set of terms; the order of lines does not matter."""
    lines = line_texts(terms)
    recipient = f"{_counted(terms.name)}|{_counted(terms.phone)}|{_counted(terms.address)}"
    head = f"1|{terms.currency}|{terms.total}|{terms.paid}|{recipient}|{len(lines)}|"
    return (head + "|".join(lines)).encode("utf-8", "replace")


def _both(new: Decimal | None, stands: Decimal | None) -> Decimal | None:
    return stands if new is None or stands is None else new


def _paid(new: Decimal | None, stands: Decimal | None) -> Decimal | None:
    # Nothing paid yet is a state, not a term.
    return new if new and stands else stands


def _lines(new: Sequence[TermLine], stands: Sequence[TermLine]) -> tuple[TermLine, ...]:
    if len(new) != len(stands):
        return tuple(new)
    completed = []
    for line, other in zip(new, stands, strict=True):
        sku, title = line.sku, line.title
        if bool(sku) != bool(other.sku) and title == other.title:
            sku = other.sku
        completed.append(
            TermLine(
                sku, title, line.quantity, _both(line.price, other.price), _both(line.amount, other.amount)
            )
        )
    return tuple(completed)


def completed(new: Terms, stands: Terms) -> Terms:
    """The newcomer's terms in the extent of the standing order's: equal canonical bytes mean the same contract."""
    return replace(
        new,
        total=_both(new.total, stands.total),
        paid=_paid(new.paid, stands.paid),
        lines=_lines(new.lines, stands.lines),
        name=new.name if new.name and stands.name else stands.name,
        phone=new.phone if new.phone and stands.phone else stands.phone,
        address=new.address if new.address and stands.address else stands.address,
    )
