"""The market for pages: a SKU's chart, what was noted, the week's movers, the summaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Avg, Count, Max, Min, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import CompetitorPrice, MarketSummary, Price, Sku, StockMovement
from catalog.selectors.prices import bases_at
from catalog.services.market import prices_in
from office.deadlines.models import Deadline
from office.errors import NotFound

PAGE = 50
#: Days of a chart; competitors that get a line of their own.
DAYS, LINES = 90, 6
#: Best sellers of a week that are named.
SELLERS = 10


@dataclass(frozen=True, slots=True)
class Standing:
    """One SKU in a week: what others asked, and what we ask."""

    sku: Sku
    count: int
    lowest: Decimal
    mean: Decimal
    highest: Decimal
    ours: Decimal | None

    @property
    def apart(self) -> Decimal | None:
        """How far we are from the lowest, in percent."""
        return None if self.ours is None else (self.ours - self.lowest) / self.lowest * 100


def standings(summary: MarketSummary, now: datetime) -> list[Standing]:
    """Every SKU that was looked at in the summary's week."""
    rows = list(
        prices_in(summary)
        .values("sku_id")
        .annotate(count=Count("id"), lowest=Min("price"), mean=Avg("price"), highest=Max("price"))
    )
    skus = Sku.objects.select_related("product").in_bulk([row["sku_id"] for row in rows])
    ours = bases_at(list(skus), min(now, summary.ends_at))
    found = [
        Standing(
            skus[row["sku_id"]],
            row["count"],
            row["lowest"],
            row["mean"],
            row["highest"],
            ours.get(row["sku_id"]),
        )
        for row in rows
    ]
    return sorted(found, key=lambda each: each.sku.code)


class Sold(NamedTuple):
    """What left with orders in a week, less what came back."""

    sku: Sku
    pieces: int


def best_sellers(summary: MarketSummary) -> list[Sold]:
    """The SKUs of which most was sold in its week; two queries."""
    rows = list(
        StockMovement.objects.filter(
            source__in=[StockMovement.Source.ORDER, StockMovement.Source.ORDER_BACK],
            at__gte=summary.starts_at,
            at__lt=summary.ends_at,
        )
        .values("sku_id")
        .annotate(pieces=-Sum("change"))
        .filter(pieces__gt=0)
        .order_by("-pieces", "sku_id")
        .values_list("sku_id", "pieces")[:SELLERS]
    )
    skus = Sku.objects.select_related("product").in_bulk([sku_id for sku_id, _pieces in rows])
    return [Sold(skus[sku_id], pieces) for sku_id, pieces in rows]


def noted(sku: Sku | None, before: int | None) -> tuple[list[CompetitorPrice], int | None]:
    """What was noted, the latest first, a page by key."""
    rows = CompetitorPrice.objects.select_related("sku__product", "by")
    if sku is not None:
        rows = rows.filter(sku=sku)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def chart(sku: Sku, now: datetime) -> dict[str, Any]:
    """Days, our price on each, and what the most looked-at competitors asked: for the chart, its table and workbook.

    `series`: [{name, values}], a value for each day of `days`, None where nobody looked.
    """
    last = timezone.localdate(now)
    first = last - timedelta(days=DAYS - 1)
    seen = list(
        CompetitorPrice.objects.filter(sku=sku, seen_on__gte=first, seen_on__lte=last)
        .order_by("id")
        .values_list("competitor", "seen_on", "price")
    )
    days = sorted({on for _competitor, on, _price in seen} | {last})
    counts: dict[str, int] = {}
    for competitor, _on, _price in seen:
        counts[competitor] = counts.get(competitor, 0) + 1
    shown = sorted(counts, key=lambda name: (-counts[name], name))[:LINES]
    by_name: dict[str, dict[date, Decimal]] = {name: {} for name in shown}
    for competitor, on, price in seen:
        if competitor in by_name:
            by_name[competitor][on] = price
    series: list[dict[str, Any]] = [{"name": _("Our price"), "values": _ours(sku, days)}]
    series += [{"name": name, "values": [by_name[name].get(day) for day in days]} for name in shown]
    return {"days": days, "series": series}


def _ours(sku: Sku, days: Sequence[date]) -> list[Decimal | None]:
    """The price for every channel at the end of each day."""
    rows = list(
        Price.objects.filter(sku=sku, channel=None)
        .order_by("starts_at", "id")
        .values_list("starts_at", "amount")
    )
    found: list[Decimal | None] = []
    for day in days:
        held = [amount for at, amount in rows if timezone.localdate(at) <= day]
        found.append(held[-1] if held else None)
    return found


def drawn(content: dict[str, Any]) -> dict[str, Any]:
    """The chart as its script reads it."""
    return {
        "labels": [f"{day:%m-%d}" for day in content["days"]],
        "series": [
            {
                "name": each["name"],
                "values": [None if value is None else float(value) for value in each["values"]],
            }
            for each in content["series"]
        ],
    }


def summaries() -> list[MarketSummary]:
    """The latest first."""
    return list(MarketSummary.objects.select_related("by", "read_by").order_by("-ends_at")[:20])


def access_summary(summary_id: int) -> MarketSummary:
    """Raises NotFound."""
    found = MarketSummary.objects.select_related("by", "read_by").filter(pk=summary_id).first()
    if found is None:
        raise NotFound(_("There is no such market summary."))
    return found


def clock_of(summary: MarketSummary) -> Deadline | None:
    """The deadline of a summary, running or not."""
    return (
        Deadline.objects.filter(subject_type="market_summary", subject_id=str(summary.pk))
        .order_by("-pk")
        .first()
    )


def open_summary() -> MarketSummary | None:
    """What is to be written, for one's day."""
    return MarketSummary.objects.filter(state=MarketSummary.State.OPEN).order_by("ends_at").first()


def unread_for(posts: frozenset[str], person_id: int) -> list[MarketSummary]:
    """What was handed to these posts and waits to be acknowledged."""
    rows = MarketSummary.objects.filter(state=MarketSummary.State.DONE, readers__overlap=sorted(posts))
    return list(rows.exclude(by_id=person_id).select_related("by").order_by("handed_in_at"))
