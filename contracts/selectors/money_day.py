"""What money of suppliers asks of whoever settles: payments to be made, reviews to be decided."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from contracts.models import Payment, SupplierReview
from contracts.selectors.day import Waiting
from office.rulebook import api as rulebook

if TYPE_CHECKING:
    from office.staff.models import Employee

SETTLE = "contracts.settle"
MOST = 20


def waiting(me: Employee, now: datetime) -> Iterator[Waiting]:
    """At most MOST of each; nothing where the book in force, an older one, has no such permission."""
    if SETTLE not in rulebook.book(now).rules or not rulebook.may(me, SETTLE, now):
        return
    to_make = Payment.objects.filter(total__gt=0, voucher=None, drop=None).select_related("supplier", "run")
    for each in to_make.order_by("pk")[:MOST]:
        url = reverse("contracts:payment", args=[each.pk])
        yield Waiting(
            _("Pay what was agreed to"), f"¥ {each.total:,.2f}", each.supplier.name, url,
            _("Record the voucher"), None, each.at, each.run.clause if each.run else "",
        )  # fmt: skip
    for review in (
        SupplierReview.objects.filter(decided_at=None).select_related("supplier").order_by("pk")[:MOST]
    ):
        url = reverse("contracts:supplier_review", args=[review.pk])
        yield Waiting(
            _("Decide the review of a supplier"), f"#{review.pk}", review.supplier.name, url, _("Say what follows"),
            review.due_at, review.opened_at, review.clause,
        )  # fmt: skip
