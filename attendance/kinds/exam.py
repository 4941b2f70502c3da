"""Other points than the examiner gave, as something that is agreed to (C2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from attendance.kinds.hiring import sees_hiring
from attendance.models import Exam
from attendance.services import exams
from office.approvals import api as approvals
from office.approvals.models import Run
from office.staff.models import Employee


def fields(subject_id: str) -> Mapping[str, str]:
    """Other points, or a candidate who moved on, make it another request."""
    exam = Exam.objects.select_related("candidate", "score").get(pk=int(subject_id))
    return {"stage": exam.candidate.stage, "points": str(exam.points)}


def changes(run: Run) -> list[approvals.Change]:
    """No name: the paper stands for good, the candidate is forgotten in time."""
    asked = run.payload
    exam = Exam.objects.select_related("paper").get(pk=asked["exam"])
    return [
        approvals.Change("paper", _("exam paper"), "", exam.paper.title),
        approvals.Change("points", _("Points"), str(asked["before"]), str(asked["points"])),
        approvals.Change("reason", _("Reason"), "", asked["reason"]),
    ]


def apply(run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    exams.correct(run=run, payload=payload, by=by, now=now)


def kind() -> approvals.Kind:
    return approvals.Kind(
        code=exams.CORRECTION,
        name=_("Correction of exam points"),
        subject_type="exam",
        fields=fields,
        changes=changes,
        apply=apply,
        check=exams.check_correction,
        visible=sees_hiring,
        closed=True,
        ask=lambda subject_id: reverse("attendance:exam", args=[subject_id]),
        field_name=lambda field: {"stage": _("Stage"), "points": _("Points")}.get(field, field),
    )
