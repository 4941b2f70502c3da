"""Categories are a tree: each within another, never within itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from catalog.models import Category, StockCount
from catalog.selectors import pages, stock
from catalog.selectors.tree import branches, paths, with_below
from catalog.services import goods
from catalog.services.stock import counting
from office.errors import Conflict, Invalid, NotFound
from tests.catalog.shelf import NOW
from tests.people import person, signed_in

pytestmark = pytest.mark.usefixtures("site")


def add(name: str, within: Category | None = None) -> Category:
    return goods.add_category(
        name=name, parent_id=within.pk if within else None, by=person("ma_product"), now=NOW
    )


def move(what: Category, within: Category | None, **more: bool) -> Category:
    return goods.update_category(
        category_id=what.pk, name=what.name, active=more.get("active", True),
        parent_id=within.pk if within else None, by=person("ma_product"), now=NOW,
    )  # fmt: skip


def tree() -> tuple[Category, Category, Category]:
    home = add("家具")
    sofas = add("沙发", home)
    return home, sofas, add("布艺沙发", sofas)


def test_a_list_shows_each_below_the_one_it_stands_in() -> None:
    home, sofas, cloth = tree()
    lamps = add("灯具")
    found = [(branch.name, branch.depth, branch.path) for branch in branches()]
    assert found == [
        ("家具", 0, "家具"), ("沙发", 1, "家具 / 沙发"), ("布艺沙发", 2, "家具 / 沙发 / 布艺沙发"),
        ("灯具", 0, "灯具"),
    ]  # fmt: skip
    assert branches()[1].indented == "\u3000沙发"
    assert paths([cloth.pk]) == {cloth.pk: "家具 / 沙发 / 布艺沙发"}
    assert sorted(with_below(sofas.pk)) == sorted([sofas.pk, cloth.pk])
    assert with_below(lamps.pk) == [lamps.pk]
    assert home.parent_id is None


def test_what_is_out_of_use_leaves_its_children_in_the_list() -> None:
    home, sofas, _cloth = tree()
    move(sofas, home, active=False)
    assert [(branch.name, branch.depth) for branch in branches()] == [("家具", 0), ("布艺沙发", 1)]
    assert len(branches(active=False)) == 3


def test_it_moves_with_all_that_is_below() -> None:
    _home, sofas, cloth = tree()
    move(sofas, None)
    assert paths([cloth.pk]) == {cloth.pk: "沙发 / 布艺沙发"}


@pytest.mark.parametrize("below", [0, 1, 2])
def test_a_circle_is_refused(below: int) -> None:
    found = tree()
    with pytest.raises(Invalid) as refused:
        move(found[0], found[below])
    assert [error["code"] for error in refused.value.errors] == ["circle"]


@pytest.mark.parametrize("below", [0, 1, 2])
def test_the_database_refuses_a_circle_too(below: int) -> None:
    found = tree()
    with pytest.raises(IntegrityError, match="does not stand in itself"), transaction.atomic():
        Category.objects.filter(pk=found[0].pk).update(parent=found[below])


def test_what_is_not_there_is_refused() -> None:
    made = add("灯具")
    acts: tuple[Callable[[], object], ...] = (
        lambda: goods.add_category(name="x", parent_id=987654, by=None, now=NOW),
        lambda: goods.update_category(
            category_id=made.pk, name="x", active=True, parent_id=987654, by=None, now=NOW
        ),
    )
    for act in acts:
        with pytest.raises(Invalid) as refused:
            act()
        assert [error["path"] for error in refused.value.errors] == ["parent"]
    with pytest.raises(NotFound):
        goods.update_category(category_id=987654, name="x", active=True, by=None, now=NOW)
    with pytest.raises(Conflict):
        add("灯具")
    with pytest.raises(Conflict):
        goods.update_category(category_id=add("软装").pk, name="灯具", active=True, by=None, now=NOW)


def test_a_filter_takes_what_is_below_along() -> None:
    home, _sofas, cloth = tree()
    other = add("灯具")
    for number, where in enumerate((cloth, other)):
        made = goods.add_product(title=f"商品{number}", category_id=where.pk, by=None, now=NOW)
        goods.add_sku(product_id=made.pk, code=f"X-{number}", by=None, now=NOW)
    lines, _next = pages.product_list(pages.Filters(category=home.pk), NOW)
    assert [line.product.title for line in lines] == ["商品0"]
    rows, _more = stock.stock_list(stock.Filters(category=home.pk))
    assert [row.code for row in rows] == ["X-0"]


def test_the_count_stays_that_of_each_category() -> None:
    _home, sofas, cloth = tree()
    for number, where in enumerate((sofas, cloth)):
        made = goods.add_product(title=f"商品{number}", category_id=where.pk, by=None, now=NOW)
        goods.add_sku(product_id=made.pk, code=f"X-{number}", by=None, now=NOW)
    for where in (sofas, cloth):
        counting.open_count(category_id=where.pk, by=person("xu_warehouse"), now=NOW)
    found = {count.category_id: set(counting.goods_of(count.category_id).values_list("code", flat=True))
             for count in StockCount.objects.all()}  # fmt: skip
    assert found == {sofas.pk: {"X-0"}, cloth.pk: {"X-1"}}


def test_the_page_moves_a_category_and_says_why_not() -> None:
    home, sofas, _cloth = tree()
    client = signed_in("ma_product")
    page = client.get("/catalog/ranges/").content.decode()
    assert "\u3000沙发" in page
    url = f"/catalog/ranges/category/{home.pk}/"
    answer = client.post(url, {"name": "家具", "active": "on", "parent": sofas.pk}, follow=True)
    assert "不能归入" in answer.content.decode()
    client.post(f"/catalog/ranges/category/{sofas.pk}/", {"name": "沙发", "active": "on", "parent": ""})
    sofas.refresh_from_db()
    assert sofas.parent_id is None
    client.post("/catalog/ranges/", {"what": "category", "name": "单椅", "parent": home.pk})
    assert Category.objects.get(name="单椅").parent_id == home.pk
    assert "家具" in client.get("/catalog/new/").content.decode()
