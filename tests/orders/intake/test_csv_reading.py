"""CSV in every dress: encodings, line ends, quotes, broken and cut off."""

from __future__ import annotations

import gzip

import pytest

from office.tables.csv_table import detect_encoding
from office.tables.table import UnusableFile
from tests.orders.intake.files import read
from tests.tables.files import csv_bytes, source

HEADER = ["number", "customer", "line_title", "line_quantity"]
NAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"


def orders_of(content: bytes) -> list[tuple[str, str, str]]:
    orders, bad = read(content)
    assert not bad, bad
    return [(order.number, order.customer.name, order.lines[0].title) for order in orders]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_same_rows_come_out_of_every_encoding_and_line_end(encoding: str, end: str) -> None:
    rows = [HEADER, ["1", "张三", "锅\n盖", "1"], ["2", "欧阳娜娜", 'a "b", c', "2"]]
    found = orders_of(csv_bytes(rows, encoding=encoding, end=end))
    assert found == [("1", "张三", "锅\n盖"), ("2", "欧阳娜娜", 'a "b", c')]


def test_the_encoding_is_decided_by_the_whole_stream() -> None:
    rows = [
        HEADER,
        *[[str(place), "plain", "ascii", "1"] for place in range(40_000)],
        ["last", "张三", "锅", "1"],
    ]
    assert detect_encoding(source(csv_bytes(rows, encoding="gb18030"))) == "gb18030"
    assert detect_encoding(source(csv_bytes(rows, encoding="utf-8"))) == "utf-8-sig"


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_tabs_and_semicolons_separate_when_there_is_no_comma(delimiter: str) -> None:
    content = delimiter.join(HEADER) + "\n" + delimiter.join(["1", "张三", "锅", "1"])
    assert orders_of(content.encode()) == [("1", "张三", "锅")]


def test_utf_8_that_breaks_is_not_misread_as_gb18030() -> None:
    whole = csv_bytes([HEADER, *[[str(place), NAMES, "锅", "1"] for place in range(5)]])
    for content in (whole[:-8] + b"\xff" + whole[-8:], whole[: whole.rindex("锅".encode()) + 1]):
        with pytest.raises(UnusableFile) as caught:
            read(content)
        assert caught.value.code == "encoding"


def test_bytes_that_are_no_text_are_unusable() -> None:
    with pytest.raises(UnusableFile) as caught:
        read(b"number,customer\n\x80\xff\xff,\xff\xff")
    assert caught.value.code == "encoding"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\n\n\r\n  \n", "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old workbook", "xls"),
        (gzip.compress(b"number,customer\n1,a\n", mtime=0)[:-4], "packed"),
        (b"%PDF-1.7\n", "not_a_table"),
        (b'number,customer,line_title,line_quantity\n1,a,"never closed,1\n2,b,c,1\n', "cut_off"),
        (b'number,customer,line_title,line_quantity\n1,a,"' + b"x" * 200_000, "cell_too_long"),
        (b"number,line_title,line_quantity\n" + b"x" * 3_000_000, "cell_too_long"),
        (b",".join([b"x"] * 2_000), "too_many_columns"),
        ("随便,写的\n1,2\n".encode(), "unknown_header"),
    ],
)
def test_a_file_that_is_no_export_is_unusable_as_a_whole(content: bytes, code: str) -> None:
    with pytest.raises(UnusableFile) as caught:
        read(content)
    assert caught.value.code == code
    assert str(caught.value.message)


def test_an_unknown_header_is_named_in_the_refusal() -> None:
    with pytest.raises(UnusableFile, match="甲, 乙"):
        read("甲,乙\n1,2\n".encode())


def test_a_lone_quotation_mark_inside_a_last_cell_is_only_a_mark() -> None:
    assert orders_of(b'number,customer,line_title,line_quantity\n1,a,5" pipe,1') == [("1", "a", '5" pipe')]


def test_a_row_cut_short_is_refused_and_the_others_stay() -> None:
    orders, [bad] = read(b"number,customer,line_title,line_quantity\n1,a,b,1\n2,a,b\n3,a,b,1\n")
    assert [order.number for order in orders] == ["1", "3"]
    assert (bad.row, bad.code, bad.raw) == (3, "cell_count", (("2", "a", "b"),))
    _orders, [bad] = read(b"number,customer,line_title,line_quantity\n1,a,b,1,extra\n")
    assert bad.code == "cell_count"


def test_blank_rows_count_as_rows_and_a_title_above_the_header_is_passed_over() -> None:
    content = b"A report of orders\n\nnumber,customer,line_title,line_quantity\n\n1,a,b,1\n,,,\n2,a,b,x\n"
    [order], [bad] = read(content)
    assert order.rows == (5,)
    assert (bad.row, bad.column, bad.code) == (7, "line_quantity", "not_a_number")
