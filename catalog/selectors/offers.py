"""The rows in which a promotion's prices are typed: a SKU on a channel of the plan each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.http import QueryDict

from catalog.models import Channel, Product, Promotion, Sku
from catalog.selectors.prices import live_prices
from office.approvals.models import Run

MOST = 500


@dataclass(slots=True)
class OfferRow:
    """One row as it stands in the form. `place`: which of the offers it is, once it is one."""

    sku: Sku
    channel: Channel
    base: Decimal | None
    rule: str = "percent"
    value: str = ""
    place: int = -1
    wrong: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The name of its fields: "o-12-3"."""
        return f"o-{self.sku.pk}-{self.channel.pk}"


def offer_rows(
    promotion: Promotion, typed: QueryDict | None, again: Run | None, extra: Product | None, now: datetime
) -> list[OfferRow]:
    """What was typed, else what was returned; and every SKU of one more product on every channel of the plan."""
    pairs: dict[tuple[int, int], tuple[str, str]] = {}
    if typed is not None:
        pairs |= _typed(typed)
    elif again is not None:
        pairs |= {
            (row["sku"], row["channel"]): (row["rule"], str(row["value"])) for row in again.payload["rows"]
        }
    if extra is not None:
        for pk in extra.skus.filter(active=True).values_list("pk", flat=True):
            for channel in promotion.channels:
                pairs.setdefault((pk, channel), ("percent", ""))
    skus = Sku.objects.select_related("product").in_bulk({sku for sku, _channel in pairs})
    channels = Channel.objects.in_bulk(promotion.channels)
    live = live_prices(skus, channels, now)
    rows = []
    for (sku, channel), (rule, value) in list(pairs.items())[:MOST]:
        if sku in skus and channel in channels:
            present = live.get((sku, channel))
            base = present.base if present else None
            rows.append(OfferRow(skus[sku], channels[channel], base, rule, value))
    return sorted(rows, key=lambda row: (row.sku.code, row.channel.code))


def _typed(data: Mapping[str, object]) -> dict[tuple[int, int], tuple[str, str]]:
    """The fields "o-<sku>-<channel>-value" and "…-rule"."""
    found = {}
    for name in data:
        parts = name.split("-")
        if len(parts) == 4 and parts[0] == "o" and parts[3] == "value":
            numbers = [part for part in parts[1:3] if part.isdecimal() and len(part) < 16]
            if len(numbers) == 2:
                rule = str(data.get(f"{name[: -len('value')]}rule", "percent"))
                found[int(numbers[0]), int(numbers[1])] = (rule[:8], str(data[name]).strip()[:14])
    return found
