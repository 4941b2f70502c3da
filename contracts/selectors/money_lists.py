"""Claims of ours and breaches of all suppliers, as their lists show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import CharField, DecimalField, Exists, F, Func, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast

from contracts.models import Payable, SetOff, Violation
from contracts.rules.days import today
from contracts.rules.money import ZERO
from contracts.rules.schedule import month_of
from contracts.selectors.money_pages import PAGE
from office.approvals.models import Run
from office.subjects import subject_said, subject_url

PENALTY_RUN = "contracts.commission"
Kind = Violation.Kind

#: What a reader must be allowed to see to follow a claim to its paper, by the paper's type.
PAPER_OPENS = {
    "acceptance": "contracts.view",
    "loss_claim": "contracts.view",
    "recount": "contracts.view",
    "arrival_line": "contracts.view",
    "payable_void": "contracts.money",
    "purchase_order": "contracts.view",
    "complaint": "contracts.complaints",
    "credit_note": "contracts.money",
    "violation": "contracts.money",
}


def paper_of(claim: SetOff, permissions: frozenset[str]) -> tuple[str, str]:
    """The paper behind a claim as people say it, and its page; "" for who may not open it."""
    may = PAPER_OPENS.get(claim.paper_type, "") in permissions
    return (
        subject_said(claim.paper_type, claim.paper_label),
        subject_url(claim.paper_type, claim.paper_id) if may else "",
    )


@dataclass(frozen=True, slots=True)
class ClaimLine:
    claim: SetOff
    left: Decimal
    paper: str
    paper_url: str


class _Left(Func):
    """What of a claim is neither used nor taken back: as the database judges it."""

    function = "contracts_setoff_left"
    output_field: DecimalField[Decimal, Decimal] = DecimalField(max_digits=12, decimal_places=2)


def claims(
    *, open_only: bool, supplier_id: int | None, before: int | None, permissions: frozenset[str]
) -> tuple[list[ClaimLine], int | None]:
    """Newest first, and the key before which the next page begins; two statements."""
    found: QuerySet[SetOff] = SetOff.objects.select_related("supplier", "run", "credit_note", "end")
    found = found.annotate(left=_Left(F("pk")))
    if open_only:
        found = found.filter(left__gt=ZERO)
    if supplier_id is not None:
        found = found.filter(supplier=supplier_id)
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.order_by("-pk")[: PAGE + 1])
    lines = [ClaimLine(each, each.left, *paper_of(each, permissions)) for each in rows[:PAGE]]
    return lines, rows[PAGE - 1].pk if len(rows) > PAGE else None


@dataclass(frozen=True, slots=True)
class BreachLine:
    """`penalty`: what was claimed for it. `waits`: what may be asked for now: "release", "penalty", or ""."""

    breach: Violation
    penalty: Decimal | None
    waits: str


def breaches(*, before: int | None, at: datetime) -> tuple[list[BreachLine], int | None]:
    """Newest first, and the key before which the next page begins; two statements."""
    claimed = SetOff.objects.filter(
        kind=SetOff.Kind.PENALTY, paper_type="violation", paper_id=Cast(OuterRef("pk"), CharField())
    )
    found: QuerySet[Violation] = Violation.objects.select_related("supplier", "by", "freeze__release")
    found = found.annotate(penalty=Subquery(claimed.values("amount")[:1]))
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.order_by("-pk")[: PAGE + 1])
    to_claim = set(unclaimed(at).filter(pk__in=[each.pk for each in rows]).values_list("pk", flat=True))
    lines = [BreachLine(each, each.penalty, _waits(each, to_claim)) for each in rows[:PAGE]]
    return lines, rows[PAGE - 1].pk if len(rows) > PAGE else None


def _waits(breach: Violation, to_claim: set[int]) -> str:
    freeze = getattr(breach, "freeze", None)
    if freeze is not None and not hasattr(freeze, "release"):
        return "release"
    return "penalty" if breach.pk in to_claim else ""


def unclaimed(at: datetime) -> QuerySet[Violation]:
    """Commissions (P2.3) whose month is over, in which something fell due, and about whose penalty nobody was asked: a
    request that was refused is an answer, too."""
    asked = Run.objects.filter(kind=PENALTY_RUN, subject_id=Cast(OuterRef("pk"), CharField()))
    due = Payable.objects.filter(
        supplier=OuterRef("supplier"),
        amount__gt=0,
        due_on__year=OuterRef("happened_on__year"),
        due_on__month=OuterRef("happened_on__month"),
    )
    return Violation.objects.filter(
        ~Exists(asked), Exists(due), kind=Kind.COMMISSION, happened_on__lt=month_of(today(at))
    )
