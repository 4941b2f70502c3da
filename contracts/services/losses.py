"""Loss claims: what a delay (P1.5) or wrong material (P3.4) cost, line by line with its papers. All of it is the
supplier's; the money side sets it off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contracts.models import LossAnswer, LossClaim, LossLine, PurchaseOrder, SetOff, SupplierContact
from contracts.order_subjects import order_subject
from contracts.services import setoffs
from contracts.services.ending import late_by_supplier
from contracts.services.saying import lock_order
from contracts.services.sides import ORDER, either, next_number, ours
from office.audit import api as audit
from office.errors import Conflict
from office.notices import api as notices
from office.rulebook.allowed import unless, words, wrong
from office.subjects import Subject

if TYPE_CHECKING:
    from office.files.models import StoredFile
    from office.staff.models import Employee

VERBS = {
    "contracts.loss_claimed": _("Loss claimed from the supplier"),
    "contracts.loss_answered": _("Loss claim answered by the supplier"),
}
CLAUSES = {
    "P1.5": _("delay"),
    "P3.4": _("composition of the material"),
    "P3.1": _("hidden or other material"),
}
CENT, DEAREST, MOST_LINES = Decimal("0.01"), Decimal("9999999.99"), 50


@dataclass(frozen=True, slots=True)
class Loss:
    """`kind` direct or indirect; `amount` in CNY."""

    kind: str
    what: str
    amount: Decimal
    file: StoredFile | None = None


@transaction.atomic
def claim_loss(
    *, order_id: int, clause: str, text: str, losses: Sequence[Loss], by: Employee, now: datetime
) -> LossClaim:
    """Raises Forbidden, NotFound, Conflict (`state`, `not_late`), Invalid."""
    ours(by, ORDER, now)
    order = lock_order(order_id)
    if order.accepted_at is None:
        raise Conflict(
            _("The supplier has not taken this order on: nothing is claimed from it."),
            code="state",
            clause="P1.5",
        )
    if clause not in CLAUSES:
        raise wrong("clause", _("Say what the claim rests on."))
    if clause == "P1.5" and not late_by_supplier(order, now) and order.state != PurchaseOrder.State.CANCELLED:
        raise Conflict(
            _("No line is late by the supplier’s fault. Judge the delay first."),
            code="not_late",
            clause="P1.5",
        )
    text = words(text, path="text", longest=1000, missing=_("Say what happened."))
    if not losses or len(losses) > MOST_LINES:
        raise wrong("losses", _("Name one to %(n)d losses.") % {"n": MOST_LINES}, code="required")
    pk, number = next_number("contracts_lossclaim", "LC", now)
    made: LossClaim = LossClaim.objects.create(
        pk=pk, number=number, order=order, clause=clause, text=text, by=by, at=now
    )
    LossLine.objects.bulk_create(_line(made, n, loss) for n, loss in enumerate(losses, 1))
    audit.record(
        "contracts.loss_claimed", subject=order_subject(order), by=by, now=now, clause=clause,
        data={"claim": number, "lines": len(losses), "amount": str(sum(loss.amount for loss in losses))},
    )  # fmt: skip
    setoffs.claim(
        supplier=order.supplier,
        order=order,
        kind=SetOff.Kind.LATE if clause == "P1.5" else SetOff.Kind.MATERIAL,
        amount=sum((loss.amount for loss in losses), Decimal(0)),
        paper=Subject("loss_claim", str(made.pk), number),
        clause=clause,
        text=text[:500],
        by=by,
        now=now,
    )
    return made


@transaction.atomic
def answer(
    *, claim: LossClaim, word: str, text: str, contact: SupplierContact, by: None = None, now: datetime
) -> LossAnswer:
    """The supplier's word to the claim, once; nobody of ours (`by`) says it for him. What it objects to is talked over;
    the claim stands until somebody takes it back. Raises NotFound, Conflict (`answered`), Invalid."""
    order = lock_order(claim.order_id)
    side = either(by=by, contact=contact, supplier_id=order.supplier_id, key=ORDER, now=now)
    if word not in LossAnswer.Word.values:
        raise wrong("word", _("Say whether you bear it or object."), clause=claim.clause)
    objects = word == LossAnswer.Word.OBJECT
    text = words(text, path="text", longest=1000, missing=_("Say what you object to.") if objects else "")

    def told() -> Conflict:
        return Conflict(_("This claim has been answered already."), code="answered", clause=claim.clause)

    with unless("claim_id", told):
        made: LossAnswer = LossAnswer.objects.create(
            claim=claim, word=word, text=text, contact=contact, at=now
        )
    audit.record(
        "contracts.loss_answered", subject=order_subject(order), by=side.actor, now=now, clause=claim.clause,
        data={"claim": claim.number, "word": word},
    )  # fmt: skip
    notices.notify(
        "contracts.loss_answered", {order.buyer_id, claim.by_id}, source="loss_answered", source_id=made.pk,
        subject=order_subject(order), now=now, clause=claim.clause,
        params={"supplier": order.supplier.name, "number": claim.number},
    )  # fmt: skip
    return made


def _line(claim: LossClaim, n: int, loss: Loss) -> LossLine:
    if loss.kind not in LossLine.Kind.values:
        raise wrong("kind", _("Say whether the loss is direct or indirect."), clause="P3.4")
    if not Decimal(0) < loss.amount <= DEAREST or loss.amount != loss.amount.quantize(CENT):
        raise wrong("amount", _("An amount in yuan with at most two places."), clause="P2.1")
    what = words(loss.what, path="what", longest=200, missing=_("Say what was lost."))
    return LossLine(claim=claim, n=n, kind=loss.kind, what=what, amount=loss.amount, file=loss.file)
