"""Lists of goods that leave the house: permissioned, in the trail, safe to open."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import load_workbook

from catalog.selectors import pages, stock
from catalog.services import exports, goods
from office.audit.models import Entry
from office.errors import Forbidden, Invalid, NotFound, Refused
from tests.catalog.asking import priced
from tests.catalog.shelf import DAY, NOW, category, channel, sku
from tests.catalog.stock.arrange import received
from tests.catalog.test_listing import listed
from tests.people import person, signed_in

pytestmark = pytest.mark.usefixtures("site")


def cells(found: Any) -> list[list[Any]]:
    return [list(row) for row in load_workbook(io.BytesIO(found.read())).worksheets[0].values]


def text(found: Any) -> str:
    return b"".join(found).decode("utf-8-sig")


@pytest.mark.clause("C13.5")
def test_the_product_list_goes_out_as_it_is_narrowed_and_is_in_the_trail() -> None:
    on = channel()
    made = listed(on)
    other = goods.add_product(title="落地灯", category_id=category("灯具").pk, by=None, now=NOW)
    goods.add_sku(product_id=other.pk, code="LD-1", by=None, now=NOW)
    found = exports.export_products(
        filters=pages.Filters(category=made.product.category_id),
        format="xlsx",
        by=person("ma_product"),
        now=NOW,
    )
    head, *rows = cells(found)
    assert len(head) == 9
    assert [(row[2], row[3], row[6], row[7], row[8]) for row in rows] == [
        ("沙发", "SF-2301", 1800, 2400, "官网商城")
    ]
    entry = Entry.objects.get(verb="catalog.list_exported")
    assert (entry.clause, entry.actor_name) == ("C13.5", "马产品")


def test_a_formula_stays_a_text() -> None:
    made = goods.add_product(title="=1+1", category_id=category().pk, by=None, now=NOW)
    goods.add_sku(product_id=made.pk, code="F-1", spec="+86", by=None, now=NOW)
    found = exports.export_products(filters=pages.Filters(), format="csv", by=person("ma_product"), now=NOW)
    assert "'=1+1" in (said := text(found))
    assert "'+86" in said


def test_costs_go_only_to_whoever_may_see_them(monkeypatch: pytest.MonkeyPatch) -> None:
    sku()
    monkeypatch.setattr(
        exports, "COST", "catalog.price_tables"
    )  # a permission that this person does not hold
    found = exports.export_products(
        filters=pages.Filters(), format="csv", by=person("zhao_operations"), now=NOW
    )
    assert "1800" not in text(found)


@pytest.mark.clause("C13.5")
def test_the_stock_goes_out() -> None:
    made = received(sku(), 5)
    sku("SF-9", of=made.product)
    found = exports.export_stock(
        filters=stock.Filters(state="left"), format="xlsx", by=person("ma_product"), now=NOW
    )
    _head, *rows = cells(found)
    assert [(row[0], row[4]) for row in rows] == [("SF-2301", 5)]


@pytest.mark.clause("C13.5")
def test_the_history_of_a_price_goes_out() -> None:
    made = sku()
    for day in range(2):
        priced(made, f"{2400 + day}.00", now=NOW + day * DAY)
    found = exports.export_prices(sku_id=made.pk, format="csv", by=person("ma_product"), now=NOW)
    lines = text(found).splitlines()
    assert len(lines) == 4
    assert lines[3].startswith("# EX-")
    assert "2401.00" in lines[1]
    assert "C11.1" in lines[1]
    with pytest.raises(NotFound):
        exports.export_prices(sku_id=987654, format="csv", by=person("ma_product"), now=NOW)


@pytest.mark.parametrize("who", ["li_lei", "lin_editor", "tang_writer", "xu_warehouse", "zhou_general"])
def test_nobody_else_takes_a_list_along(who: str) -> None:
    made = sku()
    acts: tuple[Callable[[], object], ...] = (
        lambda: exports.export_products(filters=pages.Filters(), format="csv", by=person(who), now=NOW),
        lambda: exports.export_stock(filters=stock.Filters(), format="csv", by=person(who), now=NOW),
        lambda: exports.export_prices(sku_id=made.pk, format="csv", by=person(who), now=NOW),
    )
    for act in acts:
        with pytest.raises(Forbidden):
            act()


def test_another_format_and_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    made = sku()
    with pytest.raises(Invalid):
        exports.export_stock(filters=stock.Filters(), format="pdf", by=person("ma_product"), now=NOW)
    sku("SF-9", of=made.product)
    monkeypatch.setattr(exports, "MOST", 1)
    with pytest.raises(Refused) as refused:
        exports.export_products(filters=pages.Filters(), format="csv", by=person("ma_product"), now=NOW)
    assert refused.value.code == "too_many"


def test_the_pages_give_the_files() -> None:
    made = sku()
    priced(made, "2400.00")
    client: Any = signed_in("ma_product")
    for url in ("/catalog/export/", "/catalog/stock/export/", f"/catalog/skus/{made.pk}/prices/export/"):
        given = client.post(url, {"format": "csv", "q": "沙发", "category": "x"})
        assert given.status_code == 200
        assert "attachment" in given["Content-Disposition"]
        assert b"SF-2301" in b"".join(given.streaming_content)
        assert client.post(url, {"format": "xlsx"})["Content-Disposition"].endswith('.xlsx"')
        assert client.post(url, {"format": "exe"}).status_code == 422
        assert client.get(url).status_code == 405
    page = client.get("/catalog/?q=沙发").content.decode()
    assert 'name="q" value="沙发"' in page
