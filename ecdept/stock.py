"""An order that is taken over moves the stock: the two desks do not know each other, this knows both."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from catalog.services.stock import orders as stock
from orders.goods import register_goods

if TYPE_CHECKING:
    from office.staff.models import Employee
    from orders.models import Order


def connect() -> None:
    """Called in `apps.ready()`."""
    register_goods(out=_out, back=_back)


def _out(order: Order, by: Employee | None, now: datetime) -> None:
    stock.goods_out(order=sold(order), by=by, now=now)


def _back(order: Order, by: Employee | None, now: datetime) -> None:
    stock.goods_back(order_id=order.pk, by=by, now=now)


def sold(order: Order) -> stock.SoldOrder:
    """The order as the catalog reads it."""
    return stock.SoldOrder(
        id=order.pk,
        reference=f"{order.shop.code}/{order.number}",
        shop=order.shop.code,
        lines=[
            stock.SoldLine(line.position, line.sku, line.title, line.quantity)
            for line in order.lines.order_by("position")
        ],
    )
