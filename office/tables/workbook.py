"""Workbooks that people take away, sheet by sheet (office.tables.writing has the cells)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from office.tables.marks import Mark
from office.tables.writing import safe_title, xlsx_cell


class Workbook:
    """An XLSX workbook, written sheet by sheet."""

    def __init__(self) -> None:
        from openpyxl import Workbook as Book  # half a second that every start of every process would pay

        self._book = Book(write_only=True)

    def sheet(self, title: object, head: Sequence[object], rows: Iterable[Sequence[object]]) -> None:
        """Numbers stay numbers, spans become minutes, nothing stays empty, all else is text."""
        sheet = self._book.create_sheet(safe_title(title))
        for row in (head, *rows):
            sheet.append([xlsx_cell(sheet, value) for value in row])

    def content(self, mark: Mark | None = None) -> bytes:
        """The file, the sheet of `mark` last."""
        if mark is not None:
            mark.put_on(self._book)
        file = io.BytesIO()
        self._book.save(file)
        return file.getvalue()
