"""A shelf for tests: goods and channels made through the verbs, at a Monday morning in Shanghai."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from catalog.models import Category, Channel, ChannelListing, Product, Sku
from catalog.services import goods
from tests.people import person

#: Monday 2026-11-23, 10:00 in Shanghai.
NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


def category(name: str = "沙发") -> Category:
    found = Category.objects.filter(name=name).first()
    return found or goods.add_category(name=name, by=person("ma_product"), now=NOW)


def channel(code: str = "SITE", name: str = "官网商城") -> Channel:
    found = Channel.objects.filter(code=code).first()
    return found or goods.add_channel(code=code, name=name, by=person("ma_product"), now=NOW)


def product(title: str = "北欧布艺三人沙发") -> Product:
    return goods.add_product(title=title, category_id=category().pk, by=person("ma_product"), now=NOW)


def sku(
    code: str = "SF-2301", cost: str | None = "1800.00", of: Product | None = None, spec: str = "雾灰"
) -> Sku:
    return goods.add_sku(
        product_id=(of or product()).pk,
        code=code,
        spec=spec,
        cost=None if cost is None else Decimal(cost),
        by=person("ma_product"),
        now=NOW,
    )


def listing(of: Sku, on: Channel | None = None) -> ChannelListing:
    """The row of a SKU on a channel, not on sale yet."""
    return ChannelListing.objects.get_or_create(sku=of, channel=on or channel())[0]
