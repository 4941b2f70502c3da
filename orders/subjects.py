"""What an order is called in the trail, in notices and on deadlines."""

from __future__ import annotations

from django.urls import reverse

from office.subjects import Subject
from orders.models import Order


def order_subject(order_id: int, shop_code: str, number: str) -> Subject:
    """Subject("order", "12", "TM01/88")."""
    return Subject("order", str(order_id), f"{shop_code}/{number}")


def subject_of(order: Order) -> Subject:
    """The subject of an order; reads its shop."""
    return order_subject(order.pk, order.shop.code, order.number)


def order_url(order_id: str) -> str:
    return reverse("orders:order", args=[order_id])
