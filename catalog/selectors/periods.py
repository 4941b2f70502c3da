"""The prices and promotions of SKUs from an instant on, as catalog.rules.periods reads them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from catalog.models import Price, PromotionPrice
from catalog.rules.periods import Base, Lowering
from catalog.selectors.promotions import still_holding


def bases_since(sku_ids: Collection[int], since: datetime) -> dict[int, list[Base]]:
    """SKU → what held just before `since`, and every price that begins then or later, in the order they were written;
    two queries."""
    rows = Price.objects.filter(sku_id__in=sku_ids)
    standing = (
        rows.filter(starts_at__lt=since)
        .order_by("sku_id", "channel_id", "-starts_at", "-id")
        .distinct("sku_id", "channel_id")
    )
    found: defaultdict[int, list[Base]] = defaultdict(list)
    for price in sorted([*standing, *rows.filter(starts_at__gte=since)], key=lambda each: each.pk):
        found[price.sku_id].append(Base(price.starts_at, price.channel_id, price.amount))
    return found


def lowerings_since(sku_ids: Collection[int], since: datetime) -> dict[int, list[Lowering]]:
    """SKU → what agreed promotions do from `since` on; one query."""
    rows = PromotionPrice.objects.filter(
        still_holding(since), sku_id__in=sku_ids, during__endswith__gt=since
    ).select_related("promotion")
    found: defaultdict[int, list[Lowering]] = defaultdict(list)
    for offer in rows.order_by("pk"):
        end = min(offer.during.upper, offer.promotion.over_at)
        found[offer.sku_id].append(
            Lowering(
                offer.channel_id, offer.rule, offer.value, offer.during.lower, end, offer.promotion.title
            )
        )
    return found
