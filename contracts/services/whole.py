"""An order is whole when every piece is accepted and none waits to be decided: then it closes, and the clocks of its
lines stop; a recount that finds pieces missing opens both again (P7a, P7c)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from django.utils.timezone import get_default_timezone, make_aware

from contracts.models import OrderEnd, OrderLine, PurchaseOrder
from contracts.order_subjects import line_subject
from contracts.selectors.quantities import tallies
from contracts.services import payables
from contracts.services.saying import say
from contracts.services.sides import Side
from office.deadlines import api as deadlines

DELIVERY = "contracts.delivery"


def takes_decisions(order: PurchaseOrder) -> bool:
    """Whether arrived goods of it are decided about: while it is delivered, and what had come when it was ended."""
    ended = order.state == PurchaseOrder.State.CLOSED and OrderEnd.objects.filter(order=order).exists()
    return order.state == PurchaseOrder.State.SHIPPED or ended


def settle(order: PurchaseOrder, lines: Iterable[OrderLine], side: Side, now: datetime) -> None:
    """After pieces of these lines of the locked order were decided or counted again."""
    known = tallies([order.pk])
    wanting = any(tally.missing or tally.undecided for tally in known.values())
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
        say(order, "closed", side=side, now=now, facts={"ended_at": now})
        payables.order_over(order=order, by=side.by, now=now, clause="P7c")


def watch(line: OrderLine, order: PurchaseOrder, since: datetime, now: datetime) -> None:
    """P7c: the clock of a line's own date, to the end of that day in Shanghai."""
    ends = make_aware(datetime.combine(line.due_on + timedelta(days=1), time()), get_default_timezone())
    deadlines.open(
        DELIVERY, subject=line_subject(line), started_at=since, now=now, holder_id=order.buyer_id,
        targets={"buyer": "holder"}, within=max(ends - since, timedelta()),
    )  # fmt: skip
