"""Liability decided by a person, the supplier's answer, the charge in its statement, the customer's last word."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contracts import sales
from contracts.models import (
    Complaint,
    ComplaintAnswer,
    ComplaintCharge,
    ComplaintDecision,
    ComplaintWord,
    SetOff,
    SupplierContact,
)
from contracts.models.complaints import Liable
from contracts.rules import liability, money
from contracts.selectors import complaints as selectors
from contracts.services import setoffs
from contracts.services.complaints.filing import (
    ANSWER,
    DECIDE,
    LONGEST,
    PERMISSION,
    State,
    locked,
    moved,
    refuse_personal,
)
from contracts.services.sides import Side
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, NotFound
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.allowed import clause_of, people_with, require, words, wrong
from office.staff.models import Employee

SETTLE = "contracts.settle"
CLAUSE, CLOSED_BY = "contracts.liability", "contracts.complaint_closed_by"


@transaction.atomic
def decide(
    *,
    complaint_id: int,
    liable: str,
    cost: Decimal,
    reason: str,
    by: Employee,
    now: datetime,
    percent: int | None = None,
    seen: int | None = None,
) -> ComplaintDecision:
    """Who is liable, and for how much. Against the written table it says why; after the supplier's objection it says
    what has been weighed. Who filed it does not decide it. `percent`: the supplier's part where both are liable, the
    book's when it is None. Raises Forbidden, NotFound, Conflict, Invalid."""
    clause = require(by, SETTLE, now)  # who answers for purchasing, not who spoke with the customer
    complaint = locked(complaint_id, seen)
    answer = selectors.newest_answer(complaint)
    if complaint.state != State.FILED and not (
        complaint.state == State.ANSWERED
        and answer is not None
        and answer.word == ComplaintAnswer.Word.OBJECT
    ):
        raise Conflict(_("This complaint does not wait for a decision."), code="state")
    if complaint.created_by_id == by.pk:
        raise Forbidden(_("Who filed a complaint does not decide it."), clause=clause, code="own")
    if liable not in Liable.values:
        raise wrong("liable", _("Say who is liable."))
    share = _share(liable, percent, now)
    if cost < 0 or cost > money.MOST or cost != money.rounded(cost):
        raise wrong("cost", _("An amount in yuan with at most two decimals."))
    why = words(reason, path="reason", longest=LONGEST)
    sale = sales.find(by, complaint.sale_id, now) if complaint.sale_id else None
    refuse_personal(why, path="reason", never=sale.never if sale else ())
    if not why and (liable != complaint.form.proposed or complaint.state == State.ANSWERED):
        raise wrong("reason", _("Say why: the table proposes something else, or the supplier has objected."))
    decision: ComplaintDecision = ComplaintDecision.objects.create(
        complaint=complaint,
        n=complaint.decisions.count() + 1,
        liable=liable,
        percent=share,
        cost=cost,
        charge=money.share(cost, Decimal(share)),
        reason=why,
        by=by,
        at=now,
    )
    moved(complaint, State.DECIDED)
    deadlines.meet(DECIDE, subject=complaint.subject, at=now)
    if liable != Liable.CARRIER and rulebook.has_rule(ANSWER, now):
        deadlines.open(ANSWER, subject=complaint.subject, started_at=now, now=now)
    _record(
        "contracts.decide_complaint",
        complaint,
        by,
        now,
        liable=liable,
        proposed=complaint.form.proposed,
        cost=str(cost),
        charge=str(decision.charge),
        percent=share,
    )
    _close_if_content(complaint, now)
    return decision


@transaction.atomic
def answer(
    *,
    complaint_id: int,
    word: str,
    text: str,
    contact: SupplierContact,
    now: datetime,
    seen: int | None = None,
) -> ComplaintAnswer:
    """The supplier's word at its door. "We bear the cost" puts it into the statement; an objection needs its reasons.
    Raises NotFound (another supplier's), Conflict, Invalid."""
    complaint = locked(complaint_id, seen)
    if complaint.supplier_id != contact.supplier_id:
        raise NotFound(_("There is no such complaint."))
    decision = selectors.newest_decision(complaint)
    if complaint.state != State.DECIDED or decision is None or decision.liable == Liable.CARRIER:
        raise Conflict(_("This complaint does not wait for your answer."), code="state")
    if word not in ComplaintAnswer.Word.values:
        raise wrong("word", _("Choose one of the answers."))
    charged = hasattr(complaint, "charge")
    if charged and word == ComplaintAnswer.Word.OBJECT:
        raise Conflict(
            _("The time to object is over: it stands in the statement. Talk with your buyer."), code="charged"
        )
    missing = _("Say why, so that it can be weighed.") if word == ComplaintAnswer.Word.OBJECT else ""
    said = words(text, path="text", longest=LONGEST, missing=missing)
    given: ComplaintAnswer = ComplaintAnswer.objects.create(
        complaint=complaint, decision=decision, word=word, text=said, contact=contact, at=now
    )
    moved(complaint, State.ANSWERED)
    deadlines.meet(ANSWER, subject=complaint.subject, at=now)
    if word == ComplaintAnswer.Word.OBJECT and rulebook.has_rule(DECIDE, now):
        deadlines.open(DECIDE, subject=complaint.subject, started_at=now, now=now)
    if word == ComplaintAnswer.Word.PAY and decision.charge > 0 and not charged:
        _charge(complaint, decision, None, now)
    _record("contracts.answer_complaint", complaint, Side(contact=contact).actor, now, word=word)
    _close_if_content(complaint, now)
    notices.notify(
        "contracts.complaint_answered",
        people_with("contracts.order", now) | {complaint.created_by_id},
        source="complaint",
        source_id=complaint.pk,
        step=decision.n,
        subject=complaint.subject,
        now=now,
        clause=clause_of(CLAUSE, now),
        params={"supplier": complaint.supplier.name},
    )
    return given


@transaction.atomic
def charge(*, complaint_id: int, by: Employee, now: datetime, seen: int | None = None) -> ComplaintCharge:
    """The decided part goes into the supplier's statement though it did not agree: it was silent past its deadline,
    or repairs and owes the rest. Not while its objection is open. Raises Forbidden, NotFound, Conflict."""
    require(by, SETTLE, now)
    complaint = locked(complaint_id, seen)
    decision = selectors.newest_decision(complaint)
    if decision is None or decision.charge <= 0 or hasattr(complaint, "charge"):
        raise Conflict(_("There is nothing to charge."), code="nothing")
    given = selectors.newest_answer(complaint)
    if complaint.state == State.DECIDED and not selectors.silent(complaint, now):
        raise Conflict(_("The supplier still has time to answer."), code="early")
    if complaint.state == State.ANSWERED and given is not None and given.word == ComplaintAnswer.Word.OBJECT:
        raise Conflict(_("The supplier objects. Decide on its objection first."), code="objection")
    made = _charge(complaint, decision, by, now)
    _close_if_content(complaint, now)
    return made


@transaction.atomic
def customer_says(
    *, complaint_id: int, accepted: bool, text: str, by: Employee, now: datetime, seen: int | None = None
) -> ComplaintWord:
    """Only the customer's yes closes a complaint (P3.5), at once or when the supplier has had its say; his no is on
    record and it goes on. The newest word counts. Raises Forbidden, NotFound, Conflict, Invalid."""
    require(by, PERMISSION, now)
    complaint = locked(complaint_id, seen)
    if complaint.state not in (State.DECIDED, State.ANSWERED):
        raise Conflict(_("Nothing has been decided that the customer could accept."), code="state")
    missing = "" if accepted else _("Say what the customer is not content with.")
    said = words(text, path="text", longest=LONGEST, missing=missing)
    refuse_personal(said, path="text", never=())
    word: ComplaintWord = ComplaintWord.objects.create(
        complaint=complaint, accepted=accepted, text=said, by=by, at=now
    )
    audit.record(
        "contracts.customer_word",
        subject=complaint.subject,
        by=by,
        now=now,
        clause=clause_of(CLOSED_BY, now),
        data={"accepted": accepted},
    )
    complaint.version += 1
    complaint.save(update_fields=["version"])
    _close_if_content(complaint, now)
    return word


def _close_if_content(complaint: Complaint, now: datetime) -> None:
    """The customer has said yes, and nothing of the supplier is outstanding: no answer in time, no objection."""
    word = complaint.words.order_by("-pk").first()
    decision = selectors.newest_decision(complaint)
    if word is None or not word.accepted or decision is None:
        return
    given = getattr(decision, "answer", None)
    heard = (
        decision.liable == Liable.CARRIER
        or (given is not None and given.word != ComplaintAnswer.Word.OBJECT)
        or selectors.silent(complaint, now)
    )
    if heard:
        moved(complaint, State.CLOSED)
        deadlines.cancel(None, subject=complaint.subject, at=now)
        audit.record(
            "contracts.close_complaint",
            subject=complaint.subject,
            by=None,
            now=now,
            clause=clause_of(CLOSED_BY, now),
            data={"word": word.pk},
        )


def _charge(
    complaint: Complaint, decision: ComplaintDecision, by: Employee | None, now: datetime
) -> ComplaintCharge:
    claim = setoffs.claim(
        supplier=complaint.supplier,
        kind=SetOff.Kind.COMPLAINT,
        amount=decision.charge,
        paper=complaint.subject,
        clause=clause_of(CLAUSE, now),
        text=f"{complaint.number} {complaint.form.goods}"[:500],
        by=by,
        now=now,
        order=complaint.line.order if complaint.line else None,
    )
    made: ComplaintCharge = ComplaintCharge.objects.create(
        complaint=complaint,
        decision=decision,
        amount=decision.charge,
        claim=str(claim.pk),
        by=by,
        at=now,
    )
    _record("contracts.charge_complaint", complaint, by, now, amount=str(decision.charge))
    return made


def _share(liable: str, percent: int | None, now: datetime) -> int:
    both = rulebook.parameter_rule("contracts.liability_places", at=now).integer("both_percent")
    share = liability.percent_of(liable, both if percent is None else percent)
    if liable == Liable.BOTH and not 0 < share < 100:
        raise wrong("percent", _("Between 1 and 99 percent."))
    return share


def _record(verb: str, complaint: Complaint, by: Any, now: datetime, **data: object) -> None:
    audit.record(verb, subject=complaint.subject, by=by, now=now, clause=clause_of(CLAUSE, now), data=data)
