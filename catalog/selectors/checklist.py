"""What must be there before goods are put on sale: the items that the rulebook names, each looked up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models import Channel, FinalText, Product, ProductPicture, Sku
from catalog.selectors.prices import live_prices
from catalog.selectors.stock import counted_and_there
from office.rulebook import api as rulebook

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

RULE = "catalog.listing_check"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the checklist. `missing`: the codes of the SKUs that lack it, all of them where the product does;
    `url`: where it can be put right."""

    key: str
    name: StrOrPromise
    missing: tuple[str, ...]
    hint: StrOrPromise
    url: str

    @property
    def ok(self) -> bool:
        return not self.missing


@dataclass(frozen=True, slots=True)
class Goods:
    """What is looked at."""

    product: Product
    channel: Channel
    skus: Sequence[Sku]
    at: datetime

    def all_or_none(self, there: bool) -> set[int]:
        return set() if there else {sku.pk for sku in self.skus}


def _pictures(goods: Goods) -> set[int]:
    return goods.all_or_none(ProductPicture.objects.filter(product=goods.product, removed_at=None).exists())


def _text(goods: Goods) -> set[int]:
    return goods.all_or_none(FinalText.objects.filter(product=goods.product).exists())


def _price(goods: Goods) -> set[int]:
    live = live_prices([sku.pk for sku in goods.skus], [goods.channel.pk], goods.at)
    return {sku.pk for sku in goods.skus if (sku.pk, goods.channel.pk) not in live}


def _stock(goods: Goods) -> set[int]:
    """Counted since goods last came in, and something is left."""
    asked = {sku.pk for sku in goods.skus}
    return asked - counted_and_there(asked)


def _product_page(anchor: str) -> Callable[[Goods], str]:
    return lambda goods: f"{reverse('catalog:product', args=[goods.product.pk])}#{anchor}"


#: Item of the rulebook → its name, who lacks it, what to do, where.
CHECKS: Mapping[
    str, tuple[StrOrPromise, Callable[[Goods], set[int]], StrOrPromise, Callable[[Goods], str]]
] = {
    "pictures": (_("Pictures"), _pictures, _("Add at least one picture."), _product_page("pictures")),
    "text": (
        _("Final text"),
        _text,
        _("Have a text written and approved."),
        lambda goods: reverse("catalog:text", args=[goods.product.pk]),
    ),
    "price": (
        _("Price in force"),
        _price,
        _("Ask for a price, or wait for its date."),
        _product_page("skus"),
    ),
    "stock": (
        _("Stock counted"),
        _stock,
        _("Have it counted since goods last came in; nothing is listed uncounted or without stock."),
        _product_page("skus"),
    ),
}


def checklist(product: Product, channel: Channel, skus: Sequence[Sku], at: datetime) -> list[Item]:
    """Every item that the rulebook asks for; LookupError for one that nobody knows how to look up."""
    goods = Goods(product, channel, skus, at)
    found = []
    for key in rulebook.parameter_rule(RULE, at=at).texts():
        if key not in CHECKS:
            raise LookupError(f"{RULE} names {key!r}, which nobody looks up")
        name, lacking, hint, where = CHECKS[key]
        missing = lacking(goods)
        codes = tuple(sku.code for sku in skus if sku.pk in missing)
        found.append(Item(key, name, codes, hint, where(goods)))
    return found
