"""Complaints and disputes as pages read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from contracts.models import Complaint, ComplaintAnswer, ComplaintDecision, ComplaintFile, Dispute
from office.deadlines.models import Deadline
from office.errors import NotFound

PAGE = 40
State = Complaint.State
DECIDE, ANSWER = "contracts.complaint_decision", "contracts.complaint_answer"
OPEN = (State.FILED, State.DECIDED, State.ANSWERED)


def newest_decision(complaint: Complaint) -> ComplaintDecision | None:
    found: ComplaintDecision | None = complaint.decisions.order_by("-n").first()
    return found


def newest_answer(complaint: Complaint) -> ComplaintAnswer | None:
    """The answer to the newest decision."""
    decision = newest_decision(complaint)
    return getattr(decision, "answer", None) if decision else None


def silent(complaint: Complaint, now: datetime) -> bool:
    """The supplier was asked and its time has passed without a word. A carrier's fault asks nothing of it."""
    clock = (
        Deadline.objects.filter(rule=ANSWER, subject_type="complaint", subject_id=str(complaint.pk))
        .order_by("-pk")
        .first()
    )
    return complaint.state == State.DECIDED and (clock is None or clock.due_at <= now)


def listed(*, state: str = "", supplier_id: int | None = None, before: int | None = None) -> list[Complaint]:
    """Newest first, one more than a page."""
    found = Complaint.objects.select_related("supplier", "form", "created_by")
    if state == "open":
        found = found.filter(state__in=OPEN)
    elif state in State.values:
        found = found.filter(state=state)
    if supplier_id is not None:
        found = found.filter(supplier=supplier_id)
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-pk")[: PAGE + 1])


def with_clocks(rows: Sequence[Complaint]) -> list[tuple[Complaint, Deadline | None]]:
    """Each with the clock that runs for it: until when somebody decides, or the supplier answers."""
    running = Deadline.objects.filter(
        rule__in=(DECIDE, ANSWER),
        subject_type="complaint",
        subject_id__in=[str(each.pk) for each in rows],
        state=Deadline.State.OPEN,
    )
    clocks = {each.subject_id: each for each in running}
    return [(each, clocks.get(str(each.pk))) for each in rows]


def of_sale(sale_id: int) -> list[Complaint]:
    """The complaints about one order of a customer."""
    return list(Complaint.objects.filter(sale_id=sale_id).select_related("supplier", "form").order_by("-pk"))


@dataclass(frozen=True, slots=True)
class Page:
    """One complaint with everything around it."""

    complaint: Complaint
    decisions: list[ComplaintDecision]
    files: list[ComplaintFile]
    due_at: datetime | None
    started_at: datetime | None

    @property
    def decision(self) -> ComplaintDecision | None:
        return self.decisions[0] if self.decisions else None

    @property
    def answer(self) -> ComplaintAnswer | None:
        return getattr(self.decision, "answer", None) if self.decision else None


def page(pk: int, *, supplier_id: int | None = None) -> Page:
    """`supplier_id`: as that supplier sees it, with shared files only. Raises NotFound."""
    wanted = Complaint.objects.select_related("supplier", "form__by", "line__order", "created_by", "charge")
    if supplier_id is not None:
        wanted = wanted.filter(supplier=supplier_id)
    complaint = wanted.filter(pk=pk).first()
    if complaint is None:
        raise NotFound(_("There is no such complaint."))
    files = complaint.files.select_related("file", "by", "contact").order_by("pk")
    if supplier_id is not None:
        files = files.filter(shared=True)
    clock = (
        Deadline.objects.filter(subject_type="complaint", subject_id=str(pk), state=Deadline.State.OPEN)
        .order_by("due_at")
        .first()
    )
    return Page(
        complaint,
        list(complaint.decisions.select_related("by", "answer__contact").order_by("-n")),
        list(files),
        clock.due_at if clock else None,
        clock.started_at if clock else None,
    )


def shown_at_door(supplier_id: int) -> QuerySet[Complaint]:
    """What concerns the supplier: decided, and not the carrier's alone."""
    return (
        Complaint.objects.filter(supplier=supplier_id)
        .exclude(state__in=(State.FILED, State.WITHDRAWN))
        .select_related("form")
        .order_by("-pk")
    )


def disputes(*, before: int | None = None) -> list[Dispute]:
    found = Dispute.objects.select_related("supplier", "complaint", "order")
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-pk")[: PAGE + 1])


def dispute(pk: int) -> Dispute:
    """Raises NotFound."""
    found = (
        Dispute.objects.select_related("supplier", "complaint", "order", "created_by").filter(pk=pk).first()
    )
    if found is None:
        raise NotFound(_("There is no such dispute."))
    return found
