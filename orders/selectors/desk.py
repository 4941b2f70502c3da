"""Lists of the desk: one index scan and fifty rows each, paged by key, counted no further than is shown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from orders import rules
from orders.keys import open_key
from orders.models import CustomerKey, OrderProgress, Shop
from orders.selectors.customers import customer_data, find_order_ids, masked
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
_SEALED = ("order__sealed", "kek", "wrapped")
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


def page(who: Viewer, filters: Filters, *, draw: bool = True) -> Page:
    """The page that `filters` ask for: counts and at most PAGE rows, two queries (three for a search). `draw` False
    leaves the customers sealed: enough to see whether anything has changed."""
    keys = tabs_of(who)
    tab = filters.tab if filters.tab in keys else keys[0]
    filters = replace(filters, tab=tab, state=filters.state if tab == ALL else "")
    count, newest = counts(who, keys)
    tabs = [Tab(key, TAB_NAMES[key], count.get(key, 0), key == tab and not filters.query) for key in keys]
    rows = _search(who, filters) if filters.query else _listed(who, filters)
    columns: tuple[str, ...] = _COLUMNS
    if draw and who.may(VIEW_CUSTOMER):
        rows, columns = _with_customers(rows), (*_COLUMNS, *_SEALED)
    found = list(rows.values(*columns)[: PAGE + 1])
    shown = [_row(values, who) for values in found[:PAGE]]
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


def _listed(who: Viewer, filters: Filters) -> QuerySet[OrderProgress]:
    if filters.tab != ALL:
        return _by_due(_narrowed(_tab(who, filters.tab), filters), filters.after)
    if who.may(VIEW_ALL):
        return _by_arrival(_narrowed(visible_to(who), filters), filters.after)
    # Joined by OR, "the pool and mine" would read the whole ledger from its newest end. Each part has its own index,
    # and no part gives more than a page.
    parts = [Q(holder_id=who.user.pk)]
    if who.may(ACCEPT):
        parts.append(Q(state=rules.WAITING))
    if who.may(TAKE_OVER):
        parts += [Q(state=state) for state in (rules.HANDED_OVER, rules.TAKEN, rules.CLOSED)]
    pages = [
        _by_arrival(_narrowed(visible_to(who).filter(part), filters), filters.after).values("pk")[: PAGE + 1]
        for part in parts
    ]
    mine = OrderProgress.objects.filter(pk__in=pages[0].union(*pages[1:], all=True))
    return mine.order_by("-received_at", "-order_id")


def _narrowed(rows: QuerySet[OrderProgress], filters: Filters) -> QuerySet[OrderProgress]:
    if filters.shop is not None:
        rows = rows.filter(shop_id=filters.shop)
    if filters.state in rules.STATES:
        rows = rows.filter(state=filters.state)
    return rows


def _by_due(rows: QuerySet[OrderProgress], after: str) -> QuerySet[OrderProgress]:
    key = _read_key(after)
    if key is not None:
        at, pk = key
        if at is None:
            rows = rows.filter(due_at=None, pk__gt=pk)
        else:
            rows = rows.filter(Q(due_at__gt=at) | Q(due_at=at, pk__gt=pk) | Q(due_at=None))
    return rows.order_by(F("due_at").asc(nulls_last=True), "order_id")


def _by_arrival(rows: QuerySet[OrderProgress], after: str) -> QuerySet[OrderProgress]:
    key = _read_key(after)
    if key is not None and key[0] is not None:
        at, pk = key
        rows = rows.filter(received_at__lte=at).filter(Q(received_at__lt=at) | Q(pk__lt=pk))
    return rows.order_by("-received_at", "-order_id")


def _search(who: Viewer, filters: Filters) -> QuerySet[OrderProgress]:
    """By the beginning of the number; by phone, last four digits or name where the viewer may know customers."""
    text = filters.query.strip()[:64]
    # Code points order the database's strings: everything that begins with the text lies between these two.
    numbers = OrderProgress.objects.filter(number__gte=text, number__lt=text + "\U0010ffff").order_by(
        "number"
    )
    ids = set(find_order_ids(text)) if who.may(VIEW_CUSTOMER) else set()
    found = visible_to(who).filter(Q(pk__in=ids) | Q(pk__in=numbers.values("pk")[:PAGE]))
    return found.order_by("-received_at", "-order_id")


def _with_customers(rows: QuerySet[OrderProgress]) -> QuerySet[OrderProgress]:
    keys = CustomerKey.objects.filter(pk=OuterRef("order__customer_key_id"))
    return rows.annotate(kek=Subquery(keys.values("kek")), wrapped=Subquery(keys.values("wrapped")))


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
    if "wrapped" in got:
        if got["wrapped"] is None:
            row.customer = str(_("erased"))
        else:
            key = open_key(got["kek"], got["wrapped"])
            customer = masked(customer_data(key.open_customer(row.pk, got["order__sealed"])))
            row.customer, row.phone = customer.name, customer.phone
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
