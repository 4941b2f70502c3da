"""Tax invoices of a supplier: what is left of each."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, F, Func, QuerySet, Value

from contracts.models import Invoice, PaymentVoucher, Supplier
from contracts.rules.money import ZERO

PAGE = 50
#: Of which a payment may name some.
MOST = 200


class Left(Func):
    """What of an invoice no payment has taken, as the database judges it."""

    function = "contracts_invoice_left"
    output_field: DecimalField[Decimal, Decimal] = DecimalField(max_digits=12, decimal_places=2)


def _with_left(rows: QuerySet[Any]) -> QuerySet[Any]:
    found: QuerySet[Any] = rows.annotate(left=Left(F("pk"), Value(0)))
    return found


def _of(supplier: Supplier) -> QuerySet[Invoice]:
    return Invoice.objects.filter(supplier=supplier)


def of_supplier(supplier: Supplier, before: int | None = None) -> tuple[list[Any], int | None]:
    """Newest first, each with what is `left`, and the key before which the next page begins."""
    rows = _with_left(_of(supplier).select_related("by", "end__by", "file").order_by("-pk"))
    rows = rows.prefetch_related("scans__by")
    found = list((rows.filter(pk__lt=before) if before else rows)[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def open_of(supplier: Supplier) -> list[Any]:
    """Those of which something is left, the oldest first."""
    rows = _with_left(_of(supplier).filter(end=None).order_by("issued_on", "pk"))
    return list(rows.filter(left__gt=ZERO)[:MOST])


def named(supplier: Supplier, numbers: Collection[str]) -> dict[str, Any]:
    """Those of these numbers that count, each with what is `left`."""
    rows = _with_left(_of(supplier).filter(end=None, number__in=list(numbers)))
    return {each.number: each for each in rows}


def recorded(number: str, code: str, supplier: Supplier) -> Invoice | None:
    """One that counts, of this number: in the whole country, or of this supplier."""
    found = Invoice.objects.filter(number=number, end=None).select_related("supplier")
    exact: Invoice | None = found.filter(code=code).first() or found.filter(supplier=supplier).first()
    return exact


def paid_to_another(number: str, supplier: Supplier) -> PaymentVoucher | None:
    """A voucher of before invoices were recorded that names the number and pays somebody else."""
    found: PaymentVoucher | None = (
        PaymentVoucher.objects.filter(invoices__contains=[number])
        .exclude(payment__supplier=supplier)
        .select_related("payment__supplier")
        .first()
    )
    return found
