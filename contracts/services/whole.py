"""An order is whole when every piece is accepted and none waits to be decided: then it closes, and the clocks of its
lines stop; a recount that finds pieces missing opens both again (P7a, P7c). What stands ready beyond it falls away, so
it stays open while a payment for that is agreed to and neither made nor dropped (P2.2): either closes it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from django.utils.timezone import get_default_timezone, make_aware

from contracts.models import OrderEnd, OrderLine, Payment, PurchaseOrder
from contracts.order_subjects import line_subject, order_subject
from contracts.rules.quantities import Tally
from contracts.rules.schedule import ON_SHIPMENT
from contracts.selectors import ready
from contracts.selectors.quantities import tallies
from contracts.services import booking, payables
from contracts.services.saying import lock_order, say
from contracts.services.sides import Side
from office.deadlines import api as deadlines
from office.notices import api as notices
from office.rulebook.allowed import people_with

if TYPE_CHECKING:
    from office.staff.models import Employee

DELIVERY = "contracts.delivery"


def takes_decisions(order: PurchaseOrder) -> bool:
    """Whether arrived goods of it are decided about: while it is delivered, and what had come when it was ended."""
    ended = order.state == PurchaseOrder.State.CLOSED and OrderEnd.objects.filter(order=order).exists()
    return order.state == PurchaseOrder.State.SHIPPED or ended


def takes_goods(order: PurchaseOrder) -> bool:
    """Whether what comes of it is counted in: what was under way when it was ended, too, unless it was paid before it
    left and so claimed back."""
    return order.state == PurchaseOrder.State.SHIPPED or (takes_decisions(order) and not ready.prepaid(order))


def settle(order: PurchaseOrder, lines: Iterable[OrderLine], side: Side, now: datetime) -> None:
    """After pieces of these lines of the locked order were decided or counted again."""
    known = tallies([order.pk])
    wanting = _wanting(known.values())
    ended = OrderEnd.objects.filter(order=order).exists()
    if order.state == PurchaseOrder.State.CLOSED and wanting and not ended:
        say(order, "reopened", side=side, now=now, facts={"ended_at": None})
    for line in lines:
        subject = line_subject(line)
        if not known[line.pk].missing:
            deadlines.meet(DELIVERY, subject=subject, at=now)
        elif order.state == PurchaseOrder.State.SHIPPED and deadlines.running(subject, DELIVERY) is None:
            watch(line, order, now, now)
    if order.state == PurchaseOrder.State.SHIPPED and not wanting:
        booking.lock_account(order.supplier_id)
        waits_for = ready.held_up(order, known.values())
        if waits_for is None:
            _close(order, side, now)
        else:
            _tell(order, waits_for, now)


def hold_orders(payment: Payment) -> list[PurchaseOrder]:
    """The orders that may wait for this payment, locked before its account, as everywhere."""
    named = PurchaseOrder.objects.filter(payables__lines__payment=payment) | PurchaseOrder.objects.filter(
        payables__uses__payment=payment
    )
    prepaid = named.filter(version__terms__settlement=ON_SHIPMENT).order_by("pk").distinct()
    return [lock_order(pk) for pk in prepaid.values_list("pk", flat=True)]


def payment_over(orders: Iterable[PurchaseOrder], *, by: Employee, now: datetime) -> None:
    """After a payment was made or dropped: those of the locked orders that waited for it close."""
    for order in orders:
        known = tallies([order.pk]).values()
        shipped = order.state == PurchaseOrder.State.SHIPPED
        if shipped and not _wanting(known) and ready.held_up(order, known) is None:
            _close(order, Side(by=by), now)


def _wanting(known: Iterable[Tally]) -> bool:
    return any(tally.missing or tally.undecided for tally in known)


def _close(order: PurchaseOrder, side: Side, now: datetime) -> None:
    say(order, "closed", side=side, now=now, facts={"ended_at": now})
    payables.order_over(order=order, by=side.by, now=now, clause="P7c")


def _tell(order: PurchaseOrder, waits_for: Payment, now: datetime) -> None:
    """Whoever made or will make the payment, and the buyer: only they know whether the money has gone. Once until the
    order was open anew."""
    opened = order.events.filter(word="reopened").count()
    notices.notify(
        "contracts.whole_unpaid", {order.buyer_id, *people_with(booking.SETTLE, now)}, source="purchase_whole",
        source_id=order.pk, step=opened, subject=order_subject(order), now=now, clause="P2.2",
        params={"payment": waits_for.pk},
    )  # fmt: skip


def watch(line: OrderLine, order: PurchaseOrder, since: datetime, now: datetime) -> None:
    """P7c: the clock of a line's own date, to the end of that day in Shanghai."""
    ends = make_aware(datetime.combine(line.due_on + timedelta(days=1), time()), get_default_timezone())
    deadlines.open(
        DELIVERY, subject=line_subject(line), started_at=since, now=now, holder_id=order.buyer_id,
        targets={"buyer": "holder"}, within=max(ends - since, timedelta()),
    )  # fmt: skip
