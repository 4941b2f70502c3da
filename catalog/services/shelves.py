"""Requests to list a product that an edit of the product would make void."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from office.approvals import api as approvals
from office.approvals.models import Run
from office.subjects import Subject

if TYPE_CHECKING:
    from office.staff.models import Employee


def hold_product(product_id: int) -> list[Subject]:
    """The subjects about the product whose requests have not ended, their runs locked: the text, and each shelf. To be
    called before the product's own rows are locked."""
    live = Run.objects.filter(state__in=["running", "returned", "agreed"])
    shelves = live.filter(subject_type="shelf", subject_id__startswith=f"{product_id}-")
    texts = live.filter(subject_type="product", subject_id=str(product_id))
    found = sorted(
        {
            Subject(*row)
            for runs in (shelves, texts)
            for row in runs.values_list("subject_type", "subject_id", "label")
        }
    )
    for subject in found:
        approvals.hold(subject)
    return found


def product_changed(subjects: list[Subject], *, by: Employee | None, now: datetime) -> None:
    """The edit is done: what no longer fits becomes void."""
    for subject in subjects:
        approvals.subject_changed(subject=subject, by=by, now=now)
