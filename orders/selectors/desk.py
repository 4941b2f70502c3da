"""Lists of the desk: one index scan and fifty rows each, paged by key, counted no further than is shown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from orders import rules
from orders.models import Order, OrderProgress, Shop
from orders.selectors.customers import customers_of, find_order_ids, masked
from orders.selectors.order import (
    ACCEPT,
    REASSIGN,
    TAKE_OVER,
    VIEW_ALL,
    VIEW_CUSTOMER,
    Viewer,
    visible_to,
)
from orders.services.desk.reasons import ReturnReason

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
_COLUMNS = (
    "order_id", "shop_id", "number", "goods", "total", "currency", "state", "holder_id", "holder__name", "received_at",
    "accepted_at", "confirmed_at", "handed_over_at", "due_at", "due_rule", "returned_reason", "tries", "version",
)  # fmt: skip
_STATE_LABELS = dict(OrderProgress.State.choices)
_RETURN_LABELS = dict(ReturnReason.choices)
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
    state_label: StrOrPromise
    holder_id: int | None
    holder: str
    received_at: datetime
    due_at: datetime | None
    started_at: datetime | None
    due_rule: str
    returned: StrOrPromise
    tries: int
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


def _tab(who: Viewer, tab: str) -> QuerySet[OrderProgress]:
    visible = visible_to(who)
    if tab == POOL:
        return visible.filter(state=rules.WAITING)
    if tab == TAKEOVER:
        return visible.filter(state=rules.HANDED_OVER)
    if tab == MINE:
        if who.may(ACCEPT):
            return visible.filter(holder_id=who.user.pk, state__in=rules.HELD)
        return visible.filter(taken_by_id=who.user.pk, state=rules.TAKEN)
    if tab == LATE:
        return visible.filter(state__in=rules.OPEN, due_at__lt=who.at)
    return visible


def counts(who: Viewer, tabs: Sequence[str]) -> tuple[dict[str, int], int]:
    """Orders per tab, each counted no further than COUNT_LIMIT, and the id of the first tab's latest arrival (0: none);
    one query. "All" is not counted: its size tells nobody what to do."""
    wanted = [tab for tab in tabs if tab != ALL]
    newest = _tab(who, tabs[0]).order_by("-received_at", "-order_id").values_list("pk")[:1]
    sql, values = newest.query.sql_with_params()
    parts, parameters = [f"({sql})"], list(values)
    for tab in wanted:
        sql, values = _tab(who, tab).order_by().values_list("pk")[:COUNT_LIMIT].query.sql_with_params()
        parts.append(f"cardinality(ARRAY({sql}))")
        parameters += values
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", parameters)
        latest, *found = cursor.fetchone()
    return dict(zip(wanted, found, strict=True)), latest or 0


def page(who: Viewer, filters: Filters) -> Page:
    """The page that `filters` ask for: counts, at most PAGE rows with masked customers. Two queries, at most six."""
    keys = tabs_of(who)
    tab = filters.tab if filters.tab in keys else keys[0]
    filters = Filters(tab, filters.shop, filters.state if tab == ALL else "", filters.query, filters.after)
    count, newest = counts(who, keys)
    tabs = [Tab(key, TAB_NAMES[key], count.get(key, 0), key == tab and not filters.query) for key in keys]
    raw = _search(who, filters) if filters.query else _listed(who, filters)
    rows = [_row(values, who) for values in raw[:PAGE]]
    more = rows[-1] if len(raw) > PAGE and not filters.query else None
    return Page(
        filters=filters,
        tabs=tabs,
        rows=rows,
        next_after=_key(more, tab) if more else "",
        fingerprint=_fingerprint(tabs, rows, newest),
        newest=newest,
        searched=bool(filters.query),
        shops=[shop for shop in who.shops.values() if shop.pk not in who.hidden_shops],
    )


def with_customers(listed: Page, who: Viewer) -> Page:
    """Puts the masked names and phones into the rows; left out while nothing of the page is drawn. Two queries."""
    if who.may(VIEW_CUSTOMER) and listed.rows:
        orders = Order.objects.filter(pk__in=[row.pk for row in listed.rows])
        found = customers_of(list(orders.only("pk", "customer_key_id", "sealed")))
        for row in listed.rows:
            customer = masked(found[row.pk])
            row.customer = str(_("erased")) if customer.erased else customer.name
            row.phone = customer.phone
    return listed


def _listed(who: Viewer, filters: Filters) -> list[tuple[Any, ...]]:
    if filters.tab != ALL:
        return _by_due(_narrowed(_tab(who, filters.tab), filters), filters.after)
    if who.may(VIEW_ALL):
        return _by_arrival(_narrowed(visible_to(who), filters), filters.after)
    # Joined by OR, "the pool and mine" would read the whole ledger from its newest end. Each part has its own index.
    parts = [Q(holder_id=who.user.pk)]
    if who.may(ACCEPT):
        parts.append(Q(state=rules.WAITING))
    if who.may(TAKE_OVER):
        parts += [Q(state=state) for state in (rules.HANDED_OVER, rules.TAKEN, rules.CLOSED)]
    found: dict[int, tuple[Any, ...]] = {}
    for part in parts:
        for values in _by_arrival(_narrowed(visible_to(who).filter(part), filters), filters.after):
            found[values[0]] = values
    arrived = _COLUMNS.index("received_at")
    return sorted(found.values(), key=lambda values: (values[arrived], values[0]), reverse=True)[: PAGE + 1]


def _narrowed(rows: QuerySet[OrderProgress], filters: Filters) -> QuerySet[OrderProgress]:
    if filters.shop is not None:
        rows = rows.filter(shop_id=filters.shop)
    if filters.state in rules.STATES:
        rows = rows.filter(state=filters.state)
    return rows


def _by_due(rows: QuerySet[OrderProgress], after: str) -> list[tuple[Any, ...]]:
    key = _read_key(after)
    if key is not None:
        at, pk = key
        if at is None:
            rows = rows.filter(due_at=None, pk__gt=pk)
        else:
            rows = rows.filter(Q(due_at__gt=at) | Q(due_at=at, pk__gt=pk) | Q(due_at=None))
    ordered = rows.order_by(F("due_at").asc(nulls_last=True), "order_id")
    return list(ordered.values_list(*_COLUMNS)[: PAGE + 1])


def _by_arrival(rows: QuerySet[OrderProgress], after: str) -> list[tuple[Any, ...]]:
    key = _read_key(after)
    if key is not None and key[0] is not None:
        at, pk = key
        rows = rows.filter(received_at__lte=at).filter(Q(received_at__lt=at) | Q(pk__lt=pk))
    return list(rows.order_by("-received_at", "-order_id").values_list(*_COLUMNS)[: PAGE + 1])


def _search(who: Viewer, filters: Filters) -> list[tuple[Any, ...]]:
    """By the beginning of the number; by phone, last four digits or name where the viewer may know customers."""
    text = filters.query.strip()[:64]
    # Code points order the database's strings: everything that begins with the text lies between these two.
    found = Q(number__gte=text, number__lt=text + "\U0010ffff")
    ids = find_order_ids(text) if who.may(VIEW_CUSTOMER) else []
    rows = list(visible_to(who).filter(found).order_by("number").values_list(*_COLUMNS)[:PAGE])
    if ids:
        seen = {values[0] for values in rows}
        rows += [
            values
            for values in visible_to(who)
            .filter(pk__in=ids)
            .order_by("-received_at", "-order_id")
            .values_list(*_COLUMNS)[:PAGE]
            if values[0] not in seen
        ]
    return rows[: PAGE + 1]


def _row(values: tuple[Any, ...], who: Viewer) -> Row:
    got = dict(zip(_COLUMNS, values, strict=True))
    shop = who.shops.get(got["shop_id"])
    return Row(
        pk=got["order_id"],
        shop=shop.name if shop else "",
        number=got["number"],
        goods=got["goods"],
        total=got["total"],
        currency=got["currency"],
        state=got["state"],
        state_label=_STATE_LABELS[got["state"]],
        holder_id=got["holder_id"],
        holder=got["holder__name"] or "",
        received_at=got["received_at"],
        due_at=got["due_at"],
        started_at=got.get(_STARTS.get(got["due_rule"], "")),
        due_rule=got["due_rule"],
        returned=_RETURN_LABELS.get(got["returned_reason"], ""),
        tries=got["tries"],
        version=got["version"],
    )


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
