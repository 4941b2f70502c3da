"""What goods are called in the trail, in notices, on deadlines and in requests."""

from __future__ import annotations

from catalog.models import Category, Channel, Product, Sku
from office.subjects import Subject


def channel_subject(channel: Channel) -> Subject:
    return Subject("channel", str(channel.pk), channel.code)


def category_subject(category: Category) -> Subject:
    return Subject("category", str(category.pk), category.name)


def product_subject(product: Product) -> Subject:
    return Subject("product", str(product.pk), product.title)


def sku_subject(sku: Sku) -> Subject:
    return Subject("sku", str(sku.pk), sku.code)
