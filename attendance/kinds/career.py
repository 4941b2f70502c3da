"""Confirmations, promotions and demotions as the engine and the deciders see them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from attendance.models import Leaving, PostChange, Probation, Review
from attendance.services import leaving, probation
from office.approvals import api as approvals
from office.staff.models import Appointment
from office.staff.selectors import position_label

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from office.staff.models import Employee


def fields(subject_id: str) -> Mapping[str, str]:
    """Other posts, or a probation that ended, make it another request."""
    running = Probation.objects.filter(employee_id=subject_id, state="running").first()
    posts = Appointment.objects.filter(employee_id=subject_id, acting=False, during__endswith=None)
    return {
        "before": ",".join(sorted(posts.values_list("position", flat=True))),
        "probation": running.position if running else "",
    }


def changes(run: approvals.Run) -> list[approvals.Change]:
    asked = run.payload
    label = PostChange.Change(asked["change"]).label
    kind, post = asked["change"], position_label(asked["after"])
    after: StrOrPromise
    if kind == PostChange.Change.CONFIRMATION:
        after = _("{post}, confirmed").format(post=post)
    elif kind == PostChange.Change.EXTENSION:
        after = _("on probation until {day}").format(day=asked["until"])
    elif kind == PostChange.Change.NOT_PASSED:
        after = _("leaves the company")
    else:
        after = post
    last = kind == PostChange.Change.NOT_PASSED
    return [
        approvals.Change("change", label, position_label(asked["before"]), after),
        approvals.Change("starts_on", _("Last day") if last else _("First day"), "", asked["starts_on"]),
        approvals.Change("reason", _("Reason"), "", asked["reason"]),
    ]


def said(detail: str) -> StrOrPromise:
    """What a notice says of a change, "promotion.planner", in the language of whoever reads it; one of before this
    release names neither."""
    change, _dot, post = detail.partition(".")
    if change not in PostChange.Change.values:
        return _("A change of post")
    return _("{change}: {post}").format(change=PostChange.Change(change).label, post=position_label(post))


def evidence(run: approvals.Run) -> list[approvals.Evidence]:
    """The person's closed reviews."""
    reviews = Review.objects.filter(employee_id=run.subject_id, state="closed").select_related("table")
    return [
        approvals.Evidence(
            _("Review"),
            review.table.period,
            url=reverse("attendance:review", args=[review.pk]),
            at=review.closed_at,
        )
        for review in reviews.order_by("-pk")[:5]
    ]


def apply(run: approvals.Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    """Who has not passed leaves after the day that was agreed to: what he holds is handed over, his access ends."""
    done = probation.change_agreed(run=run, payload=payload, by=by, now=now)
    if done.change == PostChange.Change.NOT_PASSED:
        leaving.begin_leaving(
            employee=done.employee,
            reason=Leaving.Reason.PROBATION,
            last_day=done.starts_on,
            run=run,
            by=by,
            now=now,
        )


def ask(subject_id: str) -> str:
    return reverse("attendance:change_post", args=[subject_id])
