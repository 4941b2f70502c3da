"""Orders that need not be worked any more, because of what happened outside the desk."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from office.audit import api as audit
from office.deadlines import api as deadlines
from office.notices import api as notices
from orders import rules
from orders.goods import goods_back
from orders.models import OrderProgress
from orders.subjects import subject_of


def cancel_in_shop(*, order_id: int, now: dt.datetime) -> bool:
    """The shop says that the order was cancelled. Nobody's order is called off: True. Whoever holds one is told, once,
    and decides; what was handed over or is over stays, and the event beside it is what people see. The goods of one
    that was taken over and is not delivered yet are stock again."""
    with transaction.atomic():
        progress = _locked(order_id)
        if progress.state == rules.WAITING:
            _call_off(progress, "shop", now)
            return True
        if progress.state in rules.HELD and progress.holder_id is not None:
            notices.notify(
                "orders.shop_cancelled",
                [progress.holder_id],
                source="shop_cancelled",
                source_id=order_id,
                subject=subject_of(progress.order),
                now=now,
            )
        if progress.state == rules.TAKEN:
            goods_back(progress.order, None, now)
        return False


def call_off_for_erasure(*, order_id: int, now: dt.datetime) -> bool:
    """Its customer was erased: nobody can reach him any more. What was handed over goes on without him."""
    with transaction.atomic():
        progress = _locked(order_id)
        if progress.state not in (rules.WAITING, *rules.HELD):
            return False
        _call_off(progress, "customer", now)
        return True


def _locked(order_id: int) -> OrderProgress:
    rows = OrderProgress.objects.select_for_update(of=["self"]).select_related("order__shop")
    return rows.get(pk=order_id)


def _call_off(progress: OrderProgress, reason: str, now: dt.datetime) -> None:
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
        data={"reason": reason, "was": before},
    )
