"""The table of (URL, person, answer), replayed for every member of the cast and a visitor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from orders.intake.incoming import IncomingCustomer, IncomingLine, IncomingOrder
from orders.models import Order
from orders.services.booking import book_orders
from orders.services.shops import get_or_create_shop
from tests.people import CAST, person, sign_in
from tests.permissions import (
    rows_access,
    rows_backups,
    rows_catalog,
    rows_cms,
    rows_cms_assets,
    rows_contracts_agreements,
    rows_contracts_door,
    rows_contracts_money,
    rows_contracts_orders,
    rows_leave,
    rows_people,
    rows_punches,
    rows_roster,
    rows_stock,
    rows_vault,
    rows_watch,
    table,
)
from tests.permissions.table import ADMIN, Row

World = dict[str, int | str]


ROWS = (
    *table.ROWS,
    *rows_catalog.ROWS,
    *rows_cms.ROWS,
    *rows_stock.ROWS,
    *rows_roster.ROWS,
    *rows_watch.ROWS,
    *rows_cms_assets.ROWS,
    *rows_contracts_agreements.ROWS,
    *rows_leave.ROWS,
    *rows_people.ROWS,
    *rows_punches.ROWS,
    *rows_access.ROWS,
    *rows_vault.ROWS,
    *rows_backups.ROWS,
    *rows_contracts_door.ROWS,
    *rows_contracts_orders.ROWS,
    *rows_contracts_money.ROWS,
)
OPEN = (
    *table.OPEN,
    *rows_catalog.OPEN,
    *rows_cms.OPEN,
    *rows_stock.OPEN,
    *rows_roster.OPEN,
    *rows_watch.OPEN,
    *rows_punches.OPEN,
    *rows_contracts_door.OPEN,
    *rows_contracts_orders.OPEN,
)


@pytest.fixture
def world(db: None) -> World:
    """One waiting order in a shop, and somebody nobody signs in as."""
    now = timezone.now()
    shop = get_or_create_shop(code="TM01", by=None, now=now)
    incoming = IncomingOrder(
        "8812",
        (IncomingLine("K1", "沙发", Decimal(1), Decimal(100), Decimal(100)),),
        IncomingCustomer("王芳", "13800000000"),
    )
    book_orders(shop=shop, orders=[incoming], source="api", by=None, now=now)
    order = Order.objects.get(number="8812")
    return {
        "order": order.pk,
        "shop": shop.pk,
        "customer": order.customer_key_id,
        "agent": person("li_lei").pk,
        "stranger": person("zheng_designer").pk,
        **rows_catalog.world(now),
        **rows_cms.world(now),
        **rows_stock.world(now),
        **rows_contracts_orders.world(now),
        **rows_roster.world(now),
        **rows_watch.world(now),
        **rows_backups.world(now),
        **rows_cms_assets.world(now),
        **rows_punches.world(now),
    }


@pytest.fixture
def enter(db: None) -> Callable[[str], Client]:
    """A client signed in as the person, his second step done."""

    def make(who: str) -> Client:
        client = Client(raise_request_exception=False)
        sign_in(client, person(who))
        return client

    return make


def address(name: str, args: dict[str, Any], world: World) -> str:
    """A value that begins with ' is meant literally, the others are names in the world."""
    return reverse(
        name, kwargs={key: value[1:] if value[0] == "'" else world[value] for key, value in args.items()}
    )


def ask(client: Client, method: str, url: str) -> HttpResponseBase:
    """The answer; what a form wrote is undone."""
    if method == "GET":
        return client.get(url)
    with transaction.atomic():
        answer = client.post(url)
        transaction.set_rollback(True)
    return answer


def verdict(answer: HttpResponseBase) -> str:
    if answer.status_code >= 500:
        return f"fault {answer.status_code}"
    if answer.status_code == 403:
        return "403"
    if answer.status_code == 302 and answer["Location"].startswith(reverse("account_login")):
        return "sign in"
    return "let in"


@pytest.mark.clause("C13.1")
@pytest.mark.parametrize("who", list(CAST))
def test_every_door_lets_in_whom_the_table_names(
    who: str, world: World, enter: Callable[[str], Client]
) -> None:
    client = enter(who)
    wrong = []
    for row in ROWS:
        expected = "let in" if who in row.let_in else "403"
        found = verdict(ask(client, row.method, address(row.name, row.args, world)))
        if found != expected:
            wrong.append(f"{row.name}: {found}, the table says {expected}")
    assert wrong == []


def test_a_visitor_is_sent_to_sign_in(world: World) -> None:
    client = Client(raise_request_exception=False)
    wrong = {}
    for row in ROWS:
        found = verdict(ask(client, row.method, address(row.name, row.args, world)))
        if found != "sign in":
            wrong[row.name] = found
    assert wrong == {}


@pytest.mark.parametrize(("name", "method", "args", "statuses"), OPEN, ids=[row[0] for row in OPEN])
def test_what_is_open_answers_a_visitor(
    name: str, method: str, args: dict[str, Any], statuses: set[int], world: World
) -> None:
    answer = ask(Client(raise_request_exception=False), method, address(name, args, world))
    assert answer.status_code in statuses


@pytest.mark.clause("C13.1")
@pytest.mark.parametrize("who", list(CAST))
def test_only_it_looks_at_the_tables(who: str, enter: Callable[[str], Client]) -> None:
    client = enter(who)
    answer = client.get(reverse("admin:index"), follow=True)
    assert answer.status_code == (200 if who in ADMIN else 403)


def test_it_may_look_at_every_table_and_change_none(enter: Callable[[str], Client], world: World) -> None:
    client = enter("sun_admin")
    wrong = []
    for model, page in admin.site._registry.items():
        prefix = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        if client.get(reverse(f"{prefix}_changelist")).status_code != 200:
            wrong.append(f"{prefix} list")
        row = model._default_manager.order_by("-pk").first()
        if row is not None and client.get(reverse(f"{prefix}_change", args=[row.pk])).status_code != 200:
            wrong.append(f"{prefix} row")
        if client.get(reverse(f"{prefix}_add")).status_code != 403:
            wrong.append(f"{prefix} add")
        if not getattr(page, "reads_only", False):
            wrong.append(f"{prefix} writes")
    assert wrong == []


def names(patterns: list[Any], space: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from names(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name or pattern.pattern}"


def test_every_url_is_in_the_table() -> None:
    """The admin site's are one row per model and are tested as such."""
    known = {row.name for row in ROWS} | {row[0] for row in OPEN}
    found = {name for name in names(get_resolver().url_patterns) if not name.startswith("admin:")}
    assert sorted(found - known) == []
    assert sorted(known - found) == []


def test_the_table_names_only_the_cast() -> None:
    assert all(isinstance(row, Row) and row.let_in <= frozenset(CAST) for row in ROWS)
