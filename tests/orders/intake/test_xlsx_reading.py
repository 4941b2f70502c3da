"""Workbooks: cell types, broken ones, and ones made to hurt."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import openpyxl
import pytest

from office.tables.table import UnusableFile
from office.tables.xlsx_table import XlsxTable
from tests.orders.intake.files import read
from tests.tables.files import source, xlsx_bytes, zip_bytes

HEADER = ["number", "ordered_at", "customer", "line_title", "line_quantity", "line_amount"]
SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
WORKBOOK = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>'
)


def workbook(sheet: str | bytes, **parts: str | bytes) -> bytes:
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": WORKBOOK,
        "xl/_rels/workbook.xml.rels": RELATIONS,
        "xl/worksheets/sheet1.xml": sheet,
        **{f"xl/{name}.xml": content for name, content in parts.items()},
    }
    return zip_bytes(
        {name: part.encode() if isinstance(part, str) else part for name, part in members.items()}
    )


def rows_of(content: bytes) -> list[list[str]]:
    return [cells for _number, cells in XlsxTable(source(content, "a.xlsx")).rows()]


def test_cells_come_as_the_text_that_a_person_sees() -> None:
    content = xlsx_bytes(
        [
            [
                "text",
                12,
                12.5,
                0.1 + 0.2,
                True,
                dt.datetime(2024, 5, 1, 8, 30),  # noqa: DTZ001  # workbooks know no zones
                dt.date(2024, 5, 1),
                None,
                "末",
            ],
            [None, None, "=1+1"],
        ]
    )
    first, second = rows_of(content)
    assert first == [
        "text",
        "12",
        "12.5",
        "0.3",
        "TRUE",
        "2024-05-01 08:30:00",
        "2024-05-01 00:00:00",
        "",
        "末",
    ]
    assert second == ["", "", ""]


def test_an_order_number_that_a_spreadsheet_rounded_is_refused_with_the_reason() -> None:
    cells = '<row r="1">{}</row>'.format(
        "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in HEADER)
    )
    for number in ("1.2345678901234599E+17", "123456789012345000"):
        row = f'<row r="2"><c><v>{number}</v></c><c/><c/><c t="str"><v>x</v></c><c><v>1</v></c><c><v>2.5</v></c></row>'
        orders, [bad] = read(workbook(SHEET.format(cells + row)))
        assert not orders
        assert (bad.row, bad.column, bad.code) == (2, "number", "lost_precision")


def test_a_long_number_that_is_exact_and_one_with_a_zero_fraction_are_kept() -> None:
    texts = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in HEADER)
    rows = "".join(
        f'<row><c><v>{number}</v></c><c/><c/><c t="str"><v>a</v></c><c><v>0</v></c><c/></row>'
        for number in ("12345678901234567", "55.0")
    )
    orders, bad = read(workbook(SHEET.format(f"<row>{texts}</row>{rows}")))
    assert not bad
    assert [order.number for order in orders] == ["12345678901234567", "55"]


def test_rich_text_phonetic_hints_and_escapes_are_read_as_text() -> None:
    strings = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        "<si><r><t>锅</t></r><r><t>盖</t></r><rPh><t>guo</t></rPh></si><si><t>a_x000D_b _xZZZZ_ _xD800_</t></si></sst>"
    )
    sheet = SHEET.format('<row><c t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c></row>')
    assert rows_of(workbook(sheet, sharedStrings=strings)) == [["锅盖", "", "a\rb _xZZZZ_ _xD800_"]]


def test_the_first_visible_sheet_is_read() -> None:
    book = openpyxl.Workbook()
    hidden = book.active
    assert hidden is not None
    hidden.sheet_state = "hidden"
    hidden.append(["hidden"])
    book.create_sheet("shown").append(["shown"])
    held = io.BytesIO()
    book.save(held)
    assert rows_of(held.getvalue()) == [["shown"]]


def unusable(content: bytes) -> str:
    with pytest.raises(UnusableFile) as caught:
        read(content)
    assert str(caught.value.message)
    return caught.value.code


def test_broken_workbooks_are_unusable_with_a_sentence() -> None:
    whole = xlsx_bytes([HEADER, ["1", "", "", "a", 1, 1]])
    assert unusable(whole[: len(whole) // 2]) == "broken"
    assert unusable(b"PK\x03\x04" + b"\0" * 50) == "broken"
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        sheet = archive.getinfo("xl/worksheets/sheet1.xml").header_offset + 80
    assert unusable(whole[:sheet] + bytes(100) + whole[sheet + 100 :]) == "broken"
    assert unusable(workbook("<worksheet><sheetData><row><c>")) == "broken"
    assert unusable(workbook(SHEET.format('<row><c t="s"><v>5</v></c></row>'))) == "broken"
    assert unusable(zip_bytes({"[Content_Types].xml": b"<Types/>"})) == "not_a_workbook"
    assert (
        unusable(
            zip_bytes(
                {"xl/workbook.xml": WORKBOOK.encode(), "xl/_rels/workbook.xml.rels": RELATIONS.encode()}
            )
        )
        == "no_sheet"
    )
    assert unusable(xlsx_bytes([])) == "empty"
    assert unusable(zip_bytes({"readme.md": b"nothing"})) == "archive_members"


def test_an_encrypted_archive_is_unusable() -> None:
    content = bytearray(zip_bytes({"orders.csv": b"number,line_title,line_quantity\n"}))
    central = content.index(b"PK\x01\x02")
    content[6] |= 1
    content[central + 8] |= 1
    assert unusable(bytes(content)) == "encrypted"


def bomb(name: str, megabytes: int) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in (
            ("[Content_Types].xml", "<Types/>"),
            ("xl/workbook.xml", WORKBOOK),
            ("xl/_rels/workbook.xml.rels", RELATIONS),
        ):
            archive.writestr(part, content)
        with archive.open(name, "w") as swollen:
            for _megabyte in range(megabytes):
                swollen.write(b" " * (1 << 20))
    return held.getvalue()


@pytest.mark.parametrize("name", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/media/x.png"])
def test_a_zip_bomb_is_not_unpacked(name: str) -> None:
    content = bomb(name, 64)
    assert len(content) < 200_000
    assert unusable(content) == "bomb"


def test_entities_that_swell_are_not_expanded() -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    sheet = SHEET.format('<row><c t="inlineStr"><is><t>&b;</t></is></c></row>')
    assert unusable(workbook(laughs + sheet)) == "doctype"
    assert unusable(workbook((laughs + sheet).encode("utf-16"))) == "doctype"


def test_one_cell_of_many_megabytes_is_refused_before_it_is_held() -> None:
    import os

    noise = os.urandom(12 << 20).hex()
    assert (
        unusable(workbook(SHEET.format(f'<row><c t="inlineStr"><is><t>{noise}</t></is></c></row>')))
        == "row_too_large"
    )


def test_a_cell_far_to_the_right_is_refused() -> None:
    assert unusable(workbook(SHEET.format('<row><c r="XFD1"><v>1</v></c></row>'))) == "too_many_columns"
    assert unusable(workbook(SHEET.format('<row r="2000000"><c><v>1</v></c></row>'))) == "too_many_rows"


@pytest.mark.parametrize(
    "sheet",
    [
        '<row r="x"><c r="?"><v>1</v></c></row>',
        '<row r="1"><c t="s"><v>x</v></c></row>',
        f"<row><c><v>{'9' * 6000}</v></c></row>",
        '<row><c s="x"><v>nan</v></c><c><v>1e999</v></c><c t="b"><v/></c></row>',
        "<row><row><c><v>1</v></c></row></row>",
    ],
)
def test_nonsense_in_a_workbook_is_text_or_unusable_and_never_an_exception(sheet: str) -> None:
    assert unusable(workbook(SHEET.format(sheet))) in {"broken", "unknown_header", "too_many_columns"}


def test_rows_without_their_container_are_read_or_refused() -> None:
    assert unusable(workbook("<row><c><v>1</v></c></row>")) == "unknown_header"
    assert (
        unusable(workbook("<x><row><c><v>1</v></c></row></x>", styles="<x><numFmt numFmtId='y'/></x>"))
        == "unknown_header"
    )


def test_what_stands_behind_the_rows_is_not_parsed_but_checked() -> None:
    texts = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in HEADER)
    merges = "".join(f'<mergeCell ref="A{row}:A{row + 1}"/>' for row in range(400_000, 400_000 + 300_000, 2))
    sheet = SHEET.format(f"<row>{texts}</row>").replace(
        "</worksheet>", f"<mergeCells>{merges}</mergeCells></worksheet>"
    )
    assert read(workbook(sheet)) == ([], [])
