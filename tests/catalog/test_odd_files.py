"""Files and lists at their edges: blank rows, titles above, no header, more rows than are read, figures beyond any."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pytest

from catalog.rules import count_file, feeds, market_file
from catalog.rules.count_file import read_counts
from catalog.rules.feeds import read_feed, read_table
from catalog.rules.live import UNKNOWN, Agreed, Shown, compare
from catalog.rules.market_file import read_market
from catalog.rules.stock import Counted, lacking_reason
from office.tables.table import Row, UnusableFile
from tests.tables.files import csv_bytes, source

TODAY = dt.date(2026, 11, 26)
COUNTS = ["款号", "实盘"]
MARKET = ["款号", "竞品", "价格"]


def rows(*cells: list[str]) -> list[Row]:
    return list(enumerate(cells, 1))


def test_blank_rows_and_titles_of_counted_figures_are_stepped_over() -> None:
    found = read_counts(rows(["盘点表"], ["", ""], COUNTS, ["", ""], ["K1", "3"]))
    assert [(row.row, row.code, row.counted) for row in found.rows] == [(5, "K1", 3)]
    assert read_counts(rows(*[["题"]] * 30, COUNTS, ["K1", "3"])).header is None


def test_of_too_many_counted_figures_the_first_are_taken_and_the_rest_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(count_file, "MOST_ROWS", 2)
    found = read_counts(rows(COUNTS, *[[f"K{n}", "1"] for n in range(5)]))
    assert [row.code for row in found.rows] == ["K0", "K1"]
    assert [(row.row, dict(row.params)) for row in found.refused] == [(4, {"limit": "2"})]


def test_more_pieces_than_there_can_be_are_refused() -> None:
    found = read_counts(rows(COUNTS, ["K1", "10000001"], ["K2", "1.5"], ["K3", "10000000"]))
    assert [row.row for row in found.refused] == [2, 3]
    assert [row.counted for row in found.rows] == [10_000_000]


def test_prices_of_the_market_at_their_edges(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read_market(rows(["竞品价"], ["", "", ""], MARKET, ["", "", ""], ["K1", "某店", "99"]), TODAY)
    assert [(seen.row, seen.code, seen.on) for seen in found.rows] == [(5, "K1", TODAY)]
    assert read_market(rows(*[["题"]] * 30, MARKET), TODAY).header is None
    monkeypatch.setattr(market_file, "MOST_ROWS", 1)
    found = read_market(rows(MARKET, *[["K1", "某店", "99"]] * 4), TODAY)
    assert (len(found.rows), [bad.row for bad in found.bad]) == (1, [3])


def test_a_list_of_goods_at_its_edges(monkeypatch: pytest.MonkeyPatch) -> None:
    table = csv_bytes([["", ""], ["款号", "价格"], ["", ""], ["K1", "9"]])
    assert [line.code for line in read_table(source(table)).lines] == ["K1"]
    with pytest.raises(UnusableFile, match="款号"):
        read_table(source(csv_bytes([*[["题", "目"]] * 30, ["款号", "价格"]])))
    body = json.dumps([{"sku": "K1", "price": 9, "tags": ["x"], "seller": {"name": "y"}}]).encode()
    assert list(read_feed(body, "application/json").lines) == [Shown("K1", Decimal("9.00"))]
    monkeypatch.setattr(feeds, "MOST_ROWS", 1)
    with pytest.raises(UnusableFile) as refused:
        read_feed(json.dumps([{"sku": "K1"}, {"sku": "K2"}]).encode(), "application/json")
    assert refused.value.code == "too_many_rows"


def test_what_nobody_knows_and_is_not_on_sale_is_no_difference() -> None:
    shown = [Shown("X", None, listed=False), Shown("Y", None)]
    found = compare([Agreed(1, "A", False, None)], {"A": 1}, shown, whole=True)
    assert [(each.kind, each.code) for each in found] == [(UNKNOWN, "Y")]


@pytest.mark.parametrize(
    ("lines", "kinds"),
    [
        ((Shown("A", Decimal(7)), Shown("691", Decimal(9))), ["price"]),
        ((Shown("A", Decimal(9)), Shown("691", Decimal(7))), ["price"]),
        ((Shown("A", Decimal(7), listed=False), Shown("691", Decimal(9))), []),
        ((Shown("A", Decimal(9)), Shown("691", Decimal(7), listed=False)), []),
    ],
)
def test_of_two_lines_for_one_sku_each_that_is_on_sale_is_compared(
    lines: tuple[Shown, ...], kinds: list[str]
) -> None:
    found = compare([Agreed(1, "A", True, Decimal(9))], {"A": 1, "691": 1}, lines, whole=True)
    assert [each.kind for each in found] == kinds


def test_figures_that_differ_without_a_word_are_named() -> None:
    lines = [
        Counted(1, 5, 3, moved=True, cost=None),
        Counted(2, 5, 3, moved=True, cost=None, reason="破损"),
        Counted(3, 5, 3, moved=False, cost=None),
        Counted(4, 3, 3, moved=True, cost=None),
    ]
    assert lacking_reason(lines) == [1]
