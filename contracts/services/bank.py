"""The account a supplier is paid to: changed only when the supplier confirmed it at a number that was on file, and the
chain agreed (P2.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contracts.models import BankDetails, CallBack, Supplier, SupplierContact
from contracts.selectors import asked
from contracts.selectors.records import account_of
from contracts.services import booking
from contracts.services.suppliers import locked_supplier
from contracts.subjects import supplier_subject
from office.approvals import api as approvals
from office.approvals.models import Run
from office.audit import api as audit
from office.errors import Conflict, Invalid
from office.rulebook import api as rulebook
from office.rulebook.allowed import clause_of, require, words, wrong
from office.staff.models import Employee
from office.subjects import Subject

KIND, KEEP, KNOWN = "contracts.bank_details", "contracts.suppliers", "contracts.call_back"
#: A call that was made longer ago is made again.
FRESH = timedelta(days=7)
_ACCOUNT = re.compile(r"[0-9]{8,30}")


@dataclass(frozen=True, slots=True)
class Call:
    """Whom the person reached at the contact's number, when, and whether the account is really theirs."""

    contact_id: int
    called_at: datetime
    spoke_with: str
    confirmed: bool
    note: str = ""


@transaction.atomic
def ask_bank_details(
    *,
    supplier_id: int,
    holder: str,
    bank: str,
    account: str,
    call: Call,
    by: Employee,
    now: datetime,
) -> Run | None:
    """Writes the call down and asks for the account to be agreed to. None when the supplier denied it: nothing is asked
    then, and the attempt is an incident that the trail keeps.

    Raises Forbidden, NotFound, Invalid, Conflict (`same`, `running`).
    """
    clause = require(by, KEEP, now)
    supplier = locked_supplier(supplier_id)
    account = re.sub(r"[\s-]", "", account)
    if not _ACCOUNT.fullmatch(account):
        raise wrong("account", _("An account number has 8 to 30 digits."))
    said = {
        "holder": words(holder, path="holder", longest=120, missing=_("Give the account’s holder.")),
        "bank": words(bank, path="bank", longest=120, missing=_("Give the bank and its branch.")),
    }
    current = account_of(supplier, now)
    if current is not None and (current.holder, current.bank, current.account) == (*said.values(), account):
        raise Conflict(_("This is the account we have already."), code="same", clause=clause)
    made = _called(supplier, call, account, first=current is None, by=by, now=now)
    if not made.confirmed:
        audit.incident(
            "bank_details",
            subject=supplier_subject(supplier),
            now=now,
            by=by,
            detail="The supplier denied an account that somebody had given in its name",
            clause=clause,
        )
        return None
    payload = {"supplier": supplier.pk, **said, "account": account, "call_back": made.pk}
    payload["evidence"] = {"call_back": made.pk}
    subject = supplier_subject(supplier)
    again = Run.objects.filter(
        kind=KIND, subject_type=subject.type, subject_id=subject.id, requester=by, state=Run.State.RETURNED
    ).first()
    if again is not None:
        return approvals.resubmit(run_id=again.pk, payload=payload, by=by, now=now)
    return approvals.submit(kind=KIND, subject=subject, payload=payload, by=by, now=now)


def _called(
    supplier: Supplier, call: Call, account: str, *, first: bool, by: Employee, now: datetime
) -> CallBack:
    contact = SupplierContact.objects.filter(pk=call.contact_id, supplier=supplier, active=True).first()
    if contact is None or not contact.phone:
        raise wrong("contact", _("Choose somebody on file who has a phone number."), code="choice")
    known = rulebook.limit_rule(KNOWN, at=now)
    if not first and contact.phone_since > now - timedelta(days=known.count):
        raise wrong(
            "contact",
            _("This number is on file for less than %(n)d days. Call one that we have known for longer.")
            % {"n": known.count},
            code="new_number",
            clause=known.clause,
        )
    if not now - FRESH <= call.called_at <= now:
        raise wrong("called_at", _("Within the last seven days, and not in the future."), code="hour")
    made = CallBack.objects.create(
        supplier=supplier,
        contact=contact,
        phone=contact.phone,
        account=account,
        called_at=call.called_at,
        spoke_with=words(
            call.spoke_with, path="spoke_with", longest=60, missing=_("Say whom you spoke with.")
        ),
        confirmed=call.confirmed,
        note=words(call.note, path="note", longest=300),
        by=by,
        at=now,
    )
    audit.record(
        "contracts.call_back",
        subject=supplier_subject(supplier),
        by=by,
        now=now,
        clause=clause_of(KNOWN, now),
        data={"call_back": made.pk, "contact": contact.pk, "confirmed": made.confirmed, "tail": account[-4:]},
    )
    return made


def check(payload: Mapping[str, Any]) -> None:
    """Raises Invalid."""
    if not CallBack.objects.filter(
        pk=int(payload["call_back"]),
        supplier_id=int(payload["supplier"]),
        account=payload["account"],
        confirmed=True,
    ).exists():
        raise Invalid(_("The supplier has not confirmed this account in a call."), code="not_confirmed")


def carry_out(*, run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    """The chain has agreed; part of executing. Requests for payments to the account of before become void: whoever
    agreed to them read another account."""
    runs = list(asked.on_their_way(payload["supplier"]))
    waiting = [Subject(each.subject_type, each.subject_id, each.label) for each in runs]
    for subject in waiting:
        approvals.hold(subject)
    booking.lock_account(payload["supplier"])
    supplier = locked_supplier(payload["supplier"])
    details = BankDetails.objects.create(
        supplier=supplier,
        holder=payload["holder"],
        bank=payload["bank"],
        account=payload["account"],
        call_back_id=payload["call_back"],
        run=run,
        at=now,
    )
    audit.record(
        "contracts.bank_details",
        subject=supplier_subject(supplier),
        by=by,
        now=now,
        clause=run.clause,
        data={"details": details.pk, "tail": details.tail, "run": run.pk},
    )
    for subject in waiting:
        approvals.subject_changed(subject=subject, by=by, now=now)
