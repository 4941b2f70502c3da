"""Who may open what of stock, live checks and the market: rows of the permission matrix (see table.py)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from catalog.models import LiveDifference, MarketSummary
from catalog.services import goods
from catalog.services.stock import counting, moving
from tests.people import person
from tests.permissions.table import (
    AGENTS,
    BACK_OFFICE,
    GENERAL,
    MANAGER,
    OPERATIONS,
    SUPERVISOR,
    Row,
    get,
    post,
)

GOODS = frozenset({"ma_product", "he_planner", "gao_section"})
STOCK = (
    AGENTS | BACK_OFFICE | SUPERVISOR | MANAGER | GENERAL | OPERATIONS | GOODS
    | {"lin_editor", "luo_buyer", "song_inspector", "xu_warehouse"}
)  # fmt: skip
COUNT = MANAGER | OPERATIONS | {"xu_warehouse", "gao_section", "ma_product"}
MOVE = MANAGER | OPERATIONS | {"xu_warehouse", "gao_section"}
LIVE = MANAGER | OPERATIONS | GOODS | {"lin_editor"}
NOTE = MANAGER | OPERATIONS | GOODS
MARKET = NOTE | GENERAL
EXPORT = NOTE

ROWS: tuple[Row, ...] = (
    get("catalog:stock", STOCK),
    post("catalog:stock_export", EXPORT),
    get("catalog:sku_stock", STOCK, pk="stock_sku"),
    post("catalog:move_stock", MOVE, pk="stock_sku", act="'receive"),
    post("catalog:put_back", MOVE, pk="'987654"),
    get("catalog:unmatched", MOVE),
    post("catalog:settle_goods", MOVE, pk="'987654"),
    get("catalog:counts", STOCK),
    post("catalog:count_open", COUNT),
    get("catalog:count", STOCK, pk="stock_count"),
    post("catalog:count_again", COUNT, pk="stock_count"),
    post("catalog:count_import", COUNT, pk="stock_count"),
    get("catalog:live", LIVE),
    post("catalog:live_upload", LIVE),
    get("catalog:live_check", LIVE, pk="'987654"),
    get("catalog:live_feed", LIVE, pk="stock_channel"),
    post("catalog:live_read", LIVE, pk="stock_channel"),
    get("catalog:difference", LIVE, pk="difference"),
    post("catalog:difference_take", LIVE, pk="difference"),
    post("catalog:difference_solve", LIVE, pk="difference"),
    get("catalog:market", MARKET),
    post("catalog:market_note", NOTE),
    post("catalog:market_import", NOTE),
    post("catalog:market_workbook", MARKET, pk="stock_sku"),
    get("catalog:summary", MARKET, pk="summary"),
)

OPEN: tuple[tuple[str, str, dict[str, Any], set[int]], ...] = ()


def world(now: datetime) -> dict[str, int | str]:
    """A SKU with stock and an open count, a channel that differs, a week to sum up."""
    maker, keeper = person("ma_product"), person("xu_warehouse")
    category = goods.add_category(name="靠垫", by=maker, now=now)
    product = goods.add_product(title="靠垫", category_id=category.pk, by=maker, now=now)
    sku = goods.add_sku(product_id=product.pk, code="KD-1", by=maker, now=now)
    channel = goods.add_channel(code="KDCH", name="靠垫店", by=maker, now=now)
    moving.receive(sku_id=sku.pk, pieces=3, by=keeper, now=now)
    count = counting.open_count(category_id=category.pk, by=keeper, now=now)
    difference = LiveDifference.objects.create(
        channel=channel, kind="unknown", code="X", opened_at=now, found_at=now, clause="C11.1"
    )
    summary = MarketSummary.objects.create(starts_at=now, ends_at=now, clause="J6")
    return {
        "stock_sku": sku.pk,
        "stock_count": count.pk,
        "stock_channel": channel.pk,
        "difference": difference.pk,
        "summary": summary.pk,
    }
