"""An order that is taken over moves the stock, and so do goods that a supplier brings or takes back: the desks do not
know each other, this knows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from catalog.models import Reason
from catalog.services.stock import orders as stock
from catalog.services.stock import purchases
from contracts import goods as purchased
from contracts.models import PurchaseOrder
from contracts.order_subjects import order_subject
from orders.goods import register_goods

if TYPE_CHECKING:
    from office.staff.models import Employee
    from orders.models import Order


def connect() -> None:
    """Called in `apps.ready()`."""
    register_goods(out=_out, back=_back)
    purchased.register_goods(_bought)


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


_REASONS = {
    purchased.Why.CAME: "",
    purchased.Why.RECOUNTED: Reason.MISCOUNTED,
    purchased.Why.WENT_BACK: Reason.TO_SUPPLIER,
}


def _bought(goods: Sequence[purchased.Goods], by: Employee | None, now: datetime) -> None:
    orders = PurchaseOrder.objects.in_bulk({each.order_id for each in goods})
    purchases.bought_goods(
        goods=[
            purchases.Bought(
                each.why.value,
                each.id,
                each.sku,
                each.name,
                each.pieces,
                each.reference,
                order_subject(orders[each.order_id]),
                str(_REASONS[each.why]),
            )
            for each in goods
        ],
        by=by,
        now=now,
    )
