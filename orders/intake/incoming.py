"""What every source yields: one validated `IncomingOrder`, or a `BadRow` that says why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class IncomingLine:
    """Goods. At least one of sku and title is not empty; quantity ≥ 0; price and amount in the order's currency."""

    sku: str
    title: str
    quantity: Decimal
    price: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class IncomingCustomer:
    """Whoever the goods go to. All may be empty; a `*` or a platform's cipher marks in a value mean it is masked."""

    name: str = ""
    phone: str = ""
    address: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)  # buyer account, e-mail, message, invoice title …


@dataclass(frozen=True, slots=True)
class IncomingOrder:
    """One order as a source states it.

    Contract terms are `lines`, `total`, `paid` and the unmasked recipient; `facts` (status, payment, logistics,
    remarks, unknown columns, letter for letter) become an event beside the order. `placed_at` is aware. `rows` are
    the 1-based rows of the file it came from, `raw` what is kept if it has to be refused: cells per row for a file,
    one JSON text for a webhook.
    """

    number: str
    lines: tuple[IncomingLine, ...]
    customer: IncomingCustomer = IncomingCustomer()
    placed_at: datetime | None = None
    currency: str = "CNY"
    total: Decimal | None = None
    paid: Decimal | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    cancelled: bool = False  # the source says that the order was cancelled or closed
    rows: tuple[int, ...] = ()
    raw: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot become an order. `message` is an English msgid without the cell's text; `params` fill it."""

    row: int
    column: str
    code: str
    message: str
    params: Mapping[str, str] = field(default_factory=dict)
    raw: tuple[tuple[str, ...], ...] = ()
    number: str = ""
