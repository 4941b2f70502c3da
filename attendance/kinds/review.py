"""The result of a review as something that is agreed to (C2, J1.7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models import Review
from attendance.selectors import career
from attendance.services import scoring
from office.approvals import api as approvals
from office.approvals.models import Run
from office.staff.models import Employee


def fields(subject_id: str) -> Mapping[str, str]:
    """A person who may no longer sign in is measured by nobody any more."""
    active = Review.objects.filter(pk=int(subject_id)).values_list("employee__is_active", flat=True).first()
    return {"active": str(active)}


def changes(run: Run) -> list[approvals.Change]:
    """Every key figure with its points, the total, what was said on both sides."""
    asked = run.payload
    review = Review.objects.select_related("employee", "table").get(pk=asked["review"])
    found = [
        approvals.Change("person", _("Person"), "", f"{review.employee.name} ({review.employee.number})"),
        approvals.Change("table", _("table of key figures"), "", str(review.table)),
    ]
    for place, each in enumerate(asked["scores"]):
        told = f"{each['points']}" + (f" · {each['note']}" if each["note"] else "")
        found.append(approvals.Change(f"score{place}", f"{each['name']} ({each['weight']}%)", "", told))
    return [
        *found,
        approvals.Change("total", _("Points in all"), "", asked["total"]),
        approvals.Change("words", _("words to it"), "", asked["words"]),
        approvals.Change("comment", _("the person’s comment"), "", asked["comment"]),
    ]


def apply(run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    scoring.close_review(run=run, by=by, now=now)


def visible(person: Employee, subject_id: str) -> bool:
    return career.holds_reviews(person, timezone.now())


def kind() -> approvals.Kind:
    return approvals.Kind(
        code=scoring.RESULT,
        name=_("Result of a review"),
        subject_type="review",
        fields=fields,
        changes=changes,
        apply=apply,
        ended=scoring.result_ended,
        check=scoring.check_result,
        visible=visible,
        closed=True,
        ask=lambda subject_id: reverse("attendance:review", args=[subject_id]),
        field_name=lambda field: {"active": _("May sign in")}.get(field, field),
    )
