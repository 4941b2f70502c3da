"""The month's score of each supplier, and the review that a fall opens (P0). Nobody is dropped by a figure: a person
decides, with a reason."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from contracts.models import Supplier, SupplierReview, SupplierScore
from contracts.rules import score as rules
from contracts.rules.schedule import month_after, month_of
from contracts.selectors import scores as selectors
from contracts.services import booking
from contracts.subjects import supplier_subject
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, NotFound
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.allowed import people_with, require, words, wrong
from office.staff.models import Employee

ROUND, SCORE, CLOCK = "contracts.score_round", "contracts.score", "contracts.review"


@transaction.atomic
def score_month(*, now: datetime) -> int:
    """The scores of the month before the last run of the schedule, if they are not there yet; how many are new.

    Called every few minutes by beat; of many at once one works (advisory lock).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('contracts.score'))")
        if not cursor.fetchone()[0]:
            return 0
    if not rulebook.has_rule(ROUND, now):
        return 0
    month = month_after(
        month_of(booking.day_of(rulebook.latest_run(rulebook.schedule_rule(ROUND, now), now))), -1
    )
    waiting = Supplier.objects.filter(active=True).exclude(scores__month=month).order_by("pk")
    suppliers = list(waiting)
    if not suppliers:
        return 0
    rule = rulebook.parameter_rule(SCORE, at=now)
    facts = selectors.facts_of(suppliers, month_after(month, 1 - rule.integer("months")), month_after(month))
    before = selectors.last_scores(suppliers, month)
    for supplier in suppliers:
        _score(supplier, month, facts[supplier.pk], before.get(supplier.pk), rule, now)
    return len(suppliers)


def _score(
    supplier: Supplier,
    month: date,
    facts: rules.Facts,
    before: SupplierScore | None,
    rule: rulebook.ParameterRule,
    now: datetime,
) -> None:
    figures = rules.score(facts)
    found = SupplierScore.objects.create(
        supplier=supplier,
        month=month,
        facts={name: getattr(facts, name) for name in facts.__dataclass_fields__},
        at=now,
        **figures,
    )
    fallen = rules.fallen(
        selectors.figures_of(before),
        figures,
        fall=Decimal(rule.integer("fall")),
        floor=Decimal(rule.integer("floor")),
    )
    if fallen and not SupplierReview.objects.filter(supplier=supplier, decided_at=None).exists():
        _open_review(found, fallen, rule.clause, now)


def _open_review(found: SupplierScore, fallen: list[str], clause: str, now: datetime) -> None:
    supplier = found.supplier
    review = SupplierReview.objects.create(
        supplier=supplier, score=found, conditions=fallen, clause=clause, opened_at=now, due_at=now
    )
    review.due_at = deadlines.open(CLOCK, subject=review.subject, started_at=now, now=now).due_at
    review.save(update_fields=["due_at"])
    data = {"review": review.pk, "conditions": fallen, "month": found.month.isoformat()}
    for subject in (review.subject, supplier_subject(supplier)):
        audit.record("contracts.open_review", subject=subject, by=None, now=now, clause=clause, data=data)
    notices.notify(
        "contracts.review_opened",
        people_with(booking.SETTLE, now),
        source="supplier_review",
        source_id=review.pk,
        subject=review.subject,
        now=now,
        clause=clause,
        params={"supplier": supplier.name, "due_at": review.due_at.isoformat()},
    )


@transaction.atomic
def decide(*, review_id: int, decision: str, reason: str, by: Employee, now: datetime) -> SupplierReview:
    """What follows from the review, in somebody's words. Raises NotFound, Forbidden, Invalid, Conflict (`decided`)."""
    clause = require(by, booking.SETTLE, now)
    review = SupplierReview.objects.select_for_update().filter(pk=review_id).first()
    if review is None:
        raise NotFound(_("There is no such review."))
    if decision not in SupplierReview.Decision.values:
        raise wrong("decision", _("Choose what follows from the review."), code="choice", clause=clause)
    said = words(reason, path="reason", longest=2000, missing=_("Say why."))
    if review.decided_at is not None:
        raise Conflict(_("This review is decided already."), code="decided", clause=clause)
    review.decision, review.reason, review.decided_by, review.decided_at = decision, said, by, now
    review.save(update_fields=["decision", "reason", "decided_by", "decided_at"])
    deadlines.meet(CLOCK, subject=review.subject, at=now)
    data = {"review": review.pk, "decision": decision}
    for subject in (review.subject, supplier_subject(review.supplier)):
        audit.record(
            "contracts.decide_review", subject=subject, by=by, now=now, clause=review.clause, data=data
        )
    return review
