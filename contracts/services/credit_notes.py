"""Credit notes of suppliers (贷项通知单、红字发票): the paper of a claim of ours, or one that stands by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contracts.models import CreditNote, SetOff, Supplier
from contracts.services import booking, setoffs
from contracts.subjects import supplier_subject
from office.audit import api as audit
from office.errors import Conflict, NotFound
from office.files.models import StoredFile
from office.rulebook.allowed import require, unless, words
from office.staff.models import Employee
from office.subjects import Subject

#: What a credit note that no claim of ours is behind rests on: settlement itself.
SETTLEMENT = "P2.2"


@dataclass(frozen=True, slots=True)
class Note:
    """What stands on the paper. `invoices`: numbers of the tax invoices that it corrects, as typed."""

    number: str
    issued_on: date
    amount: Decimal
    invoices: str = ""
    text: str = ""
    upload: booking.Upload | None = None


@transaction.atomic
def record(
    *, supplier_id: int, note: Note, by: Employee, now: datetime, set_off_id: int | None = None
) -> CreditNote:
    """Records a credit note for a claim of ours; without one it is a claim of its own.

    Raises NotFound, Forbidden, Invalid, Conflict (`numbered`, `documented`, `amount`).
    """
    clause = require(by, booking.SETTLE, now)
    supplier = booking.access_supplier(supplier_id)
    number = words(
        booking.one_number(note.number),
        path="number",
        longest=40,
        missing=_("Which number does the credit note bear?"),
    )
    booking.not_ahead(note.issued_on, now, path="issued_on", clause=clause)
    corrected = booking.read_invoices(note.invoices, clause=clause)
    if CreditNote.objects.filter(supplier=supplier, number=number).exists():
        raise Conflict(
            _("{supplier} has issued a credit note {number} already.").format(
                supplier=supplier, number=number
            ),
            code="numbered",
            clause=clause,
        )
    file = booking.kept(note.upload, by, now)
    found = (
        _by_itself(supplier, number, note, file, by, now)
        if set_off_id is None
        else _claimed(supplier, set_off_id, note, clause)
    )
    with unless(
        "contracts_creditnote",
        lambda: Conflict(
            _("A credit note for this claim is there already."), code="documented", clause=clause
        ),
    ):
        kept = CreditNote.objects.create(
            supplier=supplier,
            number=number,
            issued_on=note.issued_on,
            amount=note.amount,
            invoices=corrected,
            set_off=found,
            file=file,
            by=by,
            at=now,
        )
    data = {"credit_note": number, "amount": str(note.amount), "set_off": found.pk}
    for subject in (found.subject, supplier_subject(supplier)):
        audit.record("contracts.credit_note", subject=subject, by=by, now=now, clause=clause, data=data)
    return kept


def _claimed(supplier: Supplier, set_off_id: int, note: Note, clause: str) -> SetOff:
    found = setoffs.access(set_off_id)
    if found.supplier_id != supplier.pk:
        raise NotFound(_("There is no such claim."))
    if found.amount != note.amount:
        raise Conflict(
            _("The credit note is over {note}, the claim over {claim}. They must agree.").format(
                note=note.amount, claim=found.amount
            ),
            code="amount",
            clause=clause,
        )
    return found


def _by_itself(
    supplier: Supplier, number: str, note: Note, file: StoredFile | None, by: Employee, now: datetime
) -> SetOff:
    return setoffs.claim(
        supplier=supplier,
        kind=SetOff.Kind.CREDIT_NOTE,
        amount=note.amount,
        paper=Subject("credit_note", f"{supplier.pk}:{number}", number),
        clause=SETTLEMENT,
        text=note.text,
        by=by,
        now=now,
        file=file,
    )
