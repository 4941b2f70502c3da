"""Work plans as pages show them. Who keeps plans sees all; whoever owns a step or a document sees that plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from contracts.models import DocumentPaper, Milestone, PlanDocument, WorkPlan
from contracts.rules.days import today
from contracts.rules.timeline import NARROW, WIDE, Bar, Picture, picture
from contracts.selectors.records import tone
from contracts.subjects import plan_subject
from office.audit import api as audit
from office.audit.selectors import TimelineRow
from office.deadlines.models import Deadline
from office.errors import NotFound
from office.rulebook import api as rulebook
from office.staff.models import Employee

KEEP, PAGE = "work.plans", 30


def visible_to(person: Employee, at: datetime) -> QuerySet[WorkPlan]:
    if rulebook.holds(person, KEEP, at):
        return WorkPlan.objects.all()
    steps = Milestone.objects.filter(plan=OuterRef("pk"), owner=person)
    documents = PlanDocument.objects.filter(plan=OuterRef("pk"), owner=person)
    return WorkPlan.objects.filter(Q(created_by=person) | Exists(steps) | Exists(documents))


def access_plan(pk: int, person: Employee, at: datetime) -> WorkPlan:
    """Raises NotFound for a plan that is none, or none of his."""
    found = visible_to(person, at).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such plan."))
    return found


@dataclass(frozen=True, slots=True)
class Mine:
    """What of running plans is a person's and not done: how many steps and documents, and the first day of them."""

    open: int
    next_on: date | None


def mine(person: Employee) -> Mine:
    """Two statements."""
    running = {"owner": person, "plan__closed_at": None, "dropped_at": None}
    asked = {"n": Count("pk"), "next": Min("due_on")}
    steps = Milestone.objects.filter(done_at=None, **running).aggregate(**asked)
    lacking = ~Exists(DocumentPaper.objects.filter(document=OuterRef("pk")))
    documents = PlanDocument.objects.filter(lacking, **running).aggregate(**asked)
    days = [found["next"] for found in (steps, documents) if found["next"] is not None]
    return Mine(steps["n"] + documents["n"], min(days, default=None))


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A row of the list: steps done of those that count, documents there of those needed, the next day and whether one
    has passed."""

    plan: WorkPlan
    done: int
    steps: int
    there: int
    documents: int
    next_on: date | None
    late: bool


def plan_list(
    person: Employee, *, closed: bool, before: int | None, at: datetime
) -> tuple[list[PlanLine], int | None]:
    found = visible_to(person, at).filter(closed_at__isnull=not closed)
    if before is not None:
        found = found.filter(pk__lt=before)
    plans = list(found.order_by("-pk")[: PAGE + 1])
    following = plans[PAGE - 1].pk if len(plans) > PAGE else None
    keys = [plan.pk for plan in plans[:PAGE]]
    waiting = Q(done_at=None)
    steps = {
        row["plan"]: row
        for row in Milestone.objects.filter(plan__in=keys, dropped_at=None)
        .values("plan")
        .annotate(n=Count("pk"), done=Count("pk", filter=~waiting), next=Min("due_on", filter=waiting))
    }
    has = Exists(DocumentPaper.objects.filter(document=OuterRef("pk")))
    documents = {
        row["plan"]: row
        for row in PlanDocument.objects.filter(plan__in=keys, dropped_at=None)
        .annotate(has=has)
        .values("plan")
        .annotate(
            n=Count("pk"), there=Count("pk", filter=Q(has=True)), next=Min("due_on", filter=Q(has=False))
        )
    }
    lines = []
    for plan in plans[:PAGE]:
        one: Mapping[str, Any] = steps.get(plan.pk, {})
        two: Mapping[str, Any] = documents.get(plan.pk, {})
        days = [day for day in (one.get("next"), two.get("next")) if day is not None]
        soonest = min(days, default=None)
        lines.append(
            PlanLine(
                plan,
                one.get("done", 0),
                one.get("n", 0),
                two.get("there", 0),
                two.get("n", 0),
                soonest,
                soonest is not None and soonest < today(at) and plan.closed_at is None,
            )
        )
    return lines, following


@dataclass(frozen=True, slots=True)
class StepLine:
    """`state`: open, late, done, dropped; `mine`: this reader may finish it."""

    step: Milestone
    state: str
    clock: Deadline | None
    mine: bool


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """`paper`: the newest handed in. `state`: missing, late, there, dropped; `tone` of a paper that runs out."""

    document: PlanDocument
    paper: DocumentPaper | None
    earlier: int
    state: str
    tone: str
    clock: Deadline | None
    mine: bool


@dataclass(frozen=True, slots=True)
class PlanPage:
    plan: WorkPlan
    steps: Sequence[StepLine]
    documents: Sequence[DocumentLine]
    pictures: Sequence[Picture]
    timeline: Sequence[TimelineRow]
    keeps: bool

    @property
    def open_count(self) -> int:
        """What a close would give up."""
        return sum(1 for line in self.steps if line.state in {"open", "late"}) + sum(
            1 for line in self.documents if line.state in {"missing", "late"}
        )


def plan_page(pk: int, person: Employee, at: datetime) -> PlanPage:
    """Raises NotFound."""
    plan = access_plan(pk, person, at)
    keeps, day, live = rulebook.holds(person, KEEP, at), today(at), plan.closed_at is None
    steps = list(plan.milestones.select_related("owner", "done_by").order_by("starts_on", "n"))
    newest = DocumentPaper.objects.filter(document=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    documents = list(
        plan.documents.select_related("owner")
        .annotate(newest=Subquery(newest), count=Count("papers"))
        .order_by("n")
    )
    papers = (
        DocumentPaper.objects.filter(pk__in=[each.newest for each in documents])
        .select_related("file", "by")
        .in_bulk()
    )
    clocks = {
        (each.subject_type, each.subject_id): each
        for each in Deadline.objects.filter(state=Deadline.State.OPEN).filter(
            Q(subject_type="milestone", subject_id__in=[str(step.pk) for step in steps])
            | Q(subject_type="plan_document", subject_id__in=[str(each.pk) for each in documents])
        )
    }
    lines = [
        StepLine(
            step,
            _step_state(step, day),
            clocks.get(("milestone", str(step.pk))),
            live and (keeps or step.owner_id == person.pk),
        )
        for step in steps
    ]
    rows = []
    for each in documents:
        paper = papers.get(each.newest)
        state = _document_state(each, paper, day)
        rows.append(
            DocumentLine(
                each,
                paper,
                max(0, each.count - 1),
                state,
                tone(paper.expires_on, at) if paper else "",
                clocks.get(("plan_document", str(each.pk))),
                state != "dropped" and (keeps or each.owner_id == person.pk),
            )
        )
    bars = [Bar(line.step.title, line.step.starts_on, line.step.due_on, line.state) for line in lines]
    bars += [
        Bar(
            row.document.name,
            row.document.due_on,
            row.document.due_on,
            {"there": "done", "missing": "open"}.get(row.state, row.state),
            point=True,
        )
        for row in rows
    ]
    pictures = [picture(bars, day, sheet) for sheet in (WIDE, NARROW)]
    return PlanPage(plan, lines, rows, pictures, audit.timeline(plan_subject(plan)), keeps)


def _step_state(step: Milestone, day: date) -> str:
    if step.done_at is not None:
        return "done"
    if step.dropped_at is not None:
        return "dropped"
    return "late" if step.due_on < day else "open"


def _document_state(document: PlanDocument, paper: DocumentPaper | None, day: date) -> str:
    if document.dropped_at is not None:
        return "dropped"
    if paper is not None:
        return "there"
    return "late" if document.due_on < day else "missing"
