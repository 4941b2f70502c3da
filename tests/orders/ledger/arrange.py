"""Orders for tests of the ledger."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from orders.intake.incoming import IncomingCustomer, IncomingLine, IncomingOrder
from orders.models import Order, Shop
from orders.services.booking import Booking, book_orders
from orders.services.shops import get_or_create_shop

#: A Monday morning in service hours.
NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
ZHANG = IncomingCustomer(
    "张三丰", "13812345678", "上海市浦东新区世纪大道100号", {"buyer": "zhang_1", "message": "请快一点"}
)


def line(
    sku: str = "SKU-1", title: str = "保温杯 500ml", quantity: str = "2", price: str | None = "50"
) -> IncomingLine:
    amount = None if price is None else Decimal(price) * Decimal(quantity)
    return IncomingLine(sku, title, Decimal(quantity), None if price is None else Decimal(price), amount)


def incoming(number: str = "TB1001", **changed: Any) -> IncomingOrder:
    values: dict[str, Any] = {
        "lines": (line(),),
        "customer": ZHANG,
        "placed_at": NOW - dt.timedelta(minutes=3),
        "total": Decimal("100.00"),
        "paid": Decimal("100.00"),
    }
    return IncomingOrder(number=number, **{**values, **changed})


def shop(code: str = "TM01") -> Shop:
    return get_or_create_shop(code=code, by=None, now=NOW)


def book(*orders: IncomingOrder, code: str = "TM01", now: dt.datetime = NOW, **more: Any) -> list[Booking]:
    return book_orders(
        shop=shop(code),
        orders=orders,
        source=more.pop("source", "csv"),
        by=more.pop("by", None),
        now=now,
        **more,
    )


def booked(number: str = "TB1001", **changed: Any) -> Order:
    [booking] = book(incoming(number, **changed))
    assert booking.order_id is not None
    return Order.objects.get(pk=booking.order_id)
