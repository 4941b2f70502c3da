"""Loss claims and how far the supplier's answer is (P1.5, P3.4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import CharField, Exists, F, OuterRef, QuerySet
from django.db.models.functions import Cast

from contracts.models import LossAnswer, LossClaim, LossDecision, SetOffEnd
from contracts.rules.money import ZERO
from office.deadlines.models import Deadline
from office.rulebook.calendar import ZONE

ANSWER = "contracts.loss_answer"
#: Of a claim: nothing of it was set off, and it is owed again.
TAKEN_BACK = Exists(
    SetOffEnd.objects.filter(
        set_off__paper_type="loss_claim",
        set_off__paper_id=Cast(OuterRef("pk"), CharField()),
        amount=F("set_off__amount"),
    )
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim with its sum and the clock of the supplier's answer; one made before there was a clock has none."""

    claim: LossClaim
    amount: Decimal
    answer: LossAnswer | None
    decision: LossDecision | None
    due_at: datetime | None
    started_at: datetime | None
    silent: bool
    #: Wholly, before any of it was set off.
    taken_back: bool

    @property
    def last_day(self) -> date | None:
        """The last day to answer, in Shanghai."""
        return (self.due_at - timedelta(microseconds=1)).astimezone(ZONE).date() if self.due_at else None

    @property
    def open(self) -> bool:
        """Whether the supplier may still answer."""
        return self.answer is None and self.decision is None and not self.taken_back

    @property
    def to_decide(self) -> bool:
        """Objected to, or not answered in time, and nobody has said what follows."""
        objects = self.answer is not None and self.answer.word == LossAnswer.Word.OBJECT
        return self.decision is None and not self.taken_back and (objects or self.silent)


def claimed(rows: QuerySet[LossClaim], now: datetime) -> list[Claimed]:
    """Newest first; four statements."""
    found = list(
        rows.annotate(taken_back=TAKEN_BACK)
        .select_related("order__supplier", "answer__contact", "decision__by")
        .prefetch_related("lines__file")
        .order_by("-pk")
    )
    known = clocks(each.pk for each in found)
    return [_claimed(each, known.get(each.pk), now) for each in found]


def one(claim: LossClaim, now: datetime) -> Claimed:
    return claimed(LossClaim.objects.filter(pk=claim.pk), now)[0]


def clocks(ids: Iterable[int]) -> dict[int, Deadline]:
    """claim → the clock of its answer, running or over."""
    rows = Deadline.objects.filter(
        rule=ANSWER, subject_type="loss_claim", subject_id__in=[str(pk) for pk in ids]
    )
    return {int(each.subject_id): each for each in rows.order_by("pk")}


def _claimed(claim: LossClaim, clock: Deadline | None, now: datetime) -> Claimed:
    answer, decision = getattr(claim, "answer", None), getattr(claim, "decision", None)
    amount = sum((row.amount for row in claim.lines.all()), ZERO)
    due, since = (clock.due_at, clock.started_at) if clock else (None, None)
    silent = answer is None and (due is None or due <= now)
    return Claimed(claim, amount, answer, decision, due, since, silent, claim.taken_back)  # type: ignore[attr-defined]


def to_decide(now: datetime) -> QuerySet[LossClaim]:
    """Claims that the supplier objects to or did not answer in time, and nobody has decided about."""
    objected = LossAnswer.objects.filter(claim=OuterRef("pk"), word=LossAnswer.Word.OBJECT)
    over = Deadline.objects.filter(
        rule=ANSWER, subject_type="loss_claim", state=Deadline.State.OPEN, due_at__lte=now
    )
    late = [int(key) for key in over.values_list("subject_id", flat=True)]
    rows = LossClaim.objects.filter(~TAKEN_BACK, decision=None)
    return rows.filter(Exists(objected)) | rows.filter(answer=None, pk__in=late)
