"""Who may open what at the catalog desk: rows of the permission matrix (see table.py)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from catalog.models import PlannerTask, Season
from catalog.services import goods
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

PRODUCT = frozenset({"ma_product"})
PLANNER = frozenset({"he_planner"})
SECTION = frozenset({"gao_section"})
WRITERS = frozenset({"tang_writer", "zheng_designer"})
PHOTO = frozenset({"pan_photo"})
BUYER = frozenset({"luo_buyer"})
STORE = frozenset({"xu_warehouse"})
MANAGE = MANAGER | PRODUCT | OPERATIONS | PLANNER | SECTION
COST = MANAGE | GENERAL | BUYER
PICTURES = MANAGER | PRODUCT | OPERATIONS | WRITERS | PHOTO | SECTION
EXPORT = MANAGE
SEASON = PRODUCT | PLANNER | SECTION
RECORDS = MANAGE | GENERAL
VIEW = COST | AGENTS | BACK_OFFICE | SUPERVISOR | WRITERS | PHOTO | STORE | frozenset({"lin_editor"})

ROWS: tuple[Row, ...] = (
    # goods
    get("catalog:products", VIEW),
    get("catalog:product", VIEW, pk="product"),
    get("catalog:product_new", MANAGE),
    get("catalog:product_edit", MANAGE, pk="product"),
    get("catalog:sku_new", MANAGE, pk="product"),
    get("catalog:sku_edit", MANAGE, pk="sku"),
    get("catalog:ranges", MANAGE),
    post("catalog:range_edit", MANAGE, what="'channel", pk="'987654"),
    get("catalog:picture", VIEW, pk="'987654"),
    post("catalog:picture_add", PICTURES, pk="product"),
    post("catalog:product_decline", MANAGE, pk="product"),
    post("catalog:products_export", EXPORT),
    post("catalog:prices_export", EXPORT, pk="sku"),
    # seasons and records
    get("catalog:seasons", VIEW),
    post("catalog:seasons", SEASON),
    get("catalog:season", VIEW, pk="season"),
    post("catalog:season", SEASON, pk="season"),
    get("catalog:planner", RECORDS),
    post("catalog:planner", PLANNER),
    get("catalog:planner_task", RECORDS, pk="planner_task"),
    get("catalog:planner_record", RECORDS, pk="'987654"),
    post("catalog:picture_remove", PICTURES, pk="product", row="'987654"),
    post("catalog:picture_move", PICTURES, pk="product", row="'987654"),
    post("catalog:pack", VIEW, pk="product"),
    get("catalog:text", VIEW, pk="product"),
    post("catalog:text", WRITERS, pk="product"),
    # prices
    get("catalog:prices", VIEW, pk="sku"),
    get("catalog:propose_price", PRODUCT, pk="sku"),
    get("catalog:evidence", VIEW, run="'987654", pk="'987654"),
    get("catalog:sheets", PRODUCT),
    get("catalog:sheet_template", PRODUCT),
    get("catalog:sheet", COST, pk="'987654"),
    # on sale and off
    get("catalog:ask_listing", PRODUCT, product="product", channel="channel"),
    get("catalog:ask_delisting", PRODUCT | OPERATIONS, product="product", channel="channel"),
    # promotions
    get("catalog:promotions", VIEW),
    get("catalog:promotion_new", PLANNER),
    get("catalog:promotion", VIEW, pk="'987654"),
    post("catalog:promotion_ask", PLANNER, pk="'987654"),
    post("catalog:promotion_stop", PLANNER | PRODUCT, pk="'987654"),
    get("catalog:price_promotion", PRODUCT, pk="'987654"),
)

#: Open to visitors: (name, method, args, what a visitor gets).
OPEN: tuple[tuple[str, str, dict[str, Any], set[int]], ...] = ()


def world(now: datetime) -> dict[str, int | str]:
    """What the rows' `args` name, made for the test: {name: key}."""
    shop = goods.add_channel(code="TM01", name="天猫旗舰店", by=None, now=now)
    category = goods.add_category(name="沙发", by=None, now=now)
    product = goods.add_product(title="布艺沙发", category_id=category.pk, by=None, now=now)
    sku = goods.add_sku(product_id=product.pk, code="SF-2301", by=None, now=now)
    maker = person("he_planner")
    season = Season.objects.create(name="秋季", starts_on=now.date(), ends_on=now.date(), by=maker, at=now)
    task = PlannerTask.objects.create(kind="display_plan", scheduled_at=now, opened_at=now, clause="J3")
    return {
        "product": product.pk,
        "sku": sku.pk,
        "channel": shop.pk,
        "season": season.pk,
        "planner_task": task.pk,
    }
