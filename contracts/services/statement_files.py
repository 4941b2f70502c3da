"""Statements as files: PDF for both sides to sign, XLSX to reckon with; each in the register of exports (C13.5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import BinaryIO

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from contracts.models import Supplier
from contracts.printing.statement import statement_pdf
from contracts.rules.schedule import month_after, month_of
from contracts.rules.statement import KINDS, Statement
from contracts.selectors import account, statements, terms
from contracts.services import booking
from contracts.subjects import supplier_subject
from office.audit import api as audit
from office.rulebook.allowed import require
from office.staff.models import Employee
from office.tables.marks import Mark, new_mark
from office.tables.writing import Cell, workbook

SEE = "contracts.money"
#: The paper goes to the supplier, in Chinese, whatever language our own pages have.
LANGUAGE = "zh-hans"


@transaction.atomic
def export_pdf(*, supplier_id: int, month: date, by: Employee, now: datetime) -> bytes:
    """Raises Forbidden, NotFound."""
    supplier, mark = _begin(supplier_id, by, now)
    with translation.override(LANGUAGE):
        found = statements.statement_of(supplier, month)
        content = statement_pdf(
            supplier,
            found,
            ours=terms.our_name(now),
            withheld=account.withheld(supplier.pk),
            over=month_over(month, now),
            export=mark.line.removeprefix("# "),
            at=now,
            printed=booking.day_of(now).isoformat(),
        )
    _note(supplier, found, mark, "pdf", by, now)
    return content


@transaction.atomic
def export_xlsx(*, supplier_id: int, month: date, by: Employee, now: datetime) -> BinaryIO:
    """Raises Forbidden, NotFound."""
    supplier, mark = _begin(supplier_id, by, now)
    found = statements.statement_of(supplier, month)
    file = workbook([(f"{month:%Y-%m}", _rows(supplier, found))], mark)
    _note(supplier, found, mark, "xlsx", by, now)
    return file


def month_over(month: date, now: datetime) -> bool:
    return month_of(booking.day_of(now)) >= month_after(month)


def _begin(supplier_id: int, by: Employee, now: datetime) -> tuple[Supplier, Mark]:
    require(by, SEE, now)
    return booking.access_supplier(supplier_id), new_mark(by, now)


def _note(
    supplier: Supplier, found: Statement, mark: Mark, format_: str, by: Employee, now: datetime
) -> None:
    audit.record_export(
        "contracts.export_statement",
        mark=mark,
        subject=supplier_subject(supplier),
        by=by,
        now=now,
        rows=len(found.lines),
        format=format_,
        filters={"month": f"{found.month:%Y-%m}"},
        data={"closing": str(found.closing)},
    )


def _rows(supplier: Supplier, found: Statement) -> Iterator[Sequence[Cell]]:
    yield [supplier.name, supplier.code, f"{found.month:%Y-%m}", "CNY"]
    yield [
        _("Booked"), _("What"), _("Paper behind it"), _("Day of the paper"), _("Goods delivered"), _("Payments"),
        _("Set-offs"), _("Balance"), _("Clause"),
    ]  # fmt: skip
    yield ["", _("Opening balance"), "", "", None, None, None, found.opening, ""]
    for line in found.lines:
        entry = line.entry
        amounts = [entry.amount if entry.kind == kind else None for kind in KINDS]
        about = entry.about.isoformat() if entry.about else ""
        yield [entry.on.isoformat(), entry.what, entry.paper, about, *amounts, line.balance, entry.clause]
    yield ["", _("Sums"), "", "", found.deliveries, found.payments, found.set_offs, None, ""]
    yield ["", _("Closing balance"), "", "", None, None, None, found.closing, ""]
