"""Goods of a purchase order move the stock of the catalog: counted in, counted again, sent back."""

from __future__ import annotations

import pytest

from catalog.models import StockBalance, StockMovement
from catalog.services.stock import moving
from contracts import goods
from contracts.services import recounting
from office.notices.models import Notice
from tests.catalog import shelf
from tests.contracts.orders import arrange
from tests.contracts.orders.arrange import NOW
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site"), pytest.mark.clause("P7a")]


def _stock() -> int:
    return StockBalance.objects.get(sku__code="SF-2301").quantity


def test_goods_counted_in_are_in_stock_and_refused_ones_leave_it() -> None:
    shelf.sku("SF-2301")
    arrival = arrange.arrived()
    assert _stock() == 10
    arrange.accept(arrival, 7, refused=3, remedy="return", reason="开裂")
    assert _stock() == 7
    moves = list(StockMovement.objects.order_by("pk").values_list("source", "change", "reason"))
    assert moves == [("purchase", 10, ""), ("purchase", -3, "to_supplier")]
    assert StockMovement.objects.latest("pk").reference.endswith("SH-1")


def test_a_recount_moves_the_stock_by_the_difference() -> None:
    shelf.sku("SF-2301")
    arrival = arrange.arrived()
    recounting.recount(
        arrived_id=arrival.lines.get().pk,
        was=10,
        counted=8,
        reason="漏数",
        by=person("xu_warehouse"),
        now=NOW,
    )
    assert _stock() == 8
    assert StockMovement.objects.latest("pk").reason == "miscounted"


def test_goods_that_were_sold_and_go_back_leave_the_stock_below_zero() -> None:
    """It happened, whatever the book says: purchasing is never refused because of the stock."""
    sold = shelf.sku("SF-2301")
    arrival = arrange.arrived()
    moving.clear_stock(
        sku_id=sold.pk, pieces=9, reason="distribution", reference="分销", by=person("luo_buyer"), now=NOW
    )
    arrange.accept(arrival, 5, refused=5, remedy="return", reason="开裂")
    assert _stock() == -4


def test_goods_that_the_catalog_does_not_know_move_nothing_and_are_told() -> None:
    arrange.arrived()
    assert not StockMovement.objects.exists()
    told = Notice.objects.filter(kind="catalog.bought_unknown")
    assert person("xu_warehouse").pk in told.values_list("recipient", flat=True)


def test_the_same_fact_moves_the_stock_once() -> None:
    shelf.sku("SF-2301")
    arrival = arrange.arrived()
    row = arrival.lines.get()
    goods.moved(
        [goods.Goods(goods.Why.CAME, row.pk, arrival.delivery.order_id, "SF-2301", "沙发", 10, "SH-1")],
        None,
        NOW,
    )
    assert _stock() == 10
