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

from contracts.models import (
    LossAnswer,
    LossClaim,
    LossDecision,
    LossLine,
    OrderEnd,
    PurchaseOrder,
    SetOff,
    SupplierContact,
)
from contracts.order_subjects import loss_subject, order_subject
from contracts.selectors import losses as selectors
from contracts.selectors.losses import ANSWER
from contracts.services import booking, setoffs
from contracts.services.ending import late_by_supplier
from contracts.services.saying import lock_order
from contracts.services.sides import ORDER, either, next_number, ours
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, NotFound
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.allowed import require, unless, words, wrong

if TYPE_CHECKING:
    from office.deadlines.models import Deadline
    from office.files.models import StoredFile
    from office.staff.models import Employee

VERBS = {
    "contracts.loss_claimed": _("Loss claimed from the supplier"),
    "contracts.loss_answered": _("Loss claim answered by the supplier"),
    "contracts.loss_unanswered": _("Loss claim not answered in time"),
    "contracts.loss_stands": _("Loss claim stands"),
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
    """The supplier has the book's time to answer. Raises Forbidden, NotFound, Conflict (`state`, `not_late`),
    Invalid."""
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
    if clause == "P1.5" and not late_by_supplier(order, now) and not _ended_as_late(order):
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
        paper=loss_subject(made),
        clause=clause,
        text=text[:500],
        by=by,
        now=now,
    )
    if rulebook.has_rule(ANSWER, now):  # an older book gives no time
        deadlines.open(
            ANSWER, subject=loss_subject(made), started_at=now, now=now, holder_id=order.buyer_id,
            targets={"buyer": "holder"},
        )  # fmt: skip
    return made


@transaction.atomic
def answer(
    *, claim: LossClaim, word: str, text: str, contact: SupplierContact, by: None = None, now: datetime
) -> LossAnswer:
    """The supplier's word to the claim, once; nobody of ours (`by`) says it for him. Late is better than never, until
    we have decided. Raises NotFound, Conflict (`answered`, `decided`, `taken_back`), Invalid."""
    order = lock_order(claim.order_id)
    side = either(by=by, contact=contact, supplier_id=order.supplier_id, key=ORDER, now=now)
    if LossDecision.objects.filter(claim=claim).exists():
        raise Conflict(
            _("This claim has been decided: it stands. Talk with your buyer."),
            code="decided",
            clause=claim.clause,
        )
    if selectors.one(claim, now).taken_back:
        raise _taken_back(claim)
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
    deadlines.meet(ANSWER, subject=loss_subject(claim), at=now)
    notices.notify(
        "contracts.loss_answered", {order.buyer_id, claim.by_id}, source="loss_answered", source_id=made.pk,
        subject=order_subject(order), now=now, clause=claim.clause,
        params={"supplier": order.supplier.name, "number": claim.number},
    )  # fmt: skip
    return made


def on_silence(deadline: Deadline, now: datetime) -> None:
    """The sweep tells that the time of the answer is over."""
    claim = LossClaim.objects.select_related("order").filter(pk=int(deadline.subject_id)).first()
    if claim is None:
        raise NotFound(_("There is no such claim."))
    note_silence(claim=claim, due_at=deadline.due_at, clause=deadline.clause, now=now)


def note_silence(*, claim: LossClaim, due_at: datetime, clause: str, now: datetime) -> None:
    """On record as unanswered: from now on the buyer may decide."""
    audit.record(
        "contracts.loss_unanswered", subject=order_subject(claim.order), by=None, now=now, clause=clause,
        data={"claim": claim.number, "due_at": due_at.isoformat()},
    )  # fmt: skip


@transaction.atomic
def let_stand(*, order_id: int, claim_id: int, reason: str, by: Employee, now: datetime) -> LossDecision:
    """The supplier objects, or has not answered in time: the claim stands all the same, and why. Raises Forbidden,
    NotFound, Conflict (`decided`, `taken_back`, `borne`, `early`), Invalid."""
    require(by, booking.SETTLE, now)
    order = lock_order(order_id)
    claim = LossClaim.objects.filter(pk=claim_id, order=order).first()
    if claim is None:
        raise NotFound(_("There is no such claim."))
    reason = words(reason, path="reason", longest=1000, missing=_("Say why it stands."))
    found = selectors.one(claim, now)
    if found.decision is not None:
        raise Conflict(_("It is decided already."), code="decided", clause=claim.clause)
    if found.taken_back:
        raise _taken_back(claim)
    if not found.to_decide:
        borne = found.answer is not None
        raise Conflict(
            _("The supplier bears it: nothing is left to decide.")
            if borne
            else _("The supplier still has time to answer."),
            code="borne" if borne else "early",
            clause=claim.clause,
        )
    made: LossDecision = LossDecision.objects.create(
        claim=claim, unanswered=found.answer is None, reason=reason, by=by, at=now
    )
    deadlines.cancel(ANSWER, subject=loss_subject(claim), at=now)
    audit.record(
        "contracts.loss_stands", subject=order_subject(order), by=by, now=now, clause=claim.clause,
        data={"claim": claim.number, "unanswered": made.unanswered},
    )  # fmt: skip
    return made


def _ended_as_late(order: PurchaseOrder) -> bool:
    """Whether the chain agreed that the supplier was late: what it cost is claimed after the end, too."""
    return OrderEnd.objects.filter(order=order, ground=OrderEnd.Ground.LATE).exists()


def _taken_back(claim: LossClaim) -> Conflict:
    return Conflict(_("This claim has been taken back."), code="taken_back", clause=claim.clause)


def _line(claim: LossClaim, n: int, loss: Loss) -> LossLine:
    if loss.kind not in LossLine.Kind.values:
        raise wrong("kind", _("Say whether the loss is direct or indirect."), clause="P3.4")
    if not Decimal(0) < loss.amount <= DEAREST or loss.amount != loss.amount.quantize(CENT):
        raise wrong("amount", _("An amount in yuan with at most two places."), clause="P2.1")
    what = words(loss.what, path="what", longest=200, missing=_("Say what was lost."))
    return LossLine(claim=claim, n=n, kind=loss.kind, what=what, amount=loss.amount, file=loss.file)
