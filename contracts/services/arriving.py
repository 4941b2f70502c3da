"""Goods counted in at our warehouse: less, as much or more than the delivery note says (P7a)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from contracts import goods
from contracts.models import Arrival, ArrivalLine, Delivery, OrderLine, PurchaseOrder
from contracts.order_subjects import order_subject
from contracts.services import payables, whole
from contracts.services.saying import lock_order
from contracts.services.sides import INSPECT, RECEIVE, ours
from office.audit import api as audit
from office.errors import Conflict, Invalid, NotFound
from office.notices import api as notices
from office.rulebook.allowed import people_with, wrong

if TYPE_CHECKING:
    from office.staff.models import Employee

VERBS = {"contracts.arrived": _("Goods counted in")}
MOST = 1_000_000


@transaction.atomic
def receive(
    *,
    delivery_id: int,
    counts: Mapping[int, int],
    warehouse: str,
    by: Employee,
    now: datetime,
    arrived_on: date | None = None,
) -> Arrival:
    """{line: pieces counted}: every line of the delivery note has its figure, nought too; a line of the order that the
    note does not name may have come along. Once for each delivery; of an order that was ended since, too, what was
    under way. `arrived_on`: not in the future, today if not said.

    Raises Forbidden, NotFound, Conflict (`counted`, `state`), Invalid."""
    side = ours(by, RECEIVE, now)
    delivery = Delivery.objects.select_related("order").filter(pk=delivery_id).first()
    if delivery is None:
        raise NotFound(_("There is no such delivery."))
    order = lock_order(delivery.order_id)
    if Arrival.objects.filter(delivery=delivery).exists():
        raise Conflict(_("This delivery has been counted in already."), code="counted")
    if not whole.takes_goods(order):
        raise Conflict(
            _("The order has ended: send these goods back, or ask the buyer."), code="state", clause="P7a"
        )
    day = arrived_on or localdate(now)
    if not localdate(delivery.shipped_at) <= day <= localdate(now):
        raise wrong("arrived_on", _("A day between its shipping and today."))
    if warehouse not in places(order):
        raise wrong(
            "warehouse",
            _("The order names another warehouse. A change is agreed with the supplier beforehand."),
            clause="P7a",
        )
    said = dict(delivery.lines.values_list("line", "quantity"))
    known = set(order.lines.values_list("pk", flat=True))
    for line in said:
        if line not in counts:
            raise wrong(f"line_{line}", _("Count this line too; nought when nothing of it came."))
    if any(line not in known or not 0 <= pieces <= MOST for line, pieces in counts.items()):
        raise Invalid(_("Say how many pieces of which line came."), code="no_pieces", clause="P7a")
    arrival = Arrival.objects.create(delivery=delivery, arrived_on=day, warehouse=warehouse, by=by, at=now)
    kept = {line: pieces for line, pieces in counts.items() if line in said or pieces}
    rows = ArrivalLine.objects.bulk_create(
        ArrivalLine(arrival=arrival, line_id=line, counted=pieces) for line, pieces in sorted(kept.items())
    )
    lines = order.lines.in_bulk(kept)
    came = [goods_of(goods.Why.CAME, row.pk, lines[row.line_id], row.counted, delivery) for row in rows]
    goods.moved(came, by, now)
    payables.arrived(arrival=arrival, by=by, now=now)
    differs = {line: kept[line] - said.get(line, 0) for line in kept if kept[line] != said.get(line, 0)}
    audit.record(
        "contracts.arrived", subject=order_subject(order), by=side.by, now=now, clause="P7a",
        data={"delivery": delivery.number, "pieces": sum(kept.values()), "differs": sum(differs.values()),
              "on": day.isoformat()},
    )  # fmt: skip
    notices.notify(
        "contracts.arrival_differs" if differs else "contracts.arrived",
        {order.buyer_id, *people_with(INSPECT, now)}, source="purchase_arrived", source_id=arrival.pk,
        subject=order_subject(order), now=now, clause="P7a", params={"number": delivery.number},
    )  # fmt: skip
    return arrival


def goods_of(why: goods.Why, key: int, line: OrderLine, pieces: int, delivery: Delivery) -> goods.Goods:
    return goods.Goods(
        why, key, line.order_id, line.sku, line.name, pieces, f"{delivery.order.number} {delivery.number}"
    )


def places(order: PurchaseOrder) -> list[str]:
    """Where the goods of the order may be taken in: as its lines say, and as agreed since."""
    named = order.lines.order_by("n").values_list("warehouse", flat=True)
    agreed = (
        order.events.filter(word="place_changed").order_by("-pk").values_list("data__warehouse", flat=True)
    )
    return list(dict.fromkeys([*agreed, *named]))
