"""On to product operations and to the end (C7.3, M5.3), or off (C7.5)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, Refused
from office.rulebook import api as rulebook
from orders import rules
from orders.goods import goods_out
from orders.models import OrderEvent, OrderProgress
from orders.services.desk.locking import (
    clause_of,
    clock_time,
    lock_order,
    require,
    require_holder,
    require_note,
    require_seen,
    require_state,
    settle_due,
)
from orders.services.desk.notes import keep_words
from orders.services.desk.reasons import CancelReason
from orders.services.events import record_event

if TYPE_CHECKING:
    from office.staff.models import Employee
    from office.subjects import Subject


def hand_over(*, order_id: int, by: Employee, now: datetime, seen: int | None = None) -> OrderProgress:
    """A confirmed order goes to product operations: the hand-off clock is met, the take-over clock starts (C7.3).

    Raises Forbidden (`not_holder`), Conflict (`state`, `stale`), NotFound.
    """
    with transaction.atomic():
        progress, subject = lock_order(order_id, by, now=now, seen=seen)
        require_state(progress, rules.CONFIRMED)
        require_holder(progress, by, clause_of(rules.TAKEOVER, now))
        met = deadlines.meet(rules.HANDOFF, subject=subject, at=now)
        if rulebook.has_rule(rules.TAKEOVER, now):
            deadlines.open(rules.TAKEOVER, subject=subject, started_at=now, now=now)
        progress.state = rules.HANDED_OVER
        progress.handed_over_at = now
        settle_due(progress, subject, now)
        progress.save(update_fields=["state", "handed_over_at", "due_at", "due_rule", "moved_at"])
        audit.record(
            "orders.hand_over",
            subject=subject,
            by=by,
            now=now,
            clause=met.clause if met else clause_of(rules.TAKEOVER, now),
            data={"in_time": met is None or now <= met.due_at},
        )
        return progress


def take_order(*, order_id: int, by: Employee, now: datetime) -> OrderProgress:
    """Product operations take a handed-over order, by name (C7.3): its goods leave the stock. Taking what one has
    taken changes nothing.

    Raises Forbidden, Conflict (`already_taken`, with who and when; `state`), NotFound.
    """
    with transaction.atomic():
        progress, subject = lock_order(order_id, by, now=now)
        require(by, "orders.take_over", now)
        if progress.state == rules.TAKEN and progress.taken_by is not None:
            if progress.taken_by_id == by.pk:
                return progress
            raise Conflict(
                _("%(name)s took this order at %(time)s.")
                % {"name": progress.taken_by.name, "time": clock_time(progress.taken_at or now)},
                code="already_taken",
                winner=progress.taken_by.name,
            )
        require_state(progress, rules.HANDED_OVER)
        # The taking is his in the figures, and what is followed up from here on is his to follow (M5.3).
        deadlines.assign(subject, by.pk)
        met = deadlines.meet(rules.TAKEOVER, subject=subject, at=now)
        progress.state = rules.TAKEN
        progress.taken_at = now
        progress.taken_by = by
        settle_due(progress, subject, now)
        progress.save(update_fields=["state", "taken_at", "taken_by", "due_at", "due_rule", "moved_at"])
        audit.record(
            "orders.take",
            subject=subject,
            by=by,
            now=now,
            clause=met.clause if met else clause_of(rules.TAKEOVER, now),
            data={"in_time": met is None or now <= met.due_at},
        )
        goods_out(progress.order, by, now)
        return progress


def pass_on_order(*, order_id: int, to: Employee, by: Employee, now: datetime) -> OrderProgress:
    """A supervisor gives an order that somebody of product operations took to another of them: its follow-up is his
    from now on. The goods have left already, its clocks go on.

    Raises Forbidden, Refused (`not_operations`), Conflict (`state`, `same_holder`), NotFound.
    """
    with transaction.atomic():
        progress, subject = lock_order(order_id, by, now=now)
        require(by, "orders.reassign", now)
        require_state(progress, rules.TAKEN)
        if progress.taken_by_id == to.pk:
            raise Conflict(
                _("%(name)s holds this order already.") % {"name": to.name},
                code="same_holder",
                holder=to.name,
            )
        if not rulebook.may(to, "orders.take_over", now):
            raise Refused(
                _("%(name)s’s post does not take orders over.") % {"name": to.name}, code="not_operations"
            )
        before = progress.taken_by
        progress.taken_by, progress.moved_at = to, now
        progress.save(update_fields=["taken_by", "moved_at"])
        deadlines.assign(subject, to.pk)
        audit.record(
            "orders.reassign",
            subject=subject,
            by=by,
            now=now,
            clause=clause_of(rules.TAKEOVER, now),
            data={"from": before.name if before else "", "to": to.name, "reason": "absent"},
        )
        return progress


def close_order(
    *, order_id: int, by: Employee, now: datetime, note: str = "", seen: int | None = None
) -> OrderProgress:
    """Delivered and followed to its end (M5.3): the last clock is met.

    Raises Forbidden, Conflict (`state`, `stale`), NotFound.
    """
    with transaction.atomic():
        progress, subject = lock_order(order_id, by, now=now)
        require(by, "orders.take_over", now)
        require_seen(progress, seen)
        require_state(progress, rules.TAKEN)
        keep_words(progress.order, note, by=by, now=now)
        met = deadlines.meet(rules.FOLLOWUP, subject=subject, at=now)
        deadlines.cancel(None, subject=subject, at=now)
        progress.state = rules.CLOSED
        progress.closed_at = now
        settle_due(progress, subject, now)
        progress.save(update_fields=["state", "closed_at", "next_try_at", "due_at", "due_rule", "moved_at"])
        audit.record(
            "orders.close",
            subject=subject,
            by=by,
            now=now,
            clause=met.clause if met else clause_of(rules.TAKEOVER, now),
            data={},
        )
        return progress


def cancel_order(
    *, order_id: int, by: Employee, now: datetime, reason: str, note: str = "", seen: int | None = None
) -> OrderProgress:
    """Call an order off before its hand-over. The order itself stays as it was made; the cancellation is an event
    beside it (C7.5).

    Raises Forbidden, Refused (`note_needed`), Conflict (`state`, `stale`), NotFound.
    """
    reason = CancelReason(reason).value
    with transaction.atomic():
        progress, subject = lock_order(order_id, by, now=now)
        require(by, "orders.cancel", now)
        require_seen(progress, seen)
        require_state(progress, rules.WAITING, *rules.HELD)
        require_note(reason, note)
        keep_words(progress.order, note, by=by, now=now)
        record_event(
            order=progress.order,
            kind=OrderEvent.Kind.CANCELLATION,
            source="desk",
            content={"reason": reason, "state": progress.state},
            by=by,
            now=now,
        )
        before = progress.state
        call_off(progress, subject, now)
        audit.record(
            "orders.cancel",
            subject=subject,
            by=by,
            now=now,
            clause=rulebook.permission_rule("orders.cancel", at=now).clause,
            data={"reason": reason, "was": before},
        )
        return progress


def call_off(progress: OrderProgress, subject: Subject, now: datetime) -> None:
    """The end of an order that is not handed over: its clocks stop. The caller holds the lock and says why."""
    deadlines.cancel(None, subject=subject, at=now)
    progress.state = rules.CANCELLED
    settle_due(progress, subject, now)
    progress.save(update_fields=["state", "next_try_at", "due_at", "due_rule", "moved_at"])
