"""Kept papers of money, by what they belong to."""

from __future__ import annotations

from contracts.models import Consent, CreditNote, Invoice, InvoiceScan, PaymentVoucher, SetOff, Violation
from office.files.models import StoredFile

KINDS = {
    "voucher": PaymentVoucher,
    "invoice": Invoice,
    "invoice-scan": InvoiceScan,
    "claim": SetOff,
    "credit-note": CreditNote,
    "breach": Violation,
    "consent": Consent,
}


def file_of(kind: str, pk: int) -> StoredFile | None:
    if kind not in KINDS:
        return None
    found = KINDS[kind].objects.filter(pk=pk).select_related("file").first()
    stored: StoredFile | None = found.file if found else None
    return stored
