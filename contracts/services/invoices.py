"""Tax invoices (发票) of suppliers: recorded as they stand on the paper, and what each payment takes of them (P2.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contracts.models import (
    Invoice,
    InvoiceEnd,
    InvoiceScan,
    InvoiceUse,
    Payable,
    Payment,
    PaymentVoucher,
    SetOff,
    Supplier,
)
from contracts.rules import invoices as rules
from contracts.rules.money import MOST, ZERO, rounded
from contracts.selectors import invoices as selectors
from contracts.services import booking
from contracts.subjects import supplier_subject
from office.audit import api as audit
from office.errors import Conflict, NotFound
from office.rulebook.allowed import require, unless, words, wrong
from office.staff.models import Employee

#: Scans that are added to one invoice later: sides, and one that was taken better.
MOST_SCANS = 5
#: Claims that leave the price of the goods as it is, so that they are invoiced in full although less is paid.
DAMAGES = (SetOff.Kind.LATE, SetOff.Kind.MATERIAL, SetOff.Kind.COMPLAINT, SetOff.Kind.PENALTY)


@dataclass(frozen=True, slots=True)
class Paper:
    """What stands on it. `number` and `code` as typed; `amount`: price and tax together, in yuan."""

    number: str
    seller: str
    tax_id: str
    issued_on: date
    amount: Decimal
    code: str = ""
    upload: booking.Upload | None = None


@transaction.atomic
def record(*, supplier_id: int, paper: Paper, by: Employee, now: datetime) -> Invoice:
    """One that the supplier has issued to us. Raises NotFound, Forbidden, Invalid, FileRefused, Conflict (`recorded`,
    `other_amount`, `invoice_taken`)."""
    clause = require(by, booking.SETTLE, now)
    supplier = booking.access_supplier(supplier_id)
    number, code, tax_id = _read(paper, clause)
    seller = words(paper.seller, path="seller", longest=120, missing=_("Enter the seller as on the invoice."))
    booking.not_ahead(paper.issued_on, now, path="issued_on", clause=clause)
    if not ZERO < paper.amount <= MOST or paper.amount != rounded(paper.amount):
        raise wrong("amount", _("An amount in yuan with at most two places."), clause=clause)
    _require_seller(supplier, seller, tax_id, clause)
    booking.lock_account(supplier.pk)
    _require_new(supplier, number, code, paper.amount, clause)
    with (
        unless("invoice_once", lambda: _recorded(number, clause)),
        unless("invoice_of_supplier", lambda: _taken(number, clause)),
    ):
        found: Invoice = Invoice.objects.create(
            supplier=supplier,
            number=number,
            code=code,
            seller=seller,
            tax_id=tax_id,
            issued_on=paper.issued_on,
            amount=paper.amount,
            file=booking.kept(paper.upload, by, now),
            by=by,
            at=now,
        )
    _told("contracts.record_invoice", found, by, now, clause, amount=str(paper.amount))
    return found


@transaction.atomic
def strike_out(*, invoice_id: int, reason: str, by: Employee, now: datetime) -> InvoiceEnd:
    """It was recorded wrongly. Raises NotFound, Forbidden, Invalid, Conflict (`struck_out`, `used`)."""
    clause = require(by, booking.SETTLE, now)
    found = access(invoice_id)
    said = words(reason, path="reason", longest=200, missing=_("Say what is wrong with it."))
    booking.lock_account(found.supplier_id)
    _require_counts(found, clause)
    used = Conflict(_("A payment names this invoice: it stays as it is."), code="used", clause=clause)
    with unless("invoice_used", lambda: used):
        end: InvoiceEnd = InvoiceEnd.objects.create(invoice=found, reason=said, by=by, at=now)
    _told("contracts.strike_out_invoice", found, by, now, clause, reason=said)
    return end


@transaction.atomic
def add_scan(*, invoice_id: int, upload: booking.Upload, by: Employee, now: datetime) -> InvoiceScan:
    """The paper came, or was scanned, after the invoice was recorded; what was added stays. Raises NotFound, Forbidden,
    FileRefused, Conflict (`struck_out`, `many`)."""
    clause = require(by, booking.SETTLE, now)
    found = access(invoice_id)
    booking.lock_account(found.supplier_id)
    _require_counts(found, clause)
    if found.scans.count() >= MOST_SCANS:
        raise Conflict(
            _("{n} scans were added to this invoice already.").format(n=MOST_SCANS),
            code="many",
            clause=clause,
        )
    file = booking.keep(upload, by, now)
    scan: InvoiceScan = InvoiceScan.objects.create(invoice=found, file=file, by=by, at=now)
    _told("contracts.add_invoice_scan", found, by, now, clause, file=file.sha256)
    return scan


def access(invoice_id: int) -> Invoice:
    """Raises NotFound."""
    found: Invoice | None = Invoice.objects.select_related("supplier").filter(pk=invoice_id).first()
    if found is None:
        raise NotFound(_("There is no such invoice."))
    return found


def _require_counts(found: Invoice, clause: str) -> None:
    if InvoiceEnd.objects.filter(invoice=found).exists():
        raise Conflict(_("This invoice is struck out already."), code="struck_out", clause=clause)


def shares(
    payment: Payment, numbers: Sequence[str], *, needed: Decimal, clause: str
) -> list[tuple[Invoice, Decimal]]:
    """What the payment takes of each invoice named: what it pays, and what claims of ours for losses take the place of,
    since those goods are invoiced in full. `needed`: how much of the money goes against invoices only. Raises Invalid
    (`unknown`, `used_up`, `not_covered`)."""
    known = selectors.named(payment.supplier, numbers)
    for number in numbers:
        if number not in known:
            raise wrong(
                "invoices",
                _(
                    "Invoice {number} of {supplier} is not recorded yet: record it with its amount first."
                ).format(number=number, supplier=payment.supplier),
                code="unknown",
                clause=clause,
            )
        if known[number].left <= ZERO:
            raise wrong(
                "invoices",
                _("Nothing is left of invoice {number}: payments have taken all of it.").format(
                    number=number
                ),
                code="used_up",
                clause=clause,
            )
    damages = payment.uses.filter(set_off__kind__in=DAMAGES, payable__kind=Payable.Kind.BALANCE)
    covers = payment.total + sum(damages.values_list("amount", flat=True), ZERO)
    taken = rules.covered(covers, [known[number].left for number in numbers])
    lacking = needed - sum(taken, ZERO)
    if lacking > ZERO:
        raise wrong(
            "invoices",
            _("The invoices fall short by ¥ {amount}: goods are paid against invoices over as much.").format(
                amount=f"{lacking:,.2f}"
            ),
            code="not_covered",
            clause=clause,
        )
    return [(known[number], each) for number, each in zip(numbers, taken, strict=True)]


def take(voucher: PaymentVoucher, parts: Sequence[tuple[Invoice, Decimal]]) -> None:
    """Written down with the voucher."""
    for invoice, amount in parts:
        InvoiceUse.objects.create(invoice=invoice, voucher=voucher, amount=amount)


def _read(paper: Paper, clause: str) -> tuple[str, str, str]:
    said = {
        "format": ("number", _("An invoice number has 8 digits, or 20 when fully digital.")),
        "code": (
            "code",
            _("Beside 8 digits stands a code of 10 or 12 digits; a fully digital one has none."),
        ),
        "tax_id": ("tax_id", _("A tax number has 15 to 20 digits and capital letters.")),
    }
    try:
        return *rules.read_one(paper.number, paper.code), rules.read_tax_id(paper.tax_id)
    except rules.NotInvoices as refused:
        path, message = said[refused.code]
        raise wrong(path, message, code=refused.code, clause=clause) from refused


def _require_seller(supplier: Supplier, seller: str, tax_id: str, clause: str) -> None:
    """Nobody else's invoice stands behind a payment to the supplier."""
    if supplier.credit_code and tax_id != supplier.credit_code:
        raise wrong(
            "tax_id",
            _("The seller is another company: {supplier} has the number {code}.").format(
                supplier=supplier, code=supplier.credit_code
            ),
            code="seller",
            clause=clause,
        )
    if not supplier.credit_code and not rules.same_company(seller, supplier.name):
        raise wrong(
            "seller",
            _("The seller is another company than {supplier}.").format(supplier=supplier),
            code="seller",
            clause=clause,
        )


def _require_new(supplier: Supplier, number: str, code: str, amount: Decimal, clause: str) -> None:
    before = selectors.recorded(number, code, supplier)
    if before is not None and before.supplier_id != supplier.pk:
        raise _taken(number, clause)
    if before is not None and before.amount == amount:
        raise _recorded(number, clause)
    if before is not None:
        raise Conflict(
            _(
                "Invoice {number} is recorded over ¥ {amount} already. If that is wrong, strike it out."
            ).format(number=number, amount=f"{before.amount:,.2f}"),
            code="other_amount",
            clause=clause,
        )
    other = selectors.paid_to_another(number, supplier) if not code else None
    if other is not None:
        raise Conflict(
            _("An invoice of these was paid to {supplier} (voucher {number}).").format(
                supplier=other.payment.supplier, number=other.number
            ),
            code="invoice_taken",
            clause=clause,
        )


def _recorded(number: str, clause: str) -> Conflict:
    return Conflict(
        _("Invoice {number} is recorded already.").format(number=number), code="recorded", clause=clause
    )


def _taken(number: str, clause: str) -> Conflict:
    return Conflict(
        _("Invoice {number} is another supplier’s.").format(number=number),
        code="invoice_taken",
        clause=clause,
    )


def _told(verb: str, found: Invoice, by: Employee, now: datetime, clause: str, **data: object) -> None:
    said = {"invoice": found.number, **data}
    for subject in (found.subject, supplier_subject(found.supplier)):
        audit.record(verb, subject=subject, by=by, now=now, clause=clause, data=said)
