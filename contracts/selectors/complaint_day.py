"""Complaints that wait on a person: to be decided, objected to, or for the customer's word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import CharField, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as _

from contracts.models import Complaint, ComplaintAnswer
from contracts.selectors.day import Waiting
from contracts.selectors.door_papers import clocks
from office.deadlines.models import Deadline
from office.rulebook import api as rulebook

if TYPE_CHECKING:
    from office.staff.models import Employee

FILE, SETTLE, DECIDE, LIABILITY = (
    "contracts.complaints",
    "contracts.settle",
    "contracts.complaint_decision",
    "contracts.liability",
)
MOST = 20
State = Complaint.State


def waiting(me: Employee, now: datetime) -> Iterator[Waiting]:
    """For who settles: what is to be decided. For who filed: what the supplier has answered, the customer has not."""
    rules = rulebook.book(now).rules
    if FILE not in rules or not rulebook.may(me, FILE, now):
        return
    clause = rules[LIABILITY].clause
    if rulebook.may(me, SETTLE, now):
        found = list(_to_decide(me)[:MOST])
        due = clocks(DECIDE, "complaint", [each.pk for each in found])
        for each in found:
            yield _line(each, _("Decide who is liable"), _("Decide"), clause, *due[each.pk])
    newest = ComplaintAnswer.objects.filter(complaint=OuterRef("pk")).order_by("-pk").values("word")[:1]
    mine = (
        Complaint.objects.filter(created_by=me, state=State.ANSWERED)
        .alias(said=Subquery(newest))
        .exclude(said=ComplaintAnswer.Word.OBJECT)
    )
    for each in mine.select_related("form", "supplier").order_by("pk")[:MOST]:
        yield _line(each, _("Ask the customer whether he is content"), _("Look"), clause, None, None)


def _to_decide(me: Employee) -> QuerySet[Complaint]:
    """Whose decision is being waited for, by its running clock: new ones, and those that the supplier objects to."""
    running = Deadline.objects.filter(
        rule=DECIDE,
        subject_type="complaint",
        subject_id=Cast(OuterRef("pk"), CharField()),
        state=Deadline.State.OPEN,
    )
    return (
        Complaint.objects.filter(Exists(running), state__in=(State.FILED, State.ANSWERED))
        .exclude(created_by=me)
        .select_related("form", "supplier")
        .order_by("pk")
    )


def _line(
    complaint: Complaint,
    title: str,
    action: str,
    clause: str,
    due_at: datetime | None,
    since: datetime | None,
) -> Waiting:
    return Waiting(
        title=title,
        label=complaint.number,
        detail=f"{complaint.form.goods} · {complaint.supplier.name}",
        url=reverse("contracts:complaint", args=[complaint.pk]),
        action=action,
        due_at=due_at,
        started_at=since or complaint.created_at,
        clause=clause,
    )
