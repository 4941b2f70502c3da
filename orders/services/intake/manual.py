"""One order typed by hand: taken by phone, or copied from a shop that cannot export."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from office.errors import Conflict
from office.staff.models import Employee
from orders.intake.incoming import IncomingOrder
from orders.models import Shop
from orders.services.booking import book_orders

SOURCE = "manual"


def enter_order(*, shop: Shop, order: IncomingOrder, by: Employee | None, now: dt.datetime) -> int:
    """Book it; the order's id. Raises Conflict when the shop has an order with this number."""
    [booking] = book_orders(shop=shop, orders=[order], source=SOURCE, by=by, now=now)
    if booking.status == "inserted" and booking.order_id is not None:
        return booking.order_id
    if booking.status == "duplicate":
        raise Conflict(_("This order is booked already."), code="duplicate", order_id=booking.order_id)
    raise Conflict(
        _("An order with this number is booked with other terms."), code="conflict", order_id=booking.order_id
    )
