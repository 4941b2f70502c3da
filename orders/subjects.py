"""What an order is called in the trail, in notices and on deadlines."""

from __future__ import annotations

import time

from django.urls import reverse

from office.subjects import Subject
from orders.models import Order, Shop

#: For how long a process believes a shop's name.
NAMES_TRUSTED = 60.0  # seconds
_names: dict[str, str] = {}
_names_until = 0.0


def order_subject(order_id: int, shop_code: str, number: str) -> Subject:
    """Subject("order", "12", "TM01/88")."""
    return Subject("order", str(order_id), f"{shop_code}/{number}")


def subject_of(order: Order) -> Subject:
    """The subject of an order; reads its shop."""
    return order_subject(order.pk, order.shop.code, order.number)


def order_said(label: str) -> str:
    """ "TM01/88" as "天猫旗舰店 88". The label itself where the shop has no other name than its code."""
    code, _slash, number = label.partition("/")
    name = _shop_names().get(code, code)
    return label if name == code or not number else f"{name} {number}"


def _shop_names() -> dict[str, str]:
    """By code. There are few shops, and their names change once in years."""
    global _names, _names_until
    if time.monotonic() >= _names_until:
        _names = dict(Shop.objects.values_list("code", "name"))
        _names_until = time.monotonic() + NAMES_TRUSTED
    return _names


def forget_names() -> None:
    """The next label asks for the names again."""
    global _names_until
    _names_until = 0.0


def order_url(order_id: str) -> str:
    return reverse("orders:order", args=[order_id])
