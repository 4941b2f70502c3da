"""The page of a SKU's prices: now, next, before; and the same as a chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Channel, Price, Sku
from catalog.rules import pricing
from catalog.selectors.prices import Live, bases_at, history, live_prices, promotions_met

PAGE = 40


@dataclass(frozen=True, slots=True)
class Row:
    """One agreed price: `state` is "next", "now" (of its channel) or "past"."""

    price: Price
    margin: Decimal | None
    state: str


@dataclass(frozen=True, slots=True)
class PricePage:
    rows: list[Row]
    following: int | None
    live: list[tuple[Channel, Live | None]]
    promotions: list[Any]


def price_page(
    sku: Sku, now: datetime, *, before: int | None = None, asked: datetime | None = None
) -> PricePage:
    """A bounded number of queries. `asked`: the instant whose prices `live` tells, now when None."""
    found = history(sku.pk, before=before, limit=PAGE + 1)
    following = found[PAGE - 1].pk if len(found) > PAGE else None
    holding = _holding(sku.pk, now)
    rows = []
    for price in found[:PAGE]:
        state = "next" if price.starts_at > now else "now" if price.pk in holding else "past"
        rows.append(Row(price, pricing.margin(price.amount, sku.cost), state))
    return PricePage(rows, following, standing(sku, asked or now), promotions_met(sku.pk, None, now))


def _holding(sku_id: int, now: datetime) -> set[int]:
    """The rows that hold now: the latest for all channels, and each channel's own after it."""
    rows = list(
        Price.objects.filter(sku_id=sku_id, starts_at__lte=now)
        .order_by("-starts_at", "-id")
        .values_list("id", "channel_id")[:500]
    )
    found: set[int] = set()
    seen: set[int | None] = set()
    for pk, channel in rows:
        if channel not in seen:
            found.add(pk)
        seen.add(channel)
        if channel is None:
            break
    return found


def standing(sku: Sku, now: datetime) -> list[tuple[Channel, Live | None]]:
    """What it costs now on every channel; three queries."""
    channels = list(Channel.objects.filter(active=True).order_by("code"))
    live = live_prices([sku.pk], [channel.pk for channel in channels], now)
    return [(channel, live.get((sku.pk, channel.pk))) for channel in channels]


def base_now(sku: Sku, now: datetime) -> Decimal | None:
    """The price for every channel that holds now."""
    return bases_at([sku.pk], now).get(sku.pk)


def chart(rows: Sequence[Row], now: datetime) -> dict[str, Any]:
    """Steps for a chart: {"series": [{"name", "points": [{"x": instant, "y": amount}]}]}, the oldest first."""
    series: dict[str, list[dict[str, str]]] = {}
    for row in sorted(rows, key=lambda row: (row.price.starts_at, row.price.pk)):
        name = row.price.channel.name if row.price.channel else _("All channels")
        at = timezone.localtime(row.price.starts_at)
        series.setdefault(name, []).append({"x": f"{at:%Y-%m-%d %H:%M}", "y": f"{row.price.amount:.2f}"})
    return {
        "now": f"{timezone.localtime(now):%Y-%m-%d %H:%M}",
        "series": [{"name": name, "points": points} for name, points in series.items()],
    }
