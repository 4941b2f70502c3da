"""Refused rows leave the house to be mended: recorded, and safe to open in a spreadsheet program."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator

from office.audit import api as audit
from office.staff.models import Employee
from office.tables.marks import Mark
from office.tables.writing import formula_safe
from orders.intake.reading import REASON_COLUMNS
from orders.models import Batch
from orders.selectors.intake import reason_text, refused_rows
from orders.services.intake.batches import batch_key, subject_of_batch

CHUNK = 1 << 16


def download_rejected(
    *, batch: Batch, mark: Mark, by: Employee, now: dt.datetime, in_detail: bool = False
) -> Iterator[str]:
    """The refused and conflicting rows as CSV, with the file's own header and what was wrong, in pieces.

    `mark` goes into the name of the file. Mended, the same file can be sent again: its reason columns and its marks
    against formulas are taken off. Raises Conflict when the rows were erased.
    """
    key = batch_key(batch)
    audit.record_export(
        "orders.rejected_downloaded",
        mark=mark,
        subject=subject_of_batch(batch),
        by=by,
        now=now,
        rows=batch.rejected_rows.filter(in_detail=in_detail).count(),
        format="csv",
    )
    return _pieces(batch, key, in_detail=in_detail)


def _pieces(batch: Batch, key: bytes, *, in_detail: bool) -> Iterator[str]:
    header = batch.detail_header if in_detail else batch.header
    buffer = io.StringIO()
    buffer.write("\ufeff")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([*map(formula_safe, header), *REASON_COLUMNS])
    for row, cells in refused_rows(batch, key, in_detail=in_detail):
        width = len(header)
        shown = [*cells[:width], *[""] * (width - len(cells))]
        # What does not fit under the header stays in the last cells, where a person sees it.
        rest = cells[width:]
        writer.writerow(
            [*map(formula_safe, shown), row.row, row.column, reason_text(row), *map(formula_safe, rest)]
        )
        if buffer.tell() >= CHUNK:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()
