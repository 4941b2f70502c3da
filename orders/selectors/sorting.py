"""The orders a list can be shown in, each paged by key over an index: "<value>~<order id>" of the last row seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: What stands for an amount that nobody stated; amounts of orders are never below nought.
NO_AMOUNT = Decimal(-1)


@dataclass(frozen=True, slots=True)
class Sort:
    """`order` and `behind` are SQL over the alias p; `behind` takes the parameters after_at and after_id. `column` is
    the column whose value is the key. `read` makes a value of its text, None for one that somebody bent."""

    key: str
    label: StrOrPromise
    column: str
    order: str
    behind: str
    read: Callable[[str], Any]


def _instant(text: str) -> datetime | None:
    try:
        at = parse_datetime(text)
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None


def _amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < 10**14 else None


DUE, NEWEST, OLDEST, LARGEST = (
    Sort(
        "due",
        _("Due first"),
        "due_at",
        "p.due_at ASC NULLS LAST, p.order_id",
        "((p.due_at, p.order_id) > (%(after_at)s, %(after_id)s) OR p.due_at IS NULL)",
        _instant,
    ),
    Sort(
        "new",
        _("Newest first"),
        "received_at",
        "p.received_at DESC, p.order_id DESC",
        "(p.received_at, p.order_id) < (%(after_at)s, %(after_id)s)",
        _instant,
    ),
    Sort(
        "old",
        _("Oldest first"),
        "received_at",
        "p.received_at, p.order_id",
        "(p.received_at, p.order_id) > (%(after_at)s, %(after_id)s)",
        _instant,
    ),
    Sort(
        "amount",
        _("Largest amount first"),
        "total",
        "coalesce(p.total, -1) DESC, p.order_id DESC",
        "(coalesce(p.total, -1), p.order_id) < (%(after_at)s::numeric, %(after_id)s)",
        _amount,
    ),
)
#: As LARGEST, over the orders of a few days: read by their arrival and sorted. The index of amounts would walk through
#: all the others to find them, and an expression that it does not have keeps the planner from it.
LARGEST_OF_FEW = replace(LARGEST, order="coalesce(p.total, -1) + 0 DESC, p.order_id DESC")
#: Of lists of what is open, the usual one first; and of lists that hold closed orders too, which nobody waits for.
OF_OPEN = (DUE, NEWEST, OLDEST, LARGEST)
OF_ALL = (NEWEST, OLDEST, LARGEST)


def chosen(key: str, offered: tuple[Sort, ...]) -> Sort:
    """The one that is asked for, else the usual one."""
    return next((sort for sort in offered if sort.key == key), offered[0])


def key_of(sort: Sort, value: datetime | Decimal | None, order_id: int) -> str:
    """The key of a row: for the address of the next page."""
    if sort.column == LARGEST.column and value is None:
        value = NO_AMOUNT
    text = value.isoformat() if isinstance(value, datetime) else "" if value is None else str(value)
    return f"{text}~{order_id}"


def behind(sort: Sort, after: str, values: dict[str, Any]) -> str:
    """The condition " AND …" for what comes behind the key, with its `values`; "" for no key, and for one that
    somebody bent."""
    text, _tilde, order_id = after.partition("~")
    if not (order_id.isascii() and order_id.isdigit() and len(order_id) < 19):
        return ""
    values["after_id"] = int(order_id)
    if not text and sort is DUE:
        return " AND p.due_at IS NULL AND p.order_id > %(after_id)s"
    value = sort.read(text)
    if value is None:
        return ""
    values["after_at"] = value
    return f" AND {sort.behind}"
