"""The pieces of the lines of orders, by one statement; counted is what was counted last."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection
from django.db.models import Q, QuerySet

from contracts.models import ArrivalLine, Delivery, PurchaseOrder
from contracts.rules.quantities import Held, Tally
from contracts.rules.schedule import ON_SHIPMENT

_TALLIES = """
SELECT l.id, l.quantity,
       coalesce(s.pieces, 0), coalesce(s.under_way, 0), coalesce(r.counted, 0), coalesce(r.accepted, 0),
       coalesce(r.refused, 0)
FROM contracts_orderline l
LEFT JOIN LATERAL (
    SELECT sum(n.quantity) AS pieces, sum(n.quantity) FILTER (WHERE a.id IS NULL) AS under_way
    FROM contracts_deliveryline n LEFT JOIN contracts_arrival a ON a.delivery_id = n.delivery_id
    WHERE n.line_id = l.id) s ON true
LEFT JOIN LATERAL (
    SELECT sum(x.counted) AS counted, sum(x.accepted) AS accepted, sum(x.refused) AS refused
    FROM (SELECT contracts_counted(c.id) AS counted,
                 (SELECT sum(d.accepted) FROM contracts_acceptance d WHERE d.arrived_id = c.id)
                 - contracts_withdrawn(c.id) AS accepted,
                 (SELECT sum(d.refused) FROM contracts_acceptance d WHERE d.arrived_id = c.id) AS refused
          FROM contracts_arrivalline c WHERE c.line_id = l.id) x) r ON true
WHERE l.order_id = ANY (%(orders)s)
"""


def tallies(order_ids: Sequence[int]) -> dict[int, Tally]:
    """line → its pieces, for all lines of these orders."""
    with connection.cursor() as cursor:
        cursor.execute(_TALLIES, {"orders": list(order_ids)})
        return {row[0]: Tally(*(int(value) for value in row[1:])) for row in cursor.fetchall()}


def under_way() -> QuerySet[Delivery]:
    """Deliveries that are to be counted in. Of an order that was ended since, too: what comes of it is accepted or
    returned; unless it was paid before it left, for then it was claimed back."""
    ended = Q(order__state=PurchaseOrder.State.CLOSED, order__end__isnull=False)
    ended &= ~Q(order__version__terms__settlement=ON_SHIPMENT)
    return Delivery.objects.filter(Q(order__state=PurchaseOrder.State.SHIPPED) | ended, arrival=None)


def held_of(arrived: ArrivalLine) -> Held:
    """The pieces of one arrived line; `acceptances` and `recounts` may be prefetched."""
    decisions = list(arrived.acceptances.all())
    recounts = sorted(arrived.recounts.all(), key=lambda each: each.pk)
    return Held(
        counted=recounts[-1].counted if recounts else arrived.counted,
        accepted=sum(each.accepted for each in decisions) - sum(each.withdrawn for each in recounts),
        refused=sum(each.refused for each in decisions),
    )
