"""Lists of goods as shops publish them: CSV, JSON, XML; what is none is refused with a sentence."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from catalog.rules.feeds import read_feed, read_table
from catalog.rules.live import Shown
from office.tables.table import UnusableFile
from tests.tables.files import csv_bytes, source, xlsx_bytes

GOOGLE = """<?xml version="1.0"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>shop</title>
<item><g:id>SF-1</g:id><title>x</title><g:price>1,299.00 CNY</g:price><g:sale_price>999 CNY</g:sale_price>
<g:availability>out_of_stock</g:availability></item>
<item><g:id>SF-2</g:id><g:price>CNY 88.5</g:price><g:availability>discontinued</g:availability></item>
<item><g:id>SF-3</g:id><g:price>10 USD</g:price></item>
<item><title>nameless</title></item>
</channel></rss>"""
FOUND = [Shown("SF-1", Decimal("999.00")), Shown("SF-2", Decimal("88.50"), False)]


def test_a_product_feed_in_xml_is_read_with_its_promotions() -> None:
    reading = read_feed(GOOGLE.encode(), "application/rss+xml")
    assert list(reading.lines) == FOUND
    assert [(bad.row, dict(bad.params)) for bad in reading.bad] == [(3, {"currency": "USD"}), (4, {})]
    assert "id: SF-3" in reading.bad[0].cells


@pytest.mark.parametrize("wrap", [lambda items: items, lambda items: {"data": {"products": items}}])
def test_a_feed_in_json_is_read(wrap: object) -> None:
    items = [
        {"sku": "SF-1", "price": {"value": 1299, "currency": "CNY"}, "sale_price": "999"},
        {"SKU": "SF-2", "price": 88.5, "listed": False},
        "nonsense",
    ]
    reading = read_feed(json.dumps(wrap(items)).encode(), "text/plain")  # type: ignore[operator]
    assert list(reading.lines) == FOUND
    assert len(reading.bad) == 1


@pytest.mark.parametrize("make", [csv_bytes, xlsx_bytes])
def test_an_export_of_a_platform_is_read(make: object) -> None:
    rows = [
        ["商品列表"],
        ["商家编码", "一口价", "促销价", "状态"],
        ["SF-1", "1299", "¥999", "在售"],
        ["SF-2", "88.5元", "", "仓库中"],
    ]
    content = make(rows)  # type: ignore[operator]
    assert list(read_table(source(content)).lines) == FOUND
    assert list(read_feed(content, "").lines) == FOUND


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty"),
        (b"<html><body>login</body></html>", "page"),
        (b"<!DOCTYPE html><html></html>", "page"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><rss><item><id>&a;</id></item></rss>', "doctype"),
        (b"<rss><channel><item>", "broken"),
        (b"<rss></rss>", "unknown_header"),
        (b"{", "broken"),
        (b"[" * 100_000, "broken"),
        (b'{"a": 1}', "unknown_header"),
        (b"a,b\n1,2\n", "unknown_header"),
        (b"\xd0\xcf\x11\xe0 old", "xls"),
    ],
)
def test_what_is_no_list_is_refused_with_a_sentence(body: bytes, code: str) -> None:
    with pytest.raises(UnusableFile) as caught:
        read_feed(body, "")
    assert caught.value.code == code
    assert str(caught.value.message)


@pytest.mark.parametrize("price", ["-1", "abc", "1" * 30, "1.234", "NaN"])
def test_a_price_that_is_none_refuses_its_line_alone(price: str) -> None:
    reading = read_feed(json.dumps([{"id": "A", "price": price}, {"id": "B", "price": "1"}]).encode(), "")
    assert [line.code for line in reading.lines] == ["B"]
    assert [bad.row for bad in reading.bad] == [1]
