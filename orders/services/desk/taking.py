"""Into somebody's hands and back into the pool (C7.1, M5.1)."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import DatabaseError, transaction
from django.utils.translation import gettext_lazy as _

from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, Refused
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.staff import selectors as staff
from orders import rules
from orders.models import OrderProgress
from orders.selectors.order import viewer, visible_to
from orders.services.desk.locking import (
    clause_of,
    clock_time,
    lock_order,
    lock_person,
    locked_row,
    require,
    require_note,
    require_seen,
    require_state,
    settle_due,
)
from orders.services.desk.notes import keep_words
from orders.services.desk.reasons import ReassignReason, ReturnReason
from orders.subjects import subject_of

if TYPE_CHECKING:
    from office.staff.models import Employee
    from office.subjects import Subject

logger = logging.getLogger(__name__)
#: Idle orders looked at by one run of the task; the next run, half a minute later, takes the rest.
IDLE_BATCH = 500


def accept_order(*, order_id: int, by: Employee, now: datetime) -> OrderProgress:
    """Take a waiting order in hand: its accept clock is met, its contact clock starts (C7.1 → C7.2).

    Accepting what one already holds changes nothing: a double click is no error. Raises Forbidden, Refused
    (`off_duty`, `open_limit`), Conflict (`already_accepted`, with winner and time), NotFound.
    """
    with transaction.atomic():
        lock_person(by)
        # Who takes no orders learns nothing of one that he may not see, not even that somebody was faster.
        takes = rulebook.may(by, "orders.accept_order", now)
        progress, subject = lock_order(order_id, by, now=now, from_pool=takes)
        require(by, "orders.accept_order", now)
        if progress.state in rules.HELD and progress.holder is not None:
            if progress.holder_id == by.pk:
                return progress
            raise _lost(progress.holder.name, progress.accepted_at or now)
        require_state(progress, rules.WAITING)
        _fit_to_take(by, by, now)
        _take_in_hand(progress, subject, by, by, now)
        return progress


def accept_next(*, by: Employee, now: datetime) -> OrderProgress | None:
    """Take the waiting order that is due first and that nobody else is just taking; None from an empty pool.

    Raises Forbidden, Refused (`off_duty`, `open_limit`).
    """
    with transaction.atomic():
        lock_person(by)
        require(by, "orders.accept_order", now)
        _fit_to_take(by, by, now)
        first = (
            visible_to(viewer(by, now))
            .select_for_update(of=("self",), skip_locked=True)
            .select_related("order__shop")
            .filter(state=rules.WAITING)
            .order_by("due_at", "order_id")
            .first()
        )
        if first is None:
            return None
        _take_in_hand(first, subject_of(first.order), by, by, now)
        return first


def reassign_order(
    *,
    order_id: int,
    to: Employee,
    by: Employee,
    now: datetime,
    reason: str,
    note: str = "",
    seen: int | None = None,
) -> OrderProgress:
    """A supervisor gives a waiting or held order to somebody on duty who may take orders. Its clocks go on.

    Out of the pool this is accepting in the other's name. Raises Forbidden, Refused (`off_duty`, `open_limit`,
    `not_an_agent`, `note_needed`), Conflict (`same_holder`, `state`, `stale`), NotFound.
    """
    reason = ReassignReason(reason).value
    with transaction.atomic():
        lock_person(to)
        progress, subject = lock_order(order_id, by, now=now)
        require(by, "orders.reassign", now)
        require_seen(progress, seen)
        require_state(progress, rules.WAITING, *rules.HELD)
        require_note(reason, note)
        if progress.holder_id == to.pk:
            raise Conflict(
                _("%(name)s holds this order already.") % {"name": to.name},
                code="same_holder",
                holder=to.name,
            )
        if not rulebook.may(to, "orders.accept_order", now):
            raise Refused(_("%(name)s’s post does not take orders.") % {"name": to.name}, code="not_an_agent")
        _fit_to_take(to, by, now, in_hand=progress.state in (rules.WAITING, *rules.IN_HAND))
        before = progress.holder
        if progress.state == rules.WAITING:
            _take_in_hand(progress, subject, to, by, now)
        else:
            progress.holder = to
            deadlines.assign(subject, to.pk)
            settle_due(progress, subject, now)
            progress.save(update_fields=["holder", "due_at", "due_rule", "moved_at"])
        keep_words(progress.order, note, by=by, now=now)
        entry = audit.record(
            "orders.reassign",
            subject=subject,
            by=by,
            now=now,
            clause=clause_of(rules.ACCEPT, now),
            data={"from": before.name if before else "", "to": to.name, "reason": reason},
        )
        told = {person.pk for person in (before, to) if person is not None and person.pk != by.pk}
        notices.notify(
            "orders.reassigned",
            told,
            source="orders",
            source_id=entry,
            subject=subject,
            now=now,
            clause=clause_of(rules.ACCEPT, now),
            params={"to": to.name, "by": by.name},
            urgent=True,
        )
        return progress


def return_to_pool(
    *,
    order_id: int,
    by: Employee | None,
    now: datetime,
    reason: str = ReturnReason.GIVEN_BACK,
    note: str = "",
    seen: int | None = None,
) -> OrderProgress:
    """Back to where anybody can take it, with the reason; a new accept clock starts.

    The system (`by` None) and the holder return accepted and contacted orders, a supervisor any held one. Raises
    Forbidden, Conflict (`state`, `stale`), NotFound.
    """
    reason = ReturnReason(reason).value
    with transaction.atomic():
        progress, subject = lock_order(order_id, by, now=now, seen=seen)
        if by is not None and progress.holder_id != by.pk:
            require(by, "orders.reassign", now)
            reason = ReturnReason.SUPERVISOR.value
        elif by is not None:  # whichever door he came by: the trail names no supervisor for it
            reason = ReturnReason.GIVEN_BACK.value
        supervises = by is not None and rulebook.may(by, "orders.reassign", now)
        require_state(progress, *(rules.HELD if supervises else rules.IN_HAND))
        if by is not None:
            keep_words(progress.order, note, by=by, now=now)
        _let_go(progress, subject, by, now, reason)
        return progress


def release_shift(employee: Employee, by: Employee | None, now: datetime) -> None:
    """Called while a shift ends, in its transaction: what the person has in hand and not confirmed goes back (C7.1).

    The lock of the person makes an acceptance at the same instant either seen here or refused as off duty.
    """
    with transaction.atomic():
        lock_person(employee)
        held = OrderProgress.objects.filter(holder=employee, state__in=rules.IN_HAND).order_by("pk")
        for order_id in list(held.values_list("pk", flat=True)):
            progress = locked_row(order_id)
            if progress is None or progress.holder_id != employee.pk or progress.state not in rules.IN_HAND:
                continue  # reassigned or confirmed while the lock was awaited
            _let_go(progress, subject_of(progress.order), by, now, ReturnReason.OFF_DUTY.value)


def return_idle_orders(*, now: datetime) -> int:
    """Give back what is overdue and lies still (C7.2, `orders.idle_return`); answers how many went back.

    One order that cannot be returned is logged and does not stop the others.
    """
    late = OrderProgress.objects.filter(
        state__in=rules.IN_HAND, due_rule__in=(rules.CONTACT, rules.NEXT_TRY), due_at__lte=now
    ).order_by("due_at")
    returned = 0
    for order_id in list(late.values_list("pk", flat=True)[:IDLE_BATCH]):
        try:
            returned += _return_if_idle(order_id, now)
        except (Refused, DatabaseError):
            logger.exception("idle_return_failed", extra={"order_id": order_id})
    return returned


def _return_if_idle(order_id: int, now: datetime) -> int:
    with transaction.atomic():
        progress = locked_row(order_id, skip_locked=True)
        # Looked at again under the lock: a contact may have been recorded since the list was read.
        if progress is None or progress.state not in rules.IN_HAND:
            return 0
        if progress.due_at is None or progress.accepted_at is None:
            return 0
        idle = rules.is_idle(
            due=rules.Due(progress.due_at, progress.due_rule),
            moved_at=progress.moved_at or progress.accepted_at,
            allowed=rulebook.limit_rule("orders.idle_return", at=progress.accepted_at).span,
            now=now,
        )
        if idle:
            _let_go(progress, subject_of(progress.order), None, now, ReturnReason.IDLE.value)
        return int(idle)


def _lost(winner: str, at: datetime) -> Conflict:
    return Conflict(
        _("%(name)s accepted this order at %(time)s.") % {"name": winner, "time": clock_time(at)},
        code="already_accepted",
        winner=winner,
        at=at.isoformat(),
    )


def _fit_to_take(taker: Employee, by: Employee, now: datetime, *, in_hand: bool = True) -> None:
    """On duty, and below the open limit; counted under the person's lock."""
    limit = rulebook.limit_rule("orders.open_limit", at=now)
    if not staff.is_on_duty(taker):
        message = (
            _("You are not on duty. Go on duty first; the order waits here.")
            if taker.pk == by.pk
            else _("%(name)s is not on duty.") % {"name": taker.name}
        )
        raise Refused(message, code="off_duty", clause=limit.clause, own=taker.pk == by.pk)
    if not in_hand:
        return
    allowed = limit.count
    held = OrderProgress.objects.filter(holder=taker, state__in=rules.IN_HAND).values_list("pk")[:allowed]
    if len(held) >= allowed:
        message = (
            _("You have %(count)s orders in hand. Confirm one, or give one back, and take the next.")
            if taker.pk == by.pk
            else _("%(name)s has %(count)s orders in hand, which is the limit.")
        ) % {"name": taker.name, "count": allowed}
        raise Refused(message, code="open_limit", clause=limit.clause, limit=allowed)


def _take_in_hand(
    progress: OrderProgress, subject: Subject, taker: Employee, by: Employee, now: datetime
) -> None:
    deadlines.assign(subject, taker.pk)  # the figures credit whoever took it
    met = deadlines.meet(rules.ACCEPT, subject=subject, at=now)
    deadlines.open(rules.CONTACT, subject=subject, started_at=now, now=now, holder_id=taker.pk)
    progress.state = rules.ACCEPTED
    progress.holder = taker
    progress.accepted_at = now
    progress.returned_reason = ""
    progress.next_try_at = None
    settle_due(progress, subject, now)
    progress.save(
        update_fields=[
            "state", "holder", "accepted_at", "returned_reason", "next_try_at", "due_at", "due_rule", "moved_at",
        ]
    )  # fmt: skip
    audit.record(
        "orders.accept",
        subject=subject,
        by=by,
        now=now,
        clause=met.clause if met else clause_of(rules.ACCEPT, now),
        data={"holder": taker.name, "in_time": met is None or now <= met.due_at},
    )


def _let_go(
    progress: OrderProgress, subject: Subject, by: Employee | None, now: datetime, reason: str
) -> None:
    before = progress.holder
    # Contact, hand-off and follow-up end here: whoever takes the order next starts them anew.
    deadlines.cancel(None, subject=subject, at=now)
    clock = deadlines.open(rules.ACCEPT, subject=subject, started_at=now, now=now)
    progress.state = rules.WAITING
    progress.holder = None
    progress.returned_reason = reason
    progress.accepted_at = progress.contacted_at = progress.confirmed_at = progress.next_try_at = None
    progress.due_at, progress.due_rule, progress.moved_at = clock.due_at, rules.ACCEPT, now
    progress.save(
        update_fields=[
            "state", "holder", "returned_reason", "accepted_at", "contacted_at", "confirmed_at", "next_try_at",
            "due_at", "due_rule", "moved_at",
        ]
    )  # fmt: skip
    clause = clause_of(rules.CONTACT if reason == ReturnReason.IDLE else rules.ACCEPT, now)
    entry = audit.record(
        "orders.return",
        subject=subject,
        by=by,
        now=now,
        clause=clause,
        data={"from": before.name if before else "", "reason": reason},
    )
    if before is not None and (by is None or by.pk != before.pk):
        notices.notify(
            "orders.returned",
            [before.pk],
            source="orders",
            source_id=entry,
            subject=subject,
            now=now,
            clause=clause,
            params={"reason": reason},
        )
