"""Goods that stand ready to ship under a contract that is paid before shipping, and what they wait for (P2.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from contracts.models import Payable, Payment, PurchaseOrder, ReadyLine, ReadyNotice
from contracts.rules import quantities
from contracts.rules.quantities import Ready, Tally
from contracts.rules.schedule import ON_SHIPMENT
from contracts.selectors import account
from contracts.selectors.quantities import tallies

_PIECES = """
SELECT l.id, r.stated, r.paid, r.gone FROM contracts_orderline l CROSS JOIN LATERAL contracts_ready(l.id) r
WHERE l.order_id = ANY (%s)
"""


def prepaid(order: PurchaseOrder) -> bool:
    """Whether its goods are paid before they leave; the database judges by the same paper."""
    return order.version is not None and order.version.terms.get("settlement") == ON_SHIPMENT


def pieces(order_ids: Sequence[int]) -> dict[int, Ready]:
    """line → what stands ready, for all lines of these orders; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_PIECES, [list(order_ids)])
        return {row[0]: Ready(*(int(value) for value in row[1:])) for row in cursor.fetchall()}


def paid(payable_ids: Sequence[int]) -> set[int]:
    """Those for which the money has gone, or claims of ours have taken its place."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM unnest(%s::bigint[]) AS id WHERE contracts_paid(id)", [list(payable_ids)]
        )
        return {row[0] for row in cursor.fetchall()}


@dataclass(frozen=True, slots=True)
class Standing:
    """One notice. `lines`: (line, pieces that still count); `left`: what nobody has agreed to pay; `agreed`: agreed to,
    and the money has not gone; none of its pieces count when it is `over`."""

    notice: ReadyNotice
    lines: list[tuple[ReadyLine, int]]
    payable: Payable
    left: Decimal
    paid: bool

    @property
    def over(self) -> bool:
        return not any(pieces for _line, pieces in self.lines)

    @property
    def agreed(self) -> bool:
        return not self.left and not self.paid

    @property
    def untouched(self) -> bool:
        """Nothing of it is paid, set off or agreed to."""
        return not self.over and self.left == self.payable.amount


def standing(order: PurchaseOrder) -> list[Standing]:
    """The notices of an order, the newest first; a bounded number of statements."""
    rows = list(
        order.ready.select_related("payable__supplier", "contact", "by")
        .prefetch_related("lines__line", "lines__less")
        .order_by("-pk")
    )
    owed = [each.payable for each in rows]
    left, settled = account.payable_left(owed), paid([each.pk for each in owed])
    return [
        Standing(
            each,
            [
                (line, line.quantity - sum(less.quantity for less in line.less.all()))
                for line in sorted(each.lines.all(), key=lambda one: one.line.n)
            ],
            each.payable,
            left[each.payable.pk],
            each.payable.pk in settled,
        )
        for each in rows
    ]


def held_up(order: PurchaseOrder, known: Iterable[Tally]) -> Payment | None:
    """For what an order waits that is whole otherwise: the agreed payment, neither made nor dropped, for goods that
    stand ready and are not needed any more. `known`: the pieces of its lines."""
    wanting = any(tally.missing or tally.undecided for tally in known)
    if order.state != PurchaseOrder.State.SHIPPED or wanting or not prepaid(order):
        return None
    return account.unmade([each.payable.pk for each in standing(order) if not each.over])


def waiting_for(payment: Payment) -> list[PurchaseOrder]:
    """Orders that are whole but for this payment; a few statements for each order that it pays of."""
    named = PurchaseOrder.objects.filter(state=PurchaseOrder.State.SHIPPED)
    mine = named.filter(payables__lines__payment=payment) | named.filter(payables__uses__payment=payment)
    orders = mine.select_related("version").order_by("pk").distinct()
    return [each for each in orders if held_up(each, tallies([each.pk]).values()) == payment]


def deposit_open(order: PurchaseOrder) -> bool:
    """Whether the deposit of the order is not paid: without it nothing leaves."""
    owed = list(order.payables.filter(kind=Payable.Kind.DEPOSIT).values_list("pk", flat=True))
    return len(paid(owed)) < len(owed)


@dataclass(frozen=True, slots=True)
class ReadyToShip:
    """An order that is paid before shipping: its notices; whether pieces may still be stated ready, may leave now, and
    wait for their payment; whether the deposit is open."""

    standing: list[Standing]
    to_state: bool
    may_leave: bool
    waits: bool
    deposit_open: bool


def to_ship(order: PurchaseOrder, known: Mapping[int, Tally]) -> ReadyToShip | None:
    """None for an order that is paid after arrival, and before anything is produced. `known`: the pieces by line."""
    if not prepaid(order) or order.accepted_at is None:
        return None
    ready = pieces([order.pk])
    return ReadyToShip(
        standing(order),
        any(quantities.to_state(tally, ready[line]) for line, tally in known.items()),
        any(quantities.may_leave(tally, ready[line]) for line, tally in known.items()),
        any(each.stated > each.paid for each in ready.values()),
        deposit_open(order),
    )
