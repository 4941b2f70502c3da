"""Claims of ours that are set off against what we owe, each with its paper: made, documented, taken back."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contracts.models import PurchaseOrder, SetOff, SetOffEnd, Supplier
from contracts.rules.money import FEN, MOST
from contracts.selectors import account
from contracts.selectors.losses import ANSWER
from contracts.services import booking
from contracts.services.door import news
from contracts.subjects import supplier_subject
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, NotFound
from office.files.models import StoredFile
from office.rulebook.allowed import require, unless, words, wrong
from office.staff.models import Employee
from office.subjects import Subject

Kind = SetOff.Kind


@transaction.atomic
def claim(
    *,
    supplier: Supplier,
    kind: str,
    amount: Decimal,
    paper: Subject,
    clause: str,
    text: str,
    by: Employee | None,
    now: datetime,
    order: PurchaseOrder | None = None,
    file: StoredFile | None = None,
) -> SetOff:
    """What a supplier owes us by `clause` is set off against our next payments; whoever calls has judged who may.

    `paper`: what the claim rests on, a subject with a page: an acceptance, a complaint, an order; one claim of a kind
    for each. Raises Invalid, Conflict (`claimed`).
    """
    if amount <= 0 or amount > MOST or amount != amount.quantize(FEN):
        raise wrong("amount", _("An amount in yuan, to the fen, above zero."), code="amount", clause=clause)
    said = words(text, path="text", longest=500, missing=_("Say what the claim is for."))
    with unless(
        "setoff_once_by_paper",
        lambda: Conflict(
            _("{paper} is claimed already.").format(paper=paper.label), code="claimed", clause=clause
        ),
    ):
        found = SetOff.objects.create(
            supplier=supplier,
            order=order,
            kind=kind,
            amount=amount,
            counts=kind != Kind.ADVANCE,
            text=said,
            paper_type=paper.type,
            paper_id=paper.id,
            paper_label=paper.label[:120],
            file=file,
            authority_clause=clause,
            by=by,
            at=now,
            on=booking.day_of(now),
        )
    record_claim(found=found, clause=clause, by=by, now=now)
    return found


def record_claim(*, found: SetOff, clause: str, by: Employee | None, now: datetime) -> None:
    """The entries of the trail: of the claim, of the supplier and of the paper; and the supplier is told."""
    data = {"set_off": found.pk, "kind": found.kind, "amount": str(found.amount)}
    for subject in (found.subject, supplier_subject(found.supplier), found.paper):
        audit.record("contracts.claim", subject=subject, by=by, now=now, clause=clause, data=data)
    news.claimed(claim=found, by=by, now=now, clause=clause)


@transaction.atomic
def take_back(*, set_off_id: int, reason: str, by: Employee, now: datetime) -> SetOffEnd:
    """What is left of a claim is owed again; by somebody else than who made it. Raises NotFound, Forbidden, Invalid,
    Conflict (`nothing_left`)."""
    clause = require(by, booking.SETTLE, now)
    found = access(set_off_id)
    said = words(reason, path="reason", longest=500, missing=_("Say why the claim is taken back."))
    if found.by_id == by.pk:
        raise Forbidden(
            _("Nobody takes back his own claim. Somebody else who settles with suppliers does it."),
            code="own_claim",
            clause=clause,
        )
    booking.lock_account(found.supplier_id)
    left = account.set_off_left([found])[found.pk]
    if left <= 0:
        raise Conflict(_("Nothing is left of this claim."), code="nothing_left", clause=clause)
    end = SetOffEnd.objects.create(
        set_off=found, amount=left, reason=said, by=by, at=now, on=booking.day_of(now)
    )
    if end.amount == found.amount:  # nothing of it stands: nobody waits for an answer to it
        deadlines.cancel(ANSWER, subject=found.paper, at=now)
    data = {"set_off": found.pk, "amount": str(left)}
    for subject in (found.subject, supplier_subject(found.supplier), found.paper):
        audit.record("contracts.take_back_claim", subject=subject, by=by, now=now, clause=clause, data=data)
    news.taken_back(end=end, by=by, now=now, clause=clause)
    return end


def access(set_off_id: int) -> SetOff:
    """Raises NotFound."""
    found: SetOff | None = SetOff.objects.select_related("supplier", "order").filter(pk=set_off_id).first()
    if found is None:
        raise NotFound(_("There is no such claim."))
    return found
