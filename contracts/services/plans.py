"""Work plans (W1): made from a template or from nothing, their steps, their end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contracts.models import Milestone, PlanDocument, WorkPlan
from contracts.rules.days import left
from contracts.rules.templates import laid_out
from contracts.selectors import templates
from contracts.subjects import document_subject, milestone_subject, plan_subject
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, NotFound
from office.rulebook import api as rulebook
from office.rulebook.allowed import require, words, wrong
from office.staff.models import Employee

KEEP, STEP, GATHER, EXPIRY = "work.plans", "work.milestone", "work.gather", "work.document"


@transaction.atomic
def make_plan(
    *, title: str, aim: str, template: str, starts_on: date, owner_id: int, by: Employee, now: datetime
) -> WorkPlan:
    """With the steps and documents of the template ("": none yet), all of them the owner's until told otherwise. Raises
    Forbidden, Invalid."""
    clause = require(by, KEEP, now)
    if template and template not in dict(templates.choices(now)):
        raise wrong("template", _("There is no such choice."))
    owner = owner_of(owner_id)
    plan = WorkPlan.objects.create(
        title=words(title, path="title", longest=120, missing=_("Give the plan a title.")),
        aim=words(aim, path="aim", longest=1000),
        template=template,
        starts_on=starts_on,
        created_by=by,
        created_at=now,
    )
    for n, (code, begins, due) in enumerate(laid_out(templates.steps(template, now), starts_on), 1):
        _clock(_step(plan, n, templates.said(code, now), owner, begins, due), now)
    last = max((each.due_on for each in plan.milestones.all()), default=starts_on)
    gathered = next((each.due_on for each in plan.milestones.order_by("n")[1:2]), last)
    for n, code in enumerate(templates.documents(template, now), 1):
        new_document(plan, n, code, templates.said(code, now), owner, gathered, now)
    audit.record(
        "contracts.make_plan",
        subject=plan_subject(plan),
        by=by,
        now=now,
        clause=clause,
        data={"template": template, "starts": starts_on.isoformat(), "owner": owner.pk},
    )
    return plan


@transaction.atomic
def add_milestone(
    *, plan_id: int, title: str, owner_id: int, starts_on: date, due_on: date, by: Employee, now: datetime
) -> Milestone:
    """Raises Forbidden, NotFound, Invalid, Conflict (`closed`)."""
    clause = require(by, KEEP, now)
    plan = locked_plan(plan_id)
    n = plan.milestones.count() + 1
    step = _step(plan, n, title, owner_of(owner_id), starts_on, due_on)
    _clock(step, now)
    _told("contracts.add_milestone", step, by, now, clause, {"until": due_on.isoformat(), "owner": owner_id})
    return step


@transaction.atomic
def change_milestone(
    *,
    milestone_id: int,
    title: str,
    owner_id: int,
    starts_on: date,
    due_on: date,
    reason: str,
    by: Employee,
    now: datetime,
) -> Milestone:
    """A step that is moved says why; the clock of the old day stops, and is late for good if that day was over. Raises
    Forbidden, NotFound, Invalid, Conflict (`closed`, `over`)."""
    clause = require(by, KEEP, now)
    step = _open_step(milestone_id)
    said, owner = _checked(title, starts_on, due_on), owner_of(owner_id)
    moved = due_on != step.due_on
    why = words(reason, path="reason", longest=300, missing=_("Say why the day is moved.") if moved else "")
    data = {
        "title": said,
        "owner": owner.pk,
        "until": [step.due_on.isoformat(), due_on.isoformat()],
        "reason": why,
    }
    step.title, step.owner, step.starts_on, step.due_on = said, owner, starts_on, due_on
    step.save(update_fields=["title", "owner", "starts_on", "due_on"])
    subject = milestone_subject(step)
    if moved:
        deadlines.cancel(STEP, subject=subject, at=now)
        _clock(step, now)
    else:
        deadlines.assign(subject, owner.pk)
    _told("contracts.change_milestone", step, by, now, clause, data)
    return step


@transaction.atomic
def finish_milestone(*, milestone_id: int, note: str, by: Employee, now: datetime) -> Milestone:
    """By its owner, or by who keeps plans. Raises Forbidden, NotFound, Conflict (`closed`, `over`)."""
    step = _open_step(milestone_id)
    require_owner(by, step.owner_id, now)
    step.done_at, step.done_by = now, by
    step.note = words(note, path="note", longest=300)
    step.save(update_fields=["done_at", "done_by", "note"])
    deadlines.meet(STEP, subject=milestone_subject(step), at=now)
    _told("contracts.finish_milestone", step, by, now, clause_now(now), {"note": step.note})
    return step


@transaction.atomic
def drop_milestone(*, milestone_id: int, reason: str, by: Employee, now: datetime) -> Milestone:
    """It is not needed. Raises Forbidden, NotFound, Invalid, Conflict (`closed`, `over`)."""
    clause = require(by, KEEP, now)
    step = _open_step(milestone_id)
    step.dropped_at = now
    step.note = words(reason, path="reason", longest=300, missing=_("Say why."))
    step.save(update_fields=["dropped_at", "note"])
    deadlines.cancel(STEP, subject=milestone_subject(step), at=now)
    _told("contracts.drop_milestone", step, by, now, clause, {"reason": step.note})
    return step


@transaction.atomic
def close_plan(*, plan_id: int, reason: str, by: Employee, now: datetime) -> WorkPlan:
    """With everything done it is complete, and its documents go on running out. With something open it is given up:
    that takes a reason, and every clock stops. Raises Forbidden, NotFound, Invalid, Conflict (`closed`)."""
    clause = require(by, KEEP, now)
    plan = locked_plan(plan_id)
    steps = list(plan.milestones.filter(done_at=None, dropped_at=None))
    lacking = list(plan.documents.filter(papers=None, dropped_at=None))
    left_open = len(steps) + len(lacking)
    why = words(
        reason,
        path="reason",
        longest=300,
        missing=_("Something is still open. Say why the plan is given up.") if left_open else "",
    )
    plan.closed_at, plan.closed_why = now, why
    plan.save(update_fields=["closed_at", "closed_why"])
    if left_open:
        for step in plan.milestones.all():
            deadlines.cancel(None, subject=milestone_subject(step), at=now)
        for document in plan.documents.all():
            deadlines.cancel(None, subject=document_subject(document), at=now)
    audit.record(
        "contracts.close_plan",
        subject=plan_subject(plan),
        by=by,
        now=now,
        clause=clause,
        data={"open": left_open, "reason": why},
    )
    return plan


def locked_plan(plan_id: int) -> WorkPlan:
    """Raises NotFound, Conflict (`closed`)."""
    plan = WorkPlan.objects.select_for_update().filter(pk=plan_id).first()
    if plan is None:
        raise NotFound(_("There is no such plan."))
    if plan.closed_at is not None:
        raise Conflict(_("This plan is closed."), code="closed")
    return plan


def require_owner(by: Employee, owner_id: int, now: datetime) -> None:
    """Raises Forbidden for who neither owns it nor keeps plans."""
    if by.pk != owner_id and not rulebook.may(by, KEEP, now):
        raise Forbidden(_("Its owner does that, or who keeps the plans."), clause=clause_now(now))


def clause_now(now: datetime) -> str:
    return rulebook.permission_rule(KEEP, at=now).clause


def _open_step(milestone_id: int) -> Milestone:
    found = Milestone.objects.filter(pk=milestone_id).first()
    if found is None:
        raise NotFound(_("There is no such step."))
    locked_plan(found.plan_id)
    step = Milestone.objects.select_related("plan", "owner").get(pk=milestone_id)
    if step.done_at is not None or step.dropped_at is not None:
        raise Conflict(_("This step is done, or no longer needed."), code="over")
    return step


def owner_of(owner_id: int) -> Employee:
    owner = Employee.objects.filter(pk=owner_id, is_active=True).first()
    if owner is None:
        raise wrong("owner", _("Choose a person of the staff."), code="choice")
    return owner


def _checked(title: str, starts_on: date, due_on: date) -> str:
    if due_on < starts_on:
        raise wrong("due_on", _("The end is before the beginning."), code="order")
    return words(title, path="title", longest=120, missing=_("Say what is to be done."))


def _step(plan: WorkPlan, n: int, title: str, owner: Employee, starts_on: date, due_on: date) -> Milestone:
    said = _checked(title, starts_on, due_on)
    return Milestone.objects.create(
        plan=plan, n=n, title=said, owner=owner, starts_on=starts_on, due_on=due_on
    )


def _clock(step: Milestone, now: datetime) -> None:
    deadlines.open(
        STEP,
        subject=milestone_subject(step),
        started_at=now,
        now=now,
        holder_id=step.owner_id,
        within=left(step.due_on, now),
    )


def new_document(
    plan: WorkPlan, n: int, kind: str, name: str, owner: Employee, due_on: date, now: datetime
) -> PlanDocument:
    document = PlanDocument.objects.create(plan=plan, n=n, kind=kind, name=name, owner=owner, due_on=due_on)
    deadlines.open(
        GATHER,
        subject=document_subject(document),
        started_at=now,
        now=now,
        holder_id=owner.pk,
        within=left(due_on, now),
    )
    return document


def _told(
    verb: str, step: Milestone, by: Employee, now: datetime, clause: str, data: Mapping[str, object]
) -> None:
    audit.record(
        verb,
        subject=plan_subject(step.plan),
        by=by,
        now=now,
        clause=clause,
        data={"step": step.n, "title": step.title, **data},
    )
