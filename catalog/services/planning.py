"""What the planner writes down (J3): plans, research, files on competitors and partners; some of them by a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import PlannerRecord, PlannerTask
from catalog.rules.planning import known
from catalog.services.checks import Problems
from catalog.services.stock.writing import require
from catalog.subjects import record_subject, task_subject
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, NotFound
from office.rulebook import api as rulebook

if TYPE_CHECKING:
    from office.staff.models import Employee

KEEP, KINDS = "catalog.planner", "catalog.planner_kinds"
SCHEDULE, REGULAR, DONE = "catalog.planner_tasks", "catalog.planner_regular", "catalog.planner_task_done"
TEXT = 8_000
FARTHEST = timedelta(days=3_660)
VERBS = {
    "catalog.planner_task_opened": _("Planner’s record asked for"),
    "catalog.planner_record_kept": _("Planner’s record kept"),
}


def open_due_tasks(*, now: datetime) -> list[PlannerTask]:
    """The newest instant of the schedule that has come: a task for each kind that the book wants regularly, with its
    deadline. Called every few minutes; safe by many at once."""
    if not rulebook.has_rule(SCHEDULE, now):
        return []
    rule = rulebook.schedule_rule(SCHEDULE, at=now)
    scheduled_at = rulebook.latest_run(rule, now)
    opened = []
    for kind in known(rulebook.parameter_rule(REGULAR, at=now).texts()):
        with transaction.atomic():
            task, made = PlannerTask.objects.get_or_create(
                kind=kind, scheduled_at=scheduled_at, defaults={"opened_at": now, "clause": rule.clause}
            )
            if not made:
                continue
            opened.append(task)
            subject = task_subject(task)
            audit.record("catalog.planner_task_opened", subject=subject, by=None, now=now, clause=rule.clause)
            deadlines.open(DONE, subject=subject, started_at=max(scheduled_at, now), now=now)
    return opened


@transaction.atomic
def keep_record(
    *,
    kind: str,
    title: str,
    text: str,
    on: date,
    by: Employee,
    now: datetime,
    task_id: int | None = None,
) -> PlannerRecord:
    """Write it down, for good. `task_id`: the task that it does. Raises Forbidden, NotFound, Invalid, Conflict
    (`done`)."""
    require(by, KEEP, now)
    task = None
    if task_id is not None:
        task = PlannerTask.objects.select_for_update().filter(pk=task_id).first()
        if task is None:
            raise NotFound(_("There is no such task."))
        if PlannerRecord.objects.filter(task=task).exists():
            raise Conflict(_("This task is done already."), code="done")
        kind = task.kind
    wrong = Problems()
    title = wrong.text("title", title, 80)
    kept = text.replace("\r\n", "\n").strip()
    if not 0 < len(kept) <= TEXT or "\0" in kept:
        wrong.add("text", "length", _("Between 1 and {count} characters.").format(count=TEXT))
    if kind not in known(rulebook.parameter_rule(KINDS, at=now).texts()) and task is None:
        wrong.add("kind", "choice", _("Please choose what it is."))
    if abs(on - timezone.localdate(now)) > FARTHEST:
        wrong.add("on", "day", _("A day within ten years, please."))
    wrong.raise_if_any(_("It was not saved. Please look at the marked fields."))
    made = PlannerRecord.objects.create(kind=kind, title=title, text=kept, on=on, task=task, by=by, at=now)
    if task is not None:
        deadlines.meet(DONE, subject=task_subject(task), at=now)
    audit.record(
        "catalog.planner_record_kept",
        subject=record_subject(made),
        by=by,
        now=now,
        clause=rulebook.permission_rule(KEEP, at=now).clause,
        data={"kind": kind, "on": on.isoformat(), "task": task_id},
    )
    return made
