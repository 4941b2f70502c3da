"""Orders for the desk's tests: booked like any other, taken and moved by the verbs."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal

from office.staff import api as staff
from office.staff.models import Employee
from orders.intake.incoming import IncomingCustomer, IncomingLine, IncomingOrder
from orders.models import OrderProgress, Shop
from orders.services import desk
from orders.services.booking import book_orders
from orders.services.shops import get_or_create_shop
from tests.people import person

#: Monday, 10:00 in Shanghai: in service hours.
NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
NAME, PHONE, ADDRESS = "张三丰", "13812345678", "上海市黄浦区南京东路100号"
_numbers = itertools.count(1)


def shop(code: str = "TM01") -> Shop:
    return get_or_create_shop(code=code, by=None, now=NOW)


def order(
    *,
    at: dt.datetime = NOW,
    number: str = "",
    in_shop: Shop | None = None,
    phone: str = PHONE,
    historical: bool = False,
) -> OrderProgress:
    """A waiting order of 张三丰 over 199.00."""
    incoming = IncomingOrder(
        number=number or f"8{next(_numbers):06}",
        lines=(IncomingLine("SKU-1", "保温杯", Decimal(2), Decimal("99.50"), Decimal("199.00")),),
        customer=IncomingCustomer(NAME, phone, ADDRESS),
        total=Decimal("199.00"),
    )
    (booked,) = book_orders(
        shop=in_shop or shop(), orders=[incoming], source="csv", by=None, now=at, historical=historical
    )
    return OrderProgress.objects.get(pk=booked.order_id)


def on_duty(who: str, *, at: dt.datetime = NOW) -> Employee:
    """The member of the cast, on duty."""
    employee = person(who)
    staff.start_duty(by=employee, now=at)
    return employee


def accepted(by: Employee, *, at: dt.datetime = NOW, **kwargs: object) -> OrderProgress:
    return desk.accept_order(order_id=order(at=at, **kwargs).pk, by=by, now=at)  # type: ignore[arg-type]


def reach(progress: OrderProgress, by: Employee, *, at: dt.datetime) -> None:
    """A reached customer who confirmed everything."""
    desk.record_contact(
        order_id=progress.pk,
        by=by,
        now=at,
        channel="phone",
        outcome="reached",
        confirmed=("goods", "amount", "address", "phone"),
    )


def confirmed(by: Employee, *, at: dt.datetime = NOW) -> OrderProgress:
    progress = accepted(by, at=at)
    reach(progress, by, at=at + MINUTE)
    return desk.confirm_order(order_id=progress.pk, by=by, now=at + 2 * MINUTE)


def handed_over(by: Employee, *, at: dt.datetime = NOW) -> OrderProgress:
    progress = confirmed(by, at=at)
    return desk.hand_over(order_id=progress.pk, by=by, now=at + 3 * MINUTE)


def again(progress: OrderProgress) -> OrderProgress:
    """The row as the database has it now."""
    return OrderProgress.objects.get(pk=progress.pk)
