"""What no message told a supplier, our own people do: they are asked to, with the payment or the claim."""

from __future__ import annotations

from datetime import datetime

from contracts.models import DoorNews, PurchaseOrder
from contracts.services.sides import ORDER
from office.notices import api as notices
from office.rulebook.allowed import people_with
from office.staff.models import Employee
from office.subjects import Subject

UNTOLD = "contracts.supplier_untold"


def subject_of(news: DoorNews) -> Subject:
    """The table has one of the two."""
    return news.payment.subject if news.payment else news.set_off.subject  # type: ignore[union-attr]


def ask_ours(news: DoorNews, *, now: datetime, clause: str = "", but: Employee | None = None) -> None:
    """The buyers of what it is about, else whoever orders; not `but`, who sees it on the page of what he just did."""
    buyers = {news.set_off.order.buyer_id} if news.set_off and news.set_off.order else set[int]()
    if news.payment:
        buyers = set(
            PurchaseOrder.objects.filter(payables__lines__payment=news.payment)
            .order_by()
            .values_list("buyer_id", flat=True)
        )
    told = (buyers or people_with(ORDER, now)) - ({but.pk} if but else set())
    notices.notify(
        UNTOLD,
        told,
        source="door_news",
        source_id=news.pk,
        subject=subject_of(news),
        now=now,
        clause=clause,
        params={"supplier": news.contact.supplier.name, "contact": news.contact.name},
    )
