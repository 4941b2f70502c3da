"""Reading careers: who is on probation, what became of posts, key figures, reviews; and who may see whose."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from attendance.models import KpiTable, PostChange, Probation, Review, ReviewScore
from attendance.services.candidates import MANAGE
from attendance.services.scoring import REVIEW
from office.approvals import api as approvals
from office.approvals.models import Run
from office.deadlines.models import Deadline
from office.errors import NotFound
from office.rulebook import api as rulebook
from office.staff.models import Employee
from office.subjects import Subject

PAGE = 50


@dataclass(frozen=True, slots=True)
class OnProbation:
    """One person on probation, with the clock of the confirmation and a request that is on its way."""

    probation: Probation
    clock: Deadline | None


def probations(*, person: Employee | None = None) -> list[OnProbation]:
    """Running ones, by their end; of one person, or of everybody. Two queries."""
    rows = Probation.objects.filter(state="running").select_related("employee")
    if person is not None:
        rows = rows.filter(employee=person)
    found = list(rows.order_by("ends_on", "pk")[:200])
    clocks = {
        clock.subject_id: clock
        for clock in Deadline.objects.filter(
            subject_type="probation", subject_id__in=[str(each.pk) for each in found], state="open"
        )
    }
    return [OnProbation(each, clocks.get(str(each.pk))) for each in found]


def changes(*, person: Employee | None = None, before: int | None = None) -> list[PostChange]:
    """What was carried out, the last first: one page and one more."""
    rows = PostChange.objects.select_related("employee", "run")
    if person is not None:
        rows = rows.filter(employee=person)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows.order_by("-pk")[: PAGE + 1])


def access_person(pk: int) -> Employee:
    """Somebody who is here. Raises NotFound."""
    found = Employee.objects.filter(pk=pk, is_active=True).first()
    if found is None:
        raise NotFound(_("There is no such person."))
    return found


def tables() -> list[KpiTable]:
    """Tables of key figures, the latest period first; with `opened` and `closed` reviews counted."""
    rows = KpiTable.objects.annotate(
        opened=Count("reviews", distinct=True),
        closed=Count("reviews", filter=Q(reviews__state="closed"), distinct=True),
    )
    return list(rows.order_by("-first_day", "position")[:100])


def access_table(pk: int, person: Employee, granted: Collection[str]) -> KpiTable:
    """For who holds reviews, human resources, and who is measured by it. Raises NotFound."""
    found = KpiTable.objects.filter(pk=pk).first()
    if found is None or not (
        {REVIEW, MANAGE} & set(granted) or found.reviews.filter(employee=person).exists()
    ):
        raise NotFound(_("There is no such table."))
    return found


def _visible(person: Employee, granted: Collection[str]) -> QuerySet[Review]:
    rows = Review.objects.select_related("employee", "table", "scored_by")
    return rows if {REVIEW, MANAGE} & set(granted) else rows.filter(employee=person)


def reviews(
    person: Employee, granted: Collection[str], *, mine: bool = False, before: int | None = None
) -> list[Review]:
    """One page and one more, the latest first: all, or one's own."""
    rows = _visible(person, granted)
    if mine:
        rows = rows.filter(employee=person)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows.order_by("-pk")[: PAGE + 1])


@dataclass(frozen=True, slots=True)
class Line:
    """One key figure of a review with what it was given."""

    pk: int
    name: str
    target: str
    weight: int
    points: int | None
    note: str


@dataclass(frozen=True, slots=True)
class Page:
    """`runs`: the requests about the result that the reader may see."""

    review: Review
    lines: list[Line]
    total: float | None
    mine: bool
    runs: list[Run]


def holds_reviews(person: Employee, now: datetime) -> bool:
    """Who holds reviews, human resources: they read every request about a result."""
    return bool({REVIEW, MANAGE} & rulebook.permissions_of(person, now))


def page(pk: int, person: Employee, granted: Collection[str], now: datetime) -> Page:
    """For the person, who holds reviews, human resources, and who decides on the result. Raises NotFound."""
    review = _visible(person, granted).filter(pk=pk).first()
    if review is None and approvals.may_read_about(Subject("review", str(pk)), person, now):
        review = Review.objects.select_related("employee", "table", "scored_by").filter(pk=pk).first()
    if review is None:
        raise NotFound(_("There is no such review."))
    scores = {each.kpi_id: each for each in ReviewScore.objects.filter(review=review, round=review.round)}
    lines = []
    for kpi in review.table.kpis.all():
        score = scores.get(kpi.pk)
        lines.append(
            Line(
                kpi.pk,
                kpi.name,
                kpi.target,
                kpi.weight,
                score.points if score else None,
                score.note if score else "",
            )
        )
    total = sum(line.weight * (line.points or 0) for line in lines) / 100 if scores else None
    runs = approvals.runs_about(review.subject, person, now)
    return Page(review, lines, total, review.employee_id == person.pk, list(runs))


def to_score(granted: Collection[str], person: Employee, limit: int = 20) -> list[Review]:
    """What waits for who holds reviews: to be scored, or to be put before the chain."""
    if REVIEW not in granted:
        return []
    rows = Review.objects.filter(Q(state="open") | Q(state="scored", commented_at__isnull=False))
    return list(rows.exclude(employee=person).select_related("employee", "table").order_by("pk")[:limit])


def to_comment(person: Employee) -> list[Review]:
    """Where the person's own word is missing."""
    rows = Review.objects.filter(employee=person, state="scored", commented_at=None)
    return list(rows.select_related("employee", "table").order_by("pk"))


def ending_soon(now: datetime, limit: int = 20) -> list[OnProbation]:
    """Probations whose clock has begun to warn."""
    return [each for each in probations() if each.clock is not None and each.clock.step > 0][:limit]
