"""Small files in the shapes that people send, made in memory."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

import openpyxl

from office.tables.table import Source


def csv_bytes(rows: Iterable[Sequence[str]], *, encoding: str = "utf-8", end: str = "\r\n") -> bytes:
    text = io.StringIO()
    csv.writer(
        text, lineterminator=end, quoting=csv.QUOTE_ALL if end == "\r" else csv.QUOTE_MINIMAL
    ).writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx_bytes(rows: Iterable[Sequence[object]], merges: Iterable[str] = ()) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for cells in rows:
        sheet.append(list(cells))
    for merge in merges:
        sheet.merge_cells(merge)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def zip_bytes(members: Mapping[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return held.getvalue()


def source(content: bytes, name: str = "orders.csv") -> Source:
    return Source(name, len(content), lambda: io.BytesIO(content))
