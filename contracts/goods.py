"""Who wants to know when goods of a purchase order come into the house or leave it again. Desks do not know each other:
the wiring registers here what it does with the stock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from office.staff.models import Employee


class Why(Enum):
    CAME = "came"  # counted in
    RECOUNTED = "recounted"  # counted again: more or less than before
    WENT_BACK = "went_back"  # refused: made anew, repaired or returned


@dataclass(frozen=True, slots=True)
class Goods:
    """`pieces` more, or fewer, of what the order calls `sku` ("" for none) and `name`. The same fact has the same `why`
    and `id`. `reference`: order and delivery note, as people call them."""

    why: Why
    id: int
    order_id: int
    sku: str
    name: str
    pieces: int
    reference: str


Listener = Callable[[Sequence[Goods], "Employee | None", datetime], None]
_listeners: list[Listener] = []


def register_goods(listener: Listener) -> None:
    """Called in `apps.ready()`. `listener(goods, by, now)`: inside the verb's transaction."""
    _listeners.append(listener)


def moved(goods: Sequence[Goods], by: Employee | None, now: datetime) -> None:
    """Goods came or went."""
    some = [each for each in goods if each.pieces]
    if some:
        for listener in _listeners:
            listener(some, by, now)
