"""The shop says that an order was cancelled: its clocks stop, unless it was handed over already."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from office.audit import api as audit
from office.deadlines import api as deadlines
from orders import rules
from orders.models import OrderProgress
from orders.subjects import subject_of


def cancel_in_shop(*, order_id: int, now: dt.datetime) -> bool:
    """Whether it was called off by this. False when it was over already, or handed over: then people must decide, and
    the event beside the order is what they see."""
    with transaction.atomic():
        progress = (
            OrderProgress.objects.select_for_update(of=["self"])
            .select_related("order__shop")
            .get(pk=order_id)
        )
        if progress.state not in (rules.WAITING, *rules.HELD):
            return False
        subject = subject_of(progress.order)
        deadlines.cancel(None, subject=subject, at=now)
        before, progress.state = progress.state, rules.CANCELLED
        progress.due_at, progress.due_rule, progress.next_try_at, progress.moved_at = None, "", None, now
        progress.save(update_fields=["state", "due_at", "due_rule", "next_try_at", "moved_at"])
        audit.record(
            "orders.cancel",
            subject=subject,
            by=None,
            now=now,
            clause="C7.5",
            data={"reason": "shop", "was": before},
        )
        return True
