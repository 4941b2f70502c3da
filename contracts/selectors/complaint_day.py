"""Complaints that wait on a person: to be decided, objected to, or for the customer's word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from contracts.models import Complaint
from contracts.selectors.day import Waiting
from contracts.selectors.door_papers import clocks
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
        found = list(
            Complaint.objects.filter(state__in=(State.FILED, State.ANSWERED))
            .exclude(created_by=me)
            .select_related("form", "supplier")
            .order_by("pk")
        )
        due = clocks(DECIDE, "complaint", [each.pk for each in found])
        for each in [each for each in found if each.pk in due][:MOST]:
            yield _line(each, _("Decide who is liable"), _("Decide"), clause, *due[each.pk])
    mine = Complaint.objects.filter(created_by=me, state=State.ANSWERED).exclude(
        decisions__answer__word="object"
    )
    for each in mine.select_related("form", "supplier").order_by("pk")[:MOST]:
        yield _line(each, _("Ask the customer whether he is content"), _("Look"), clause, None, None)


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
