"""What a supplier's person said at the door after a code that one of us had read out to him by phone, and what one of
us wrote down in its place: whoever decides on payment sees who it was. The rows it rests on are law or never change, so
it can be asked at any later time."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from contracts.models import DoorCode, DoorVisit, OrderEvent, PurchaseOrder
from office.staff.models import Employee

#: Words by which a supplier binds itself or moves money.
BINDING = ("returned", "first_sample_theirs", "production_started", "shipped")
#: Those that nobody but the supplier can mean.
ITS_OWN = ("returned", "first_sample_theirs")


def readers(events: Iterable[OrderEvent]) -> dict[int, Employee]:
    """{event: who read out the code} of those that were said in a visit which such a code opened; one query."""
    said = [each for each in events if each.contact_id is not None]
    if not said:
        return {}
    visits = list(
        DoorVisit.objects.filter(
            Q(link__contact__in={each.contact_id for each in said}) & Q(code__way=DoorCode.Way.CALL)
        )
        .select_related("code__by", "link")
        .order_by("pk")
    )
    found: dict[int, Employee] = {}
    for each in said:
        for visit in visits:
            over = min(visit.expires_at, visit.ended_at or visit.expires_at)
            if visit.link.contact_id == each.contact_id and visit.at <= each.at <= over and visit.code.by:
                found[each.pk] = visit.code.by
    return found


def of_orders(orders: Iterable[PurchaseOrder | int]) -> list[tuple[OrderEvent, Employee]]:
    """The binding words of these orders that were said after a code was read out, the oldest first; two queries."""
    events = list(
        OrderEvent.objects.filter(order__in=list(orders), word__in=BINDING, contact__isnull=False)
        .select_related("order", "contact")
        .order_by("pk")
    )
    known = readers(events)
    return [(each, known[each.pk]) for each in events if each.pk in known]


def written_for_it(orders: Iterable[PurchaseOrder | int]) -> list[OrderEvent]:
    """The supplier's own words to these orders that one of us wrote down, the oldest first; one query."""
    return list(
        OrderEvent.objects.filter(order__in=list(orders), word__in=ITS_OWN, contact=None, by__isnull=False)
        .select_related("order", "by")
        .order_by("pk")
    )
