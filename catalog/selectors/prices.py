"""What a SKU costs: on a date, now, with promotions; and how it came to that."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import Q

from catalog.models import AskedSku, Price, PromotionPrice
from catalog.rules import pricing
from catalog.selectors.promotions import still_holding
from office.approvals.models import Run


@dataclass(frozen=True, slots=True)
class Live:
    """One SKU on one channel at an instant: the price that was agreed, and what holds while promotions run.
    `promotion` is the one that makes the price, `until` its end."""

    base: Decimal | None
    price: Decimal | None
    promotion: str = ""
    promotion_id: int | None = None
    until: datetime | None = None


NOTHING = Live(None, None)


def price_at(sku_id: int, at: datetime, channel_id: int | None = None) -> Price | None:
    """The agreed price that held at `at`, promotions aside: the latest to have begun that covers the channel. Without a
    channel: the latest that covers all."""
    covers = Q(channel=None) | Q(channel_id=channel_id) if channel_id is not None else Q(channel=None)
    return (
        Price.objects.filter(covers, sku_id=sku_id, starts_at__lte=at).order_by("-starts_at", "-id").first()
    )


_BASES_SQL = """
SELECT DISTINCT ON (s.id, c.id) s.id, c.id, p.amount
FROM unnest(%(skus)s::bigint[]) AS s (id)
CROSS JOIN unnest(%(channels)s::bigint[]) AS c (id)
JOIN catalog_price p ON p.sku_id = s.id AND (p.channel_id IS NULL OR p.channel_id = c.id) AND p.starts_at <= %(at)s
ORDER BY s.id, c.id, p.starts_at DESC, p.id DESC
"""


def live_prices(
    sku_ids: Iterable[int], channel_ids: Iterable[int], at: datetime
) -> dict[tuple[int, int], Live]:
    """(SKU, channel) → what held there at `at`, for those that had a price; two queries."""
    skus, channels = sorted(set(sku_ids)), sorted(set(channel_ids))
    if not skus or not channels:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_BASES_SQL, {"skus": skus, "channels": channels, "at": at})
        bases = {(sku, channel): amount for sku, channel, amount in cursor.fetchall()}
    found = {key: Live(amount, amount) for key, amount in bases.items()}
    promoted = PromotionPrice.objects.filter(
        still_holding(at), sku_id__in=skus, channel_id__in=channels, during__contains=at
    ).select_related("promotion")
    for offer in promoted.order_by("id"):
        key = (offer.sku_id, offer.channel_id)
        present = found.get(key, NOTHING)
        price = pricing.promoted(present.base, offer.rule, offer.value)
        if price is not None and (present.price is None or price < present.price):
            found[key] = Live(
                present.base, price, offer.promotion.title, offer.promotion_id, offer.promotion.over_at
            )
    return found


def bases_at(sku_ids: Collection[int], at: datetime) -> dict[int, Decimal]:
    """SKU → the price for every channel that held at `at`; one query."""
    rows = (
        Price.objects.filter(sku_id__in=sku_ids, channel=None, starts_at__lte=at)
        .order_by("sku_id", "-starts_at", "-id")
        .distinct("sku_id")
    )
    return dict(rows.values_list("sku_id", "amount"))


def latest_agreed(sku_ids: Collection[int]) -> dict[int, Price]:
    """SKU → the price that was written last, whenever it begins; one query."""
    rows = Price.objects.filter(sku_id__in=sku_ids).order_by("sku_id", "-id").distinct("sku_id")
    return {price.sku_id: price for price in rows}


def history(sku_id: int, *, before: int | None = None, limit: int = 50) -> list[Price]:
    """The prices of a SKU, the latest written first, a page by key."""
    rows = Price.objects.filter(sku_id=sku_id).select_related("channel", "run__requester")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows.order_by("-pk")[:limit])


def promotions_met(sku_id: int, channel_id: int | None, since: datetime) -> list[PromotionPrice]:
    """The promotion prices that a price from `since` on would meet, the next first."""
    rows = PromotionPrice.objects.filter(still_holding(since), sku_id=sku_id, during__endswith__gt=since)
    if channel_id is not None:
        rows = rows.filter(channel_id=channel_id)
    return list(rows.select_related("promotion", "channel").order_by("during", "pk")[:20])


def later_agreed(sku_id: int, now: datetime) -> bool:
    """Whether a price or a promotion was agreed to that a price from now on would meet."""
    prices = Price.objects.filter(sku_id=sku_id, starts_at__gt=now)
    return prices.exists() or bool(promotions_met(sku_id, None, now))


def live_requests(sku_ids: Collection[int]) -> dict[int, Run]:
    """SKU → its request for a price that has not ended; one query."""
    rows = AskedSku.objects.filter(
        sku_id__in=sku_ids, run__state__in=["running", "returned", "agreed"]
    ).select_related("run__requester")
    return {row.sku_id: row.run for row in rows.order_by("pk")}
