"""The account with a supplier, month by month: opening + deliveries − payments − set-offs = closing. Pure.

A positive balance is what we owe; a negative one is an advance, such as a deposit for goods that have not come. An
entry stands in the month in which it was booked, so that a month that is over never changes. A set-off that was taken
back stands as a negative one in the month in which that happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from contracts.rules.money import ZERO
from contracts.rules.schedule import month_after

DELIVERY, PAYMENT, SET_OFF = "delivery", "payment", "set_off"
KINDS = (DELIVERY, PAYMENT, SET_OFF)


@dataclass(frozen=True, slots=True)
class Entry:
    """`on`: the day of booking. `what`, `paper`: what a reader is told. `about`: the day of the paper itself. `record`,
    `url`: the pages of the booking and of the paper. `row`: where the rest of it is read, while only day, kind and
    amount are known."""

    on: date
    kind: str
    amount: Decimal
    what: str = ""
    paper: str = ""
    about: date | None = None
    clause: str = ""
    url: str = ""
    record: str = ""
    row: tuple[str, int] = ("", 0)


@dataclass(frozen=True, slots=True)
class Line:
    """An entry, and the balance after it."""

    entry: Entry
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    month: date
    opening: Decimal
    lines: Sequence[Line]
    deliveries: Decimal
    payments: Decimal
    set_offs: Decimal

    @property
    def closing(self) -> Decimal:
        return self.opening + self.deliveries - self.payments - self.set_offs


def signed(entry: Entry) -> Decimal:
    """What the entry does to the balance."""
    return entry.amount if entry.kind == DELIVERY else -entry.amount


def state(entries: Iterable[Entry], month: date, *, opening: Decimal = ZERO) -> Statement:
    """The statement of a month from all entries up to its end, in the order of booking; `opening` is what stood before
    the first of them."""
    after = month_after(month)
    lines: list[Line] = []
    sums = dict.fromkeys(KINDS, ZERO)
    balance = opening
    for entry in sorted(entries, key=lambda each: each.on):  # stable: those of one day stay as they came
        if entry.on >= after:
            continue
        if entry.on < month:
            balance = opening = opening + signed(entry)
            continue
        balance += signed(entry)
        sums[entry.kind] += entry.amount
        lines.append(Line(entry, balance))
    return Statement(month, opening, lines, sums[DELIVERY], sums[PAYMENT], sums[SET_OFF])
