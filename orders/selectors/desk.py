"""Lists of the desk: one index scan and fifty rows each, paged by key, counted no further than is shown.

In SQL, because everybody's desk asks every few seconds and the ORM took longer to write these statements than the
database to answer them. All that varies is put together from the constants here; values go as parameters.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from orders import rules
from orders.keys import open_key
from orders.models import Shop
from orders.selectors.customers import customer_data, find_order_ids, masked
from orders.selectors.order import (
    ACCEPT,
    REASSIGN,
    TAKE_OVER,
    VIEW_ALL,
    VIEW_CUSTOMER,
    Viewer,
    visible_sql,
)

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PAGE = 50
#: Counts are shown up to this, then as "99+".
COUNT_LIMIT = 100

POOL, TAKEOVER, MINE, LATE, ALL = "pool", "takeover", "mine", "late", "all"
TAB_NAMES: dict[str, StrOrPromise] = {
    POOL: _("Pool"),
    TAKEOVER: _("To take over"),
    MINE: _("Mine"),
    LATE: _("Late"),
    ALL: _("All"),
}
_COLUMNS = """
    p.order_id, p.shop_id, p.number, p.goods, p.total, p.currency, p.state, p.holder_id, h.name AS holder,
    p.received_at, p.accepted_at, p.confirmed_at, p.handed_over_at, p.due_at, p.due_rule,
    p.returned_reason, p.tries, p.version"""
_SEALED = """,
    o.sealed, k.kek, k.wrapped"""
_WITH_CUSTOMER = """
  JOIN orders_order o ON o.id = p.order_id LEFT JOIN orders_customerkey k ON k.id = o.customer_key_id"""
#: Names of the columns, in the order of _COLUMNS and _SEALED.
_NAMES = (
    "order_id", "shop_id", "number", "goods", "total", "currency", "state", "holder_id", "holder", "received_at",
    "accepted_at", "confirmed_at", "handed_over_at", "due_at", "due_rule", "returned_reason", "tries", "version",
    "sealed", "kek", "wrapped",
)  # fmt: skip
_BY_DUE = "p.due_at ASC NULLS LAST, p.order_id"
_BY_ARRIVAL = "p.received_at DESC, p.order_id DESC"
#: The clock's beginning, so that a countdown knows when "nearly" begins.
_STARTS = {
    rules.ACCEPT: "received_at",
    rules.CONTACT: "accepted_at",
    rules.HANDOFF: "confirmed_at",
    rules.TAKEOVER: "handed_over_at",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to. `after` is the key of the last row seen: "<instant>~<order id>"."""

    tab: str = ""
    shop: int | None = None
    state: str = ""
    query: str = ""
    after: str = ""


@dataclass(slots=True)
class Row:
    """One order in a list. `customer` is masked."""

    pk: int
    shop: str
    number: str
    goods: str
    total: Decimal | None
    currency: str
    state: str
    holder: str
    received_at: datetime
    due_at: datetime | None
    started_at: datetime | None
    due_rule: str
    returned_reason: str
    version: int
    customer: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    key: str
    label: StrOrPromise
    count: int
    current: bool

    @property
    def count_text(self) -> str:
        return str(self.count) if self.count < COUNT_LIMIT else f"{COUNT_LIMIT - 1}+"


@dataclass(frozen=True, slots=True)
class Page:
    """A list as a page shows it. `fingerprint` changes when anything in it does. `next_after` "" on the last page.
    `newest`: the latest arrival of the viewer's first tab; another one is a new order."""

    filters: Filters
    tabs: Sequence[Tab]
    rows: Sequence[Row]
    next_after: str
    fingerprint: str
    newest: int = 0
    searched: bool = False
    shops: Sequence[Shop] = field(default_factory=tuple)

    @property
    def waiting(self) -> int:
        """How many wait for this viewer: the count of his first tab."""
        return self.tabs[0].count if self.tabs else 0


def tabs_of(who: Viewer) -> list[str]:
    """The tabs in a person's order; the first is where he begins."""
    takes = who.may(TAKE_OVER)
    tabs = [POOL] if who.may(ACCEPT) or (who.may(VIEW_ALL) and not takes) else []
    if takes or who.may(REASSIGN):
        tabs.append(TAKEOVER)
    if who.may(ACCEPT) or takes:
        tabs.append(MINE)
    return [*tabs, LATE, ALL]


def _tab(who: Viewer, tab: str) -> str:
    """The condition of a tab, beside what is visible at all."""
    if tab == POOL:
        return f"p.state = '{rules.WAITING}'"
    if tab == TAKEOVER:
        return f"p.state = '{rules.HANDED_OVER}'"
    if tab == MINE and who.may(ACCEPT):
        return f"p.holder_id = %(me)s AND p.state IN {rules.HELD}"
    if tab == MINE:
        return f"p.taken_by_id = %(me)s AND p.state = '{rules.TAKEN}'"
    if tab == LATE:
        return f"p.state IN {rules.OPEN} AND p.due_at < %(now)s"
    return "TRUE"


def _values(who: Viewer) -> dict[str, Any]:
    return {"me": who.user.pk, "now": who.at, "hidden": list(who.hidden_shops)}


def counts(who: Viewer, tabs: Sequence[str]) -> tuple[dict[str, int], int]:
    """Orders per tab, each counted no further than COUNT_LIMIT, and the id of the first tab's latest arrival (0: none);
    one query. "All" is not counted: its size tells nobody what to do."""
    wanted = [tab for tab in tabs if tab != ALL]
    visible = visible_sql(who)
    parts = [
        f"(SELECT p.order_id FROM orders_orderprogress p WHERE {visible} AND {_tab(who, tabs[0])}"  # noqa: S608
        f" ORDER BY {_BY_ARRIVAL} LIMIT 1)"
    ]
    parts += [
        f"cardinality(ARRAY(SELECT 1 FROM orders_orderprogress p WHERE {visible} AND {_tab(who, tab)}"  # noqa: S608
        f" LIMIT {COUNT_LIMIT}))"
        for tab in wanted
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", _values(who))
        latest, *found = cursor.fetchone()
    return dict(zip(wanted, found, strict=True)), latest or 0


def page(who: Viewer, filters: Filters, *, draw: bool = True) -> Page:
    """The page that `filters` ask for: counts and at most PAGE rows, two queries (three for a search). `draw` False
    leaves the customers sealed: enough to see whether anything has changed."""
    keys = tabs_of(who)
    tab = filters.tab if filters.tab in keys else keys[0]
    filters = replace(filters, tab=tab, state=filters.state if tab == ALL else "")
    count, newest = counts(who, keys)
    tabs = [Tab(key, TAB_NAMES[key], count.get(key, 0), key == tab and not filters.query) for key in keys]
    found = _rows(who, filters, unsealed=draw and who.may(VIEW_CUSTOMER))
    shown = found[:PAGE]
    return Page(
        filters=filters,
        tabs=tabs,
        rows=shown,
        next_after=_key(shown[-1], tab) if len(found) > PAGE and not filters.query else "",
        fingerprint=_fingerprint(tabs, shown, newest),
        newest=newest,
        searched=bool(filters.query),
        shops=[shop for shop in who.shops.values() if shop.pk not in who.hidden_shops],
    )


def _rows(who: Viewer, filters: Filters, *, unsealed: bool) -> list[Row]:
    """At most PAGE + 1 rows: the one too many says that there are more."""
    values = _values(who) | {"shop": filters.shop, "state": filters.state, "limit": PAGE + 1}
    if filters.query:
        where, order = _search(who, filters.query, values), _BY_ARRIVAL
    elif filters.tab != ALL:
        where, order = (
            f"{_tab(who, filters.tab)}{_narrowed(filters)}{_due_after(filters.after, values)}",
            _BY_DUE,
        )
    else:
        where, order = _all(who, f"{_narrowed(filters)}{_arrived_before(filters.after, values)}"), _BY_ARRIVAL
    sql = (
        f"SELECT{_COLUMNS}{_SEALED if unsealed else ''}"
        " FROM orders_orderprogress p LEFT JOIN staff_employee h ON h.id = p.holder_id"
        f"{_WITH_CUSTOMER if unsealed else ''}"
        f" WHERE {visible_sql(who)} AND {where} ORDER BY {order} LIMIT %(limit)s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [_row(dict(zip(_NAMES, row, strict=False)), who) for row in cursor.fetchall()]


def _all(who: Viewer, more: str) -> str:
    """Everything visible. Joined by OR, "the pool and mine" would read the whole ledger from its newest end; each part
    has its own index, and none gives more than a page."""
    if who.may(VIEW_ALL):
        return "TRUE" + more
    parts = ["p.holder_id = %(me)s"]
    if who.may(ACCEPT):
        parts.append(f"p.state = '{rules.WAITING}'")
    if who.may(TAKE_OVER):
        parts += [f"p.state = '{state}'" for state in (rules.HANDED_OVER, rules.TAKEN, rules.CLOSED)]
    hidden = " AND NOT p.shop_id = ANY(%(hidden)s)" if who.hidden_shops else ""
    pages = (
        f"(SELECT p.order_id FROM orders_orderprogress p WHERE {part}{hidden}{more}"  # noqa: S608
        f" ORDER BY {_BY_ARRIVAL} LIMIT %(limit)s)"
        for part in parts
    )
    return f"p.order_id IN ({' UNION ALL '.join(pages)})"


def _narrowed(filters: Filters) -> str:
    shop = " AND p.shop_id = %(shop)s" if filters.shop is not None else ""
    return shop + (" AND p.state = %(state)s" if filters.state in rules.STATES else "")


def _due_after(after: str, values: dict[str, Any]) -> str:
    key = _read_key(after)
    if key is None:
        return ""
    values["after_at"], values["after_id"] = key
    if key[0] is None:
        return " AND p.due_at IS NULL AND p.order_id > %(after_id)s"
    return " AND ((p.due_at, p.order_id) > (%(after_at)s, %(after_id)s) OR p.due_at IS NULL)"


def _arrived_before(after: str, values: dict[str, Any]) -> str:
    key = _read_key(after)
    if key is None or key[0] is None:
        return ""
    values["after_at"], values["after_id"] = key
    return " AND (p.received_at, p.order_id) < (%(after_at)s, %(after_id)s)"


def _search(who: Viewer, query: str, values: dict[str, Any]) -> str:
    """By the beginning of the number; by phone, last four digits or name where the viewer may know customers."""
    text = query.strip()[:64]
    # Code points order the database's strings: everything that begins with the text lies between these two.
    values |= {"from": text, "to": text + "\U0010ffff"}
    values["ids"] = find_order_ids(text) if who.may(VIEW_CUSTOMER) else []
    return (
        "p.order_id IN (SELECT unnest(%(ids)s::bigint[]) UNION ALL (SELECT n.order_id FROM orders_orderprogress n"
        " WHERE n.number >= %(from)s AND n.number < %(to)s ORDER BY n.number LIMIT %(limit)s))"
    )


@lru_cache(maxsize=4096)
def _masked(order_id: int, sealed: bytes, kek: str, wrapped: bytes) -> tuple[str, str]:
    """Name and phone as a list shows them. What is kept in memory is masked; who was erased has no key to come here
    with."""
    key = open_key(kek, wrapped)
    customer = masked(customer_data(key.open_customer(order_id, sealed)))
    return customer.name, customer.phone


def _row(got: dict[str, Any], who: Viewer) -> Row:
    shop = who.shops.get(got["shop_id"])
    row = Row(
        pk=got["order_id"],
        shop=shop.name if shop else "",
        number=got["number"],
        goods=got["goods"],
        total=got["total"],
        currency=got["currency"],
        state=got["state"],
        holder=got["holder"] or "",
        received_at=got["received_at"],
        due_at=got["due_at"],
        started_at=got.get(_STARTS.get(got["due_rule"], "")),
        due_rule=got["due_rule"],
        returned_reason=got["returned_reason"],
        version=got["version"],
    )
    if "sealed" in got:
        if got["wrapped"] is None:
            row.customer = str(_("erased"))
        else:
            sealed, wrapped = bytes(got["sealed"]), bytes(got["wrapped"])
            row.customer, row.phone = _masked(row.pk, sealed, got["kek"], wrapped)
    return row


def _key(row: Row, tab: str) -> str:
    at = row.received_at if tab == ALL else row.due_at
    return f"{at.isoformat() if at else ''}~{row.pk}"


def _read_key(after: str) -> tuple[datetime | None, int] | None:
    """None for no key and for one that somebody bent."""
    at_text, _tilde, pk_text = after.partition("~")
    if not (pk_text.isascii() and pk_text.isdigit() and len(pk_text) < 19):
        return None
    try:
        at = parse_datetime(at_text) if at_text else None
    except ValueError:
        return None
    if at_text and (at is None or at.tzinfo is None):
        return None
    return at, int(pk_text)


def _fingerprint(tabs: Iterable[Tab], rows: Iterable[Row], newest: int) -> str:
    text = repr([newest, *(tab.count for tab in tabs)]) + repr([(row.pk, row.version) for row in rows])
    return hashlib.blake2b(text.encode(), digest_size=9).hexdigest()
