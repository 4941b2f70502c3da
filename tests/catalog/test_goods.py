"""Channels, categories, products and SKUs: what is kept, what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from catalog.models import Product
from catalog.services import goods
from office.audit.models import Entry
from office.errors import Conflict, Invalid, NotFound
from office.finding import bigrams, wanted
from tests.catalog.shelf import NOW, category, channel, product, sku
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.mark.clause("C10.3")
def test_a_sku_is_found_by_its_code_spec_and_product() -> None:
    made = sku()
    for text in ("SF-2301", "ｓｆ-2301", "沙发", "雾灰", "布"):
        found = Product.objects.filter(words__contains=wanted(text))
        assert [each.pk for each in found] == [made.product_id], text
    assert not Product.objects.filter(words__contains=wanted("茶几")).exists()
    assert bigrams(" \x00") == set()


def test_every_act_on_goods_is_in_the_trail() -> None:
    made = sku()
    goods.update_sku(
        sku_id=made.pk, spec="燕麦白", barcode="6900000000017", active=True, by=person("ma_product"), now=NOW
    )
    goods.update_product(
        product_id=made.product_id, title="布艺沙发", category_id=category("客厅").pk, brand="远帆",
        by=person("ma_product"), now=NOW,
    )  # fmt: skip
    assert list(
        Entry.objects.filter(verb__startswith="catalog.").order_by("id").values_list("verb", flat=True)
    ) == [
        "catalog.add_category",
        "catalog.add_product",
        "catalog.add_sku",
        "catalog.update_sku",
        "catalog.add_category",
        "catalog.update_product",
    ]
    assert Product.objects.filter(words__contains=wanted("燕麦")).exists()


def test_nothing_changes_without_a_change() -> None:
    made = sku()
    before = Entry.objects.count()
    goods.update_sku(
        sku_id=made.pk, spec=made.spec, barcode="", active=True, by=person("ma_product"), now=NOW
    )
    assert Entry.objects.count() == before


def test_a_style_number_is_there_once() -> None:
    made = sku()
    with pytest.raises(Conflict):
        sku(of=made.product)


def test_a_barcode_is_there_once() -> None:
    first = sku()
    goods.update_sku(sku_id=first.pk, spec="", barcode="69001", active=True, by=person("ma_product"), now=NOW)
    second = sku("SF-2302", of=first.product)
    with pytest.raises(Conflict):
        goods.update_sku(sku_id=second.pk, spec="", barcode="69001", active=True, by=None, now=NOW)


@pytest.mark.parametrize("cost", ["0", "-1", "1.005", "99999999999", "NaN"])
def test_a_cost_is_an_amount_above_zero(cost: str) -> None:
    of = product()
    with pytest.raises(Invalid) as refused:
        goods.add_sku(product_id=of.pk, code="X1", cost=Decimal(cost), by=None, now=NOW)
    assert [error["path"] for error in refused.value.errors] == ["cost"]


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        goods.add_product(title=" ", brand="a\nb", category_id=987654, by=None, now=NOW)
    assert {error["path"] for error in refused.value.errors} == {"title", "brand", "category"}


def test_channels_and_categories_have_one_name_each() -> None:
    made, other = category(), category("茶几")
    channel()
    with pytest.raises(Conflict):
        goods.add_channel(code="SITE", name="again", by=None, now=NOW)
    with pytest.raises(Conflict):
        goods.add_category(name=made.name, by=None, now=NOW)
    with pytest.raises(Conflict):
        goods.update_category(category_id=other.pk, name=made.name, active=True, by=None, now=NOW)
    with pytest.raises(Invalid):
        goods.add_channel(code="a b", name="x", by=None, now=NOW)


def test_what_is_not_there_cannot_be_changed() -> None:
    made = category()
    with pytest.raises(NotFound):
        goods.update_channel(channel_id=1, name="x", active=True, by=None, now=NOW)
    with pytest.raises(NotFound):
        goods.update_category(category_id=made.pk + 1, name="x", active=True, by=None, now=NOW)
    with pytest.raises(NotFound):
        goods.update_product(product_id=1, title="x", category_id=made.pk, brand="", by=None, now=NOW)
    with pytest.raises(NotFound):
        goods.update_sku(sku_id=1, spec="", barcode="", active=True, by=None, now=NOW)
    with pytest.raises(NotFound):
        goods.add_sku(product_id=1, code="X", by=None, now=NOW)
