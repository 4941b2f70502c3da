"""Rows become orders: scattered, contradicting, refused as a whole, mapped."""

from __future__ import annotations

from decimal import Decimal

import pytest

from office.tables.table import UnusableFile
from office.tables.writing import formula_safe
from orders.intake.formats.generic import guess_mapping, read_mapping
from orders.intake.reading import REASON_COLUMNS
from tests.orders.intake.files import read
from tests.tables.files import csv_bytes

HEADER = ["number", "customer", "total", "line_sku", "line_quantity", "line_amount"]


def test_rows_of_an_order_need_not_stand_together_and_orders_keep_their_place() -> None:
    rows = [[str(row % 700), "a", "", f"S{row}", "1", "1"] for row in range(2_100)]
    orders, bad = read(csv_bytes([HEADER, *rows]))
    assert not bad
    assert [order.number for order in orders] == [str(number) for number in range(700)]
    assert [line.sku for line in orders[5].lines] == ["S5", "S705", "S1405"]
    assert orders[5].rows == (7, 707, 1407)


def test_one_bad_row_refuses_its_whole_order_and_keeps_all_its_rows() -> None:
    rows = [
        ["1", "a", "9", "S1", "1", "1"],
        ["2", "b", "9", "S1", "1", "1"],
        ["1", "a", "9", "S2", "one", "1"],
        ["1", "a", "9", "S3", "1", "1"],
    ]
    [order], bad = read(csv_bytes([HEADER, *rows]))
    assert order.number == "2"
    assert [(wrong.row, wrong.column, wrong.code) for wrong in bad] == [
        (2, "", "order_refused"),
        (4, "line_quantity", "not_a_number"),
        (5, "", "order_refused"),
    ]
    assert [wrong.raw[0][3] for wrong in bad] == ["S1", "S2", "S3"]
    assert bad[0].message % bad[0].params == "Row 4 of the same order was refused."


def test_rows_of_one_order_that_contradict_each_other_are_refused() -> None:
    rows = [["1", "a", "9", "S1", "1", "1"], ["1", "b", "9.00", "S2", "1", "1"]]
    orders, bad = read(csv_bytes([HEADER, *rows]))
    assert not orders
    assert (bad[1].row, bad[1].column, bad[1].code) == (3, "customer", "contradiction")


def test_what_only_a_later_row_states_completes_the_order() -> None:
    rows = [
        ["1", "", "-", "S1", "1", "1"],
        ["1", "b", "9", "S2", "0", "0"],
        ["1", "b", "9.00元", "S3", "1", ""],
    ]
    [order], bad = read(csv_bytes([HEADER, *rows]))
    assert not bad
    assert (order.customer.name, order.total) == ("b", Decimal(9))
    assert [(line.quantity, line.amount) for line in order.lines] == [
        (Decimal(1), Decimal(1)),
        (Decimal(0), Decimal(0)),
        (Decimal(1), None),
    ]


def test_a_total_that_is_not_stated_is_not_made_up() -> None:
    [order], _bad = read(csv_bytes([HEADER, ["1", "", "", "S", "0", "0"]]))
    assert order.total is None
    assert order.paid is None
    assert order.placed_at is None
    assert order.customer.name == ""


def test_a_line_without_goods_is_refused() -> None:
    _orders, [bad] = read(csv_bytes([HEADER, ["1", "", "", "-", "1", "1"]]))
    assert (bad.code, bad.column) == ("goods_missing", "line_sku")


def test_a_title_longer_than_a_line_holds_stays_whole_among_the_facts() -> None:
    header = ["number", "line_title", "line_quantity"]
    [order], bad = read(csv_bytes([header, ["1", "很" * 900, "1"]]))
    assert not bad
    assert len(order.lines[0].title) == 500
    assert order.facts["title #2"] == "很" * 900


def test_an_order_of_more_lines_than_an_order_has_is_refused_row_by_row() -> None:
    rows = [["1", "", "", "S", "1", "1"]] * 30_005
    orders, bad = read(csv_bytes([HEADER, *rows, ["2", "", "", "S", "1", "1"]]))
    assert [order.number for order in orders] == ["2"]
    assert len(bad) == 30_005
    assert {wrong.code for wrong in bad} == {"too_many_lines", "order_refused"}


def test_an_order_that_is_too_large_to_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orders.intake.reading.ORDER_CHARACTERS", 100)
    rows = [["1", "x" * 60, "", "S", "1", "1"]] * 3
    [order], bad = read(csv_bytes([HEADER, *rows, ["2", "", "", "S", "1", "1"]]))
    assert order.number == "2"
    assert len(bad) == 3


def test_the_same_header_twice_keeps_both_cells() -> None:
    header = [*HEADER, "remark", "remark ", ""]
    [order], _bad = read(csv_bytes([header, ["1", "", "", "S", "1", "1", "x", "y", "z"]]))
    assert order.facts == {"remark": "x", "remark ": "y", "#9": "z"}


MAPPING = b"""
[columns]
number = "\xe5\x8d\x95\xe5\x8f\xb7"
line_title = "\xe5\x93\x81\xe5\x90\x8d "
line_quantity = "qty"
"""


def test_a_mapping_names_columns_of_any_header_stripped() -> None:
    content = "品名,单号 ,qty,其他\n锅,7,2,原样 \n".encode("gb18030")
    mapping = read_mapping(MAPPING)
    for orders, bad in (
        read(content, mapping=mapping),
        read(content, saved=mapping),
        read(content, format="csv", saved=mapping),
    ):
        assert not bad
        [order] = orders
        assert (order.number, order.lines[0].title, order.lines[0].quantity) == ("7", "锅", Decimal(2))
        assert order.facts == {"其他": "原样 "}


@pytest.mark.parametrize(
    "content",
    [
        b"columns = 1",
        b"[columns]\n",
        b'[columns]\nnumber = "a"\n',
        b'[columns]\nnumber = "a"\nline_sku = "b"\n',
        b'[columns]\nnumber = "a"\nline_sku = "b"\nline_quantity = 3\n',
        b'[columns]\nnumber = "a"\nline_sku = "b"\nline_quantity = "c"\ncolour = "d"\n',
        b"not toml [",
        b"\xff\xfe\x00",
    ],
)
def test_a_mapping_that_says_too_little_or_nonsense_is_refused(content: bytes) -> None:
    with pytest.raises(UnusableFile) as caught:
        read_mapping(content)
    assert caught.value.code == "mapping"


def test_a_mapping_of_columns_that_are_not_there_names_them() -> None:
    with pytest.raises(UnusableFile, match="品名"):
        read(b"qty,x\n1,2\n", mapping=read_mapping(MAPPING))


def test_the_editor_proposes_what_headers_seem_to_mean() -> None:
    assert guess_mapping(["Order ID", "收货人", "手机号", "商品名称", "数量", "随便"]) == {
        "number": "Order ID",
        "customer": "收货人",
        "phone": "手机号",
        "line_title": "商品名称",
        "line_quantity": "数量",
    }


def test_full_width_signs_begin_formulas_too() -> None:
    for sign in "＝＋－＠":
        assert formula_safe(f"{sign}1") == f"'{sign}1"


def test_a_mended_download_is_read_as_the_file_it_came_from() -> None:
    cells = ["1", "=cmd()", "9", "+S", "1", "1"]
    header = [*HEADER, "-note", *REASON_COLUMNS]
    mended = csv_bytes(
        [
            [*map(formula_safe, header)],
            [*map(formula_safe, cells), formula_safe("'\t@x"), "2", "line_quantity", "This is not a number."],
        ]
    )
    [order], bad = read(mended)
    assert not bad
    assert order.customer.name == "=cmd()"
    assert order.lines[0].sku == "+S"
    assert order.facts == {"'-note": "'\t@x"}
