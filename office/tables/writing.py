"""Tables that leave the house: .xlsx and CSV, safe to open in a spreadsheet program.

A text stays a text whatever it begins with, a long number keeps all its digits, and nothing that a customer or a shop
wrote can make a file that does not open.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, BinaryIO

from django.utils import timezone

from office.tables.marks import Mark

Cell = str | int | float | Decimal | datetime | None

#: The full-width signs too: a Chinese or Japanese spreadsheet reads them as the narrow ones.
FORMULA_MARKS = "=+-@\t\r\n＝＋－＠'"
#: A spreadsheet program keeps fifteen digits of a number.
_LONG_NUMBER = re.compile(r"\d{12,}")
#: What XML does not have.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NOT_IN_A_TITLE = re.compile(r"[\[\]:*?/\\]")
#: Most characters of one cell of .xlsx.
_LONGEST = 32_767
_IN_MEMORY = 4 << 20
_PIECE = 1 << 16


def formula_safe(cell: str) -> str:
    """A cell of a CSV that no spreadsheet program takes for a formula."""
    return f"'{cell}" if cell and cell[0] in FORMULA_MARKS else cell


def csv_pieces(rows: Iterable[Sequence[Cell]], mark: Mark | None = None) -> Iterator[bytes]:
    """UTF-8 with a mark that Excel needs, CRLF, in pieces. A TAB behind a long number keeps it a text. The last line is
    that of `mark`."""
    buffer = io.StringIO()
    buffer.write("\ufeff")
    writer = csv.writer(buffer, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_csv_cell(cell) for cell in row])
        if buffer.tell() >= _PIECE:
            yield buffer.getvalue().encode("utf-8", "replace")
            buffer.seek(0)
            buffer.truncate()
    if mark is not None:
        writer.writerow([mark.line])
    yield buffer.getvalue().encode("utf-8", "replace")


def _csv_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{timezone.localtime(cell):%Y-%m-%d %H:%M:%S}"
    if not isinstance(cell, str):
        return str(cell)
    return f"{cell}\t" if _LONG_NUMBER.fullmatch(cell) else formula_safe(cell)


def workbook(sheets: Iterable[tuple[str, Iterable[Sequence[Cell]]]], mark: Mark | None = None) -> BinaryIO:
    """An .xlsx of sheets (title, rows), rewound, the sheet of `mark` last. Texts as texts, numbers as numbers, times in
    Shanghai's time."""
    from openpyxl import Workbook  # half a second that every start of every process would pay

    book = Workbook(write_only=True)
    for title, rows in sheets:
        sheet = book.create_sheet(safe_title(title))
        for row in rows:
            sheet.append([xlsx_cell(sheet, cell) for cell in row])
    if mark is not None:
        mark.put_on(book)
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the answer closes it
    book.save(file)
    file.seek(0)
    return file  # type: ignore[return-value]  # it is one in all but its base class


def safe_title(title: object) -> str:
    """The title of a sheet."""
    return _NOT_IN_A_TITLE.sub(" ", str(title))[:31]


def xlsx_cell(sheet: Any, value: object) -> Any:
    """Numbers and times as such, spans in minutes, nothing as nothing; everything else is a text, whatever it begins
    with."""
    from openpyxl.cell import WriteOnlyCell

    if value is None or (isinstance(value, int | float | Decimal) and not isinstance(value, bool)):
        return value
    if isinstance(value, timedelta):
        return round(value.total_seconds() / 60, 1)
    if isinstance(value, datetime):
        cell = WriteOnlyCell(sheet, value=timezone.make_naive(value))
        cell.number_format = "yyyy-mm-dd hh:mm:ss"
        return cell
    cell = WriteOnlyCell(sheet, value=_UNWRITABLE.sub("�", str(value))[:_LONGEST])
    cell.data_type = "s"  # whatever it begins with
    return cell
