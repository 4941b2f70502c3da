"""Workbooks that people take away: sheets of plain values, safe to open in a spreadsheet."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any


def text_cell(sheet: Any, value: object) -> Any:
    """A cell that stays text whatever it begins with: `=1+1` is no formula."""
    from openpyxl.cell import WriteOnlyCell  # half a second that every start of every process would pay

    cell = WriteOnlyCell(sheet, value=str(value))
    cell.data_type = "s"
    return cell


class Workbook:
    """An XLSX workbook, written sheet by sheet."""

    def __init__(self) -> None:
        from openpyxl import Workbook as Book  # as above

        self._book = Book(write_only=True)

    def sheet(self, title: object, head: Sequence[object], rows: Iterable[Sequence[object]]) -> None:
        """Numbers stay numbers, spans become minutes, nothing stays empty, all else is text."""
        sheet = self._book.create_sheet(str(title)[:31])
        for row in (head, *rows):
            sheet.append([_cell(sheet, value) for value in row])

    def content(self) -> bytes:
        file = io.BytesIO()
        self._book.save(file)
        return file.getvalue()


def _cell(sheet: Any, value: object) -> Any:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    if isinstance(value, timedelta):
        return round(value.total_seconds() / 60, 1)
    return text_cell(sheet, value)
