"""A list asks the same number of queries however long: counts, lines that wait, differences, the market, tables."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import CompetitorPrice, LiveDifference, PriceSheet, Product, StockCount, UnmatchedGoods
from catalog.services import market, sheets
from catalog.services.stock import counting
from tests.catalog import shelf
from tests.catalog.live.test_check_live import check, on_sale_unasked
from tests.catalog.stock.arrange import sold, take_over
from tests.catalog.test_sheets import HEAD, TODAY
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


def _count(number: int) -> None:
    made, within = shelf.sku(f"SF-{number}"), shelf.category(f"类目{number}")
    Product.objects.filter(pk=made.product_id).update(category=within)
    counting.open_count(category_id=within.pk, by=person("xu_warehouse"), now=timezone.now())


def _waiting(number: int) -> None:
    take_over(sold((f"未知{number}", 2), id=number + 1))


def _difference(number: int) -> None:
    shelf.sku(f"SF-{number}")
    check(*(on_sale_unasked(f"SF-{each}") for each in range(number + 1)))


def _noted(number: int) -> None:
    code = f"SF-{number}"
    shelf.sku(code)
    seen = market.SeenPrice(0, f"竞品{number}", Decimal("95.00"), timezone.localdate())
    market.note_price(sku_code=code, seen=seen, by=person("he_planner"), now=timezone.now())


def _sheet(number: int) -> None:
    content = f"{HEAD}\nSF-{number},1900.00,竞品店,1950.00,{TODAY}".encode()
    sheets.take_sheet(name=f"价格{number}.csv", content=content, by=person("ma_product"), now=shelf.NOW)


LISTS: dict[str, tuple[str, type[Model], Callable[[int], None]]] = {
    "/catalog/stock/counts/": ("xu_warehouse", StockCount, _count),
    "/catalog/stock/unmatched/": ("xu_warehouse", UnmatchedGoods, _waiting),
    "/catalog/live/": ("lin_editor", LiveDifference, _difference),
    "/catalog/market/": ("he_planner", CompetitorPrice, _noted),
    "/catalog/price-tables/": ("ma_product", PriceSheet, _sheet),
}


@pytest.mark.parametrize("where", LISTS)
def test_a_list_costs_the_same_however_long(where: str) -> None:
    who, model, add = LISTS[where]
    client = signed_in(who)
    add(0)
    add(1)
    client.get(where)  # what is remembered between requests is there
    costs = []
    for numbers in ((), range(2, 6)):
        for number in numbers:
            add(number)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(where).status_code == 200
        costs.append(len(queries))
    assert model._default_manager.count() == 6
    assert costs[1] <= costs[0] <= 24
