"""Refused rows leave the house to be mended: recorded, and safe to open in a spreadsheet program."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from attendance.intake.tables import REASON_COLUMNS
from attendance.models import PunchBatch, RejectedPunch
from attendance.services.batches import IMPORT
from office.audit import api as audit
from office.errors import Conflict
from office.rulebook.allowed import require
from office.tables.marks import Mark
from office.tables.writing import csv_pieces

if TYPE_CHECKING:
    from office.staff.models import Employee


def reason_of(row: RejectedPunch) -> str:
    """Why, in the reader's language."""
    try:
        return str(_(row.message) % row.params)
    except (KeyError, TypeError, ValueError):
        return _(row.message)


@transaction.atomic
def download_rejected(*, batch: PunchBatch, mark: Mark, by: Employee, now: datetime) -> Iterator[bytes]:
    """The refused rows as CSV under the file's own header, with what was wrong behind; `mark` goes into the name of the
    file. Mended, the same file can be
    sent again. Raises Forbidden, Conflict (`erased`)."""
    require(by, IMPORT, now)
    if batch.erased_at is not None:
        raise Conflict(_("What this import kept was erased."), code="erased")
    audit.record_export(
        "attendance.rejected_downloaded",
        mark=mark,
        subject=batch.subject,
        by=by,
        now=now,
        rows=batch.rejected,
        format="csv",
    )
    return csv_pieces(_rows(batch))


def _rows(batch: PunchBatch) -> Iterator[list[str]]:
    width = len(batch.header)
    yield [*batch.header, *REASON_COLUMNS]
    for row in RejectedPunch.objects.filter(batch=batch).order_by("pk").iterator(chunk_size=2_000):
        cells = [str(cell) for cell in row.cells[:width]]
        yield [*cells, *[""] * (width - len(cells)), str(row.row), row.column, reason_of(row)]
