"""Who looked: at a customer's data (C13.5), and at the desk (C7.1)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from office.audit import api as audit
from office.errors import Forbidden, Refused
from office.rulebook import api as rulebook
from orders import rules
from orders.models import DeskWatch, OrderProgress, Unmasking
from orders.selectors.order import may_unmask, needs_unmask_reason, viewer
from orders.services.desk.locking import lock_order
from orders.services.desk.reasons import UnmaskReason

if TYPE_CHECKING:
    from office.staff.models import Employee

_WATCH = 7202  # class of advisory locks: one person's heartbeats


def unmask_customer(*, order_id: int, by: Employee, now: datetime, reason: str = "") -> Unmasking:
    """Show the customer's phone and address to `by`, who is written down for it.

    Who holds the order needs no reason. Masked until accepted: Refused (`not_accepted`) in the pool, also for a
    supervisor. Raises Forbidden, Refused (`reason_needed`), NotFound.
    """
    with transaction.atomic():
        progress, subject = lock_order(order_id, by, now=now)
        clause = rulebook.permission_rule("orders.view_customer", at=now).clauses[-1]
        who = viewer(by, now)
        if progress.state == rules.WAITING and who.may("orders.view_customer"):
            raise Refused(
                _("The customer’s data is shown to whoever accepts the order."),
                code="not_accepted",
                clause=clause,
            )
        if not may_unmask(who, progress):
            raise Forbidden(_("Your post does not need this customer’s data."), clause=clause)
        if needs_unmask_reason(who, progress):
            if reason not in UnmaskReason.values or reason == UnmaskReason.HOLDER:
                raise Refused(_("Say why you need to see it."), code="reason_needed", clause=clause)
        else:
            reason = UnmaskReason.HOLDER.value
        unmasking = Unmasking.objects.create(order=progress.order, by=by, at=now, reason=reason)
        # Looking the phone up is work on the order: its holder is not idle.
        if progress.holder_id == by.pk:
            OrderProgress.objects.filter(pk=progress.pk).update(moved_at=now)
        audit.record("orders.unmask", subject=subject, by=by, now=now, clause=clause, data={"reason": reason})
        return unmasking


def watch_beat(*, by: Employee, now: datetime) -> DeskWatch | None:
    """The desk is open before somebody's eyes (C7.1, M5.1). Beats close together are one stretch of watching.

    Not in the trail: the row itself is the proof. None for people whose post does not take orders: their looking
    keeps no clock.
    """
    if not rulebook.may(by, "orders.accept_order", now):
        return None
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Two tabs of one person beat into one row.
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_WATCH, by.pk % 2**31])
        last = DeskWatch.objects.filter(employee=by).order_by("-last_at").first()
        if last is None or last.last_at < now - rules.WATCH_JOINS:
            return DeskWatch.objects.create(employee=by, started_at=now, last_at=now)
        if last.last_at < now:
            last.last_at = now
            last.save(update_fields=["last_at"])
        return last
