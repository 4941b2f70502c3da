"""What kind of file it is, found from its bytes and not from its name."""

from __future__ import annotations

import io
import random
from functools import partial

import pytest

from office.tables.opening import first_look, open_tables
from office.tables.table import Source, UnusableFile
from tests.tables.files import csv_bytes, source, xlsx_bytes, zip_bytes

ROWS = [["sku", "counted"], ["TEA-1", "12"], ["", ""], ["锅-2", "0"]]


@pytest.mark.parametrize("content", [csv_bytes(ROWS), csv_bytes(ROWS, encoding="gb18030"), xlsx_bytes(ROWS)])
def test_the_same_rows_come_out_of_both_kinds_under_any_name(content: bytes) -> None:
    [table] = open_tables(source(content, "counts"))
    rows = {number: cells for number, cells in table.rows() if any(cells)}
    assert rows == {1: ["sku", "counted"], 2: ["TEA-1", "12"], 4: ["锅-2", "0"]}


def test_an_archive_of_one_table_is_that_table() -> None:
    [table] = open_tables(source(zip_bytes({"__MACOSX/x.csv": b"", "counts.csv": csv_bytes(ROWS)})))
    assert table.name == "counts.csv"
    assert next(table.rows()) == (1, ["sku", "counted"])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"%PDF-1.7", "not_a_table"),
        (b"\xd0\xcf\x11\xe0 old", "xls"),
        (zip_bytes({"readme.md": b"nothing"}), "archive_members"),
        (zip_bytes(dict.fromkeys(("a.csv", "b.csv", "c.csv"), b"x\n")), "archive_members"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(content: bytes, code: str) -> None:
    for look in (first_look, open_tables):
        with pytest.raises(UnusableFile) as caught:
            look(source(content))
        assert caught.value.code == code
        assert str(caught.value.message)


def test_a_first_look_reads_a_mebibyte_of_a_text_and_no_sheet_of_a_workbook() -> None:
    read: list[int] = []

    class Counted(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            got = super().read(size)
            read.append(len(got))
            return got

    text = "号,".encode() * (1 << 20)
    noise = random.Random(7).randbytes(3 << 20)
    for content in (
        text + b"\xff",
        zip_bytes({"[Content_Types].xml": b"", "xl/workbook.xml": b"", "xl/a": noise}),
    ):
        read.clear()
        first_look(Source("orders", len(content), partial(Counted, content)))
        assert sum(read) <= (1 << 20) + (1 << 17)


def test_a_table_of_contents_that_swells_is_not_held() -> None:
    """Few members may have names of megabytes: the table is judged by its bytes, before its entries are counted."""
    content = zip_bytes({f"{number:060000}.csv": b"" for number in range(40)})
    for look in (first_look, open_tables):
        with pytest.raises(UnusableFile) as caught:
            look(source(content))
        assert caught.value.code == "bomb"
