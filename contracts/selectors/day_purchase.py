"""What of purchasing waits on a person: samples and first samples, inspections and what was put right, deliveries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from contracts.models import Inspection, PurchaseOrder, Rectification, RectificationEvent, Sample
from contracts.selectors import losses
from contracts.selectors.day import Waiting
from contracts.selectors.quantities import under_way
from contracts.services.sides import INSPECT, ORDER, RECEIVE
from office.deadlines.models import Deadline
from office.rulebook import api as rulebook

if TYPE_CHECKING:
    from office.staff.models import Employee

SETTLE, MOST = "contracts.settle", 20


def waiting(me: Employee, now: datetime) -> Iterator[Waiting]:
    """By the posts of the person; at most MOST of each kind."""
    granted = rulebook.permissions_of(me, now)
    if ORDER in granted:
        yield from _samples(me)
        yield from _orders(me)
    if SETTLE in granted:
        yield from _claims(now)
    if INSPECT in granted:
        yield from _inspections()
        yield from _mended()
    if RECEIVE in granted:
        yield from _deliveries()


def _samples(me: Employee) -> Iterator[Waiting]:
    rows = Sample.objects.filter(state=Sample.State.PHOTOGRAPHED, requested_by=me).select_related("supplier")
    for row in rows.order_by("pk")[:MOST]:
        url = reverse("contracts:sample", args=[row.pk])
        yield Waiting(
            _("Sign a sample"), row.name, row.supplier.name, url, _("Look"), None, row.requested_at, "P1.1"
        )


def _orders(me: Employee) -> Iterator[Waiting]:
    """What the supplier has taken on and the buyer has not confirmed; what is signed and not sent."""
    titles = {
        "issued": (_("Send a purchase order"), "P1.3"),
        "returned": (_("Confirm the first sample"), "P1.4"),
        "deemed_accepted": (_("Confirm the first sample"), "P1.4"),
    }
    rows = PurchaseOrder.objects.filter(buyer=me, state__in=list(titles)).select_related("supplier")
    for row in rows.order_by("pk")[:MOST]:
        title, clause = titles[row.state]
        url = reverse("contracts:order", args=[row.pk])
        since = row.accepted_at or row.issued_at or row.created_at
        yield Waiting(title, row.number, row.supplier.name, url, _("Look"), None, since, clause)


def _claims(now: datetime) -> Iterator[Waiting]:
    """Loss claims that the supplier objects to or did not answer in time."""
    rows = losses.to_decide(now).select_related("order__supplier").order_by("pk")
    for row in rows[:MOST]:
        url = f"{reverse('contracts:order', args=[row.order_id])}#loss-{row.pk}"
        yield Waiting(
            _("Decide about a loss claim"),
            row.number,
            row.order.supplier.name,
            url,
            _("Look"),
            None,
            row.at,
            row.clause,
        )


def _inspections() -> Iterator[Waiting]:
    rows = Inspection.objects.filter(result=None).select_related("line__order__supplier")
    for row in rows.order_by("pk")[:MOST]:
        url = reverse("contracts:inspection", args=[row.pk])
        yield Waiting(
            _("Inspect"), row.line.name, row.line.order.supplier.name, url, _("Look"), None, row.at, "P3.2"
        )


def _mended() -> Iterator[Waiting]:
    """The supplier has answered: somebody looks. Or it has not, and its time runs."""
    over = RectificationEvent.objects.filter(word="done").values("rectification")
    rows = Rectification.objects.exclude(pk__in=over).select_related("line__order__supplier", "result")
    found = list(rows.order_by("pk")[:MOST])
    clocks = {
        row.subject_id: row
        for row in Deadline.objects.filter(
            rule="contracts.rectification", subject_id__in=[str(row.pk) for row in found], state="open"
        )
    }
    for row in found:
        clock = clocks.get(str(row.pk))
        title = _("The supplier puts right") if clock else _("Look whether it is put right")
        url = reverse("contracts:inspection", args=[row.result.inspection_id])
        due = clock.due_at if clock else None
        yield Waiting(title, row.line.name, row.line.order.supplier.name, url, _("Look"), due, row.at, "P3.2")


def _deliveries() -> Iterator[Waiting]:
    for row in under_way().select_related("order__supplier").order_by("pk")[:MOST]:
        url = reverse("contracts:count_in", args=[row.pk])
        yield Waiting(
            _("Count a delivery in"), row.number, row.order.supplier.name, url, _("Count in"), None,
            row.shipped_at, "P7a",
        )  # fmt: skip
