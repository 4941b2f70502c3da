"""What goods are called in the trail, in notices, on deadlines and in requests."""

from __future__ import annotations

from django.utils.timezone import localtime

from catalog.models import (
    Category,
    Channel,
    LiveDifference,
    MarketSummary,
    PlannerRecord,
    PlannerTask,
    PriceSheet,
    Product,
    Promotion,
    Season,
    Sku,
    StockCount,
    UnmatchedGoods,
)
from catalog.rules.planning import KINDS
from office.subjects import Subject


def channel_subject(channel: Channel) -> Subject:
    return Subject("channel", str(channel.pk), channel.code)


def category_subject(category: Category) -> Subject:
    return Subject("category", str(category.pk), category.name)


def product_subject(product: Product) -> Subject:
    return Subject("product", str(product.pk), product.title)


def sku_subject(sku: Sku) -> Subject:
    return Subject("sku", str(sku.pk), sku.code)


def sku_pricing(sku: Sku) -> Subject:
    """The price of one SKU, as requests name it."""
    return Subject("pricing", f"sku-{sku.pk}", sku.label)


def sheet_pricing(sheet: PriceSheet) -> Subject:
    """The prices of a table, as one request names them."""
    return Subject("pricing", f"sheet-{sheet.pk}", sheet.filename)


def shelf_subject(product: Product, channel: Channel) -> Subject:
    """A product on a channel: what is put on sale and taken off together."""
    return Subject("shelf", f"{product.pk}-{channel.pk}", f"{product.title} · {channel.name}")


def promotion_subject(promotion: Promotion) -> Subject:
    return Subject("promotion", str(promotion.pk), promotion.title)


def part_of(subject_id: str) -> tuple[str, int]:
    """("sku", 12) of "sku-12"; ("", 0) for what is no such id."""
    word, _dash, number = subject_id.partition("-")
    if number.isascii() and number.isdigit() and len(number) < 16:
        return word, int(number)
    return "", 0


def unmatched_subject(row: UnmatchedGoods) -> Subject:
    return Subject("unmatched_goods", str(row.pk), f"{row.reference} #{row.position}"[:120])


def count_subject(count: StockCount) -> Subject:
    """ "沙发 · 11-25"."""
    day = localtime(count.scheduled_at or count.opened_at)
    return Subject("stock_count", str(count.pk), f"{count.category.name} · {day:%m-%d}")


def difference_subject(row: LiveDifference) -> Subject:
    """ "TM01 · SF-2301"."""
    return Subject("live_difference", str(row.pk), f"{row.channel.code} · {row.code}"[:120])


def summary_subject(summary: MarketSummary) -> Subject:
    """ "11-20 – 11-27"."""
    first, last = localtime(summary.starts_at), localtime(summary.ends_at)
    return Subject("market_summary", str(summary.pk), f"{first:%m-%d} – {last:%m-%d}")


def season_subject(season: Season) -> Subject:
    return Subject("season", str(season.pk), season.name)


def record_subject(record: PlannerRecord) -> Subject:
    return Subject("planner_record", str(record.pk), record.title)


def task_subject(task: PlannerTask) -> Subject:
    """ "Display plan · 12-01"."""
    return Subject("planner_task", str(task.pk), f"{KINDS[task.kind]} · {localtime(task.scheduled_at):%m-%d}")
