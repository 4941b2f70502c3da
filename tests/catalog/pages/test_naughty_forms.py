"""No form and no table of the goods desk answers a naughty string with a 500."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.catalog.asking import priced
from tests.catalog.shelf import channel, product, sku
from tests.catalog.test_promotions import planned
from tests.naughty import fill_in, strings
from tests.people import signed_in

PAGES = {
    "product_new": "ma_product", "product": "ma_product", "product_edit": "ma_product", "sku_new": "ma_product",
    "sku_edit": "ma_product", "ranges": "ma_product", "text": "tang_writer", "propose_price": "ma_product",
    "sheets": "ma_product", "promotion_new": "he_planner", "promotion": "he_planner", "price_promotion": "ma_product",
    "sku_stock": "ma_product", "counts": "ma_product", "live": "ma_product", "market": "ma_product",
}  # fmt: skip


@pytest.mark.parametrize(("name", "who"), PAGES.items())
def test_no_form_breaks(site: None, name: str, who: str) -> None:
    made, on = sku(of=product()), channel()
    priced(made)
    keys = {
        "product": made.product_id, "product_edit": made.product_id, "sku_new": made.product_id, "sku_edit": made.pk,
        "text": made.product_id, "propose_price": made.pk, "sku_stock": made.pk,
    }  # fmt: skip
    if "promotion" in name and name != "promotion_new":
        keys[name] = planned(on).pk
    path = reverse(f"catalog:{name}", args=[keys[name]] if name in keys else [])
    assert fill_in(signed_in(who), path, start=50 * list(PAGES).index(name)) == []


TABLES = {
    "sheets": ["款号", "新价", "生效日期", "渠道编码", "竞品来源", "竞品价格", "采集日期", "竞品链接"],
    "market_import": ["款号", "竞品", "价格", "日期", "链接"],
    "live_upload": ["款号", "价格", "状态"],
}


@pytest.mark.parametrize("name", TABLES)
def test_no_cell_of_a_table_breaks(site: None, name: str) -> None:
    columns, listed, on = TABLES[name], strings()[:480], channel()
    sku()
    cells = [
        ",".join(
            '"' + listed[(n + 7 * place) % len(listed)].replace('"', '""') + '"'
            for place in range(len(columns))
        )
        for n in range(len(listed))
    ]
    file = SimpleUploadedFile("表.csv", "\n".join([",".join(columns), *cells]).encode("utf-8", "replace"))
    client = signed_in("ma_product")
    client.raise_request_exception = False
    answer = client.post(
        reverse(f"catalog:{name}"), {"file": file, "channel": on.pk, "whole": "on"}, follow=True
    )
    assert answer.status_code < 500
