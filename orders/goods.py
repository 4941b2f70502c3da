"""Who wants to know when the goods of an order leave the house, and when they do not after all. Desks do not know each
other: the wiring registers here what it does with the stock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from office.staff.models import Employee
    from orders.models import Order

Listener = Callable[["Order", "Employee | None", datetime], None]

_out: list[Listener] = []
_back: list[Listener] = []


def register_goods(*, out: Listener, back: Listener) -> None:
    """Called in `apps.ready()`. `out(order, by, now)` when product operations take an order over, `back` when it is
    called off after that; both inside the verb's transaction, and possibly more than once for one order."""
    _out.append(out)
    _back.append(back)


def goods_out(order: Order, by: Employee | None, now: datetime) -> None:
    """The goods leave."""
    for listener in _out:
        listener(order, by, now)


def goods_back(order: Order, by: Employee | None, now: datetime) -> None:
    """The goods stay, or are here again."""
    for listener in _back:
        listener(order, by, now)
