"""Tables that leave the house open in any spreadsheet program and are never a formula."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from office.tables.writing import Cell, csv_pieces, formula_safe, workbook

AT = dt.datetime(2026, 11, 23, 2, 0, 5, tzinfo=dt.UTC)
MARKS = ["=1+1", "+1", "-1", "@x", "＝1", "＋1", "－1", "＠x", "\tx", "\rx", "\nx", "'x"]


def as_csv(*rows: list[Cell]) -> list[list[str]]:
    text = b"".join(csv_pieces(rows)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def as_xlsx(*rows: list[Cell]) -> list[list[object]]:
    sheet = load_workbook(workbook([("x", rows)]))["x"]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


@pytest.mark.parametrize("text", MARKS)
def test_a_text_is_no_formula(text: str) -> None:
    assert as_csv([text]) == [[f"'{text}"]]
    assert formula_safe(text) == f"'{text}"
    book = load_workbook(workbook([("x", [[text]])]))
    assert (book["x"]["A1"].data_type, book["x"]["A1"].value) == ("s", text.replace("\r", "\n"))


def test_numbers_times_and_nothing_are_what_they_are() -> None:
    row: list[Cell] = ["x", 3, Decimal("-1.50"), 0.5, AT, None, ""]
    assert as_csv(row) == [["x", "3", "-1.50", "0.5", "2026-11-23 10:00:05", "", ""]]
    assert as_xlsx(row) == [
        ["x", 3, -1.5, 0.5, (AT + dt.timedelta(hours=8)).replace(tzinfo=None), None, None]
    ]


def test_a_long_number_keeps_its_digits() -> None:
    number = "2026112312345678901"
    assert as_csv([number, "13812345678"]) == [[number + "\t", "13812345678"]]
    assert as_xlsx([number]) == [[number]]


def test_what_a_file_cannot_hold_does_not_break_it() -> None:
    naughty = "A\x00B\x1fC\ud800D\uffffE" + "x" * 40_000
    assert as_csv([naughty])[0][0].startswith("A\x00B\x1fC?D")
    [[found]] = as_xlsx([naughty])
    assert str(found).startswith("A�B�C�D�E")
    assert len(str(found)) == 32_767
    assert load_workbook(workbook([("a/b:c[d]*?" + "x" * 60, [])])).sheetnames == ["a b c d   " + "x" * 21]


def test_a_long_csv_comes_in_pieces() -> None:
    pieces = list(csv_pieces([["x" * 1000]] * 200))
    assert len(pieces) > 2
    assert b"".join(pieces).count(b"\r\n") == 200
