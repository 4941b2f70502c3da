"""Corrections (C7.5): nobody mends an order; what is right is another order, what happened after the delivery is an
event. Both stand beside it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from office.audit import api as audit
from office.errors import Conflict, Forbidden, Invalid
from office.rulebook import api as rulebook
from orders import rules
from orders.models import OrderEvent, OrderProgress
from orders.selectors.customers import events_of, key_of
from orders.selectors.order import may_work, viewer
from orders.services.desk.handing import call_off
from orders.services.desk.locking import lock_order, require, require_note, require_state
from orders.services.desk.notes import keep_words
from orders.services.desk.reasons import AfterSales
from orders.services.events import record_event

if TYPE_CHECKING:
    from office.staff.models import Employee
    from orders.models import Order


def replace_order(
    *, order_id: int, by: Employee, now: datetime, number: str, note: str = "", seen: int | None = None
) -> OrderProgress:
    """Another order of the same shop stands in the place of this one; each says so of the other. Before its hand-over
    this one is called off by it, later it stays where it is.

    Raises Forbidden, Invalid (`number`), Conflict (`erased`, `replaced`, `circle`, `stale`), NotFound.
    """
    with transaction.atomic():
        progress, subject = lock_order(order_id, by, now=now, seen=seen)
        require(by, "orders.cancel", now)
        order = progress.order
        other = _in_its_place(progress, number)
        _require_customer(order)
        keep_words(order, note, by=by, now=now)
        content = {"replaced_by": other.number}
        event = record_event(
            order=order, kind=OrderEvent.Kind.REPLACEMENT, source="desk", content=content, by=by, now=now
        )
        if event is None:
            raise Conflict(
                _("%(number)s stands in its place already.") % {"number": other.number}, code="replaced"
            )
        record_event(
            order=other,
            kind=OrderEvent.Kind.REPLACEMENT,
            source="desk",
            content={"replaces": order.number},
            by=by,
            now=now,
        )
        before = progress.state
        if before in (rules.WAITING, *rules.HELD):
            call_off(progress, subject, now)
        else:
            progress.moved_at = now
            progress.save(update_fields=["moved_at"])
        audit.record(
            "orders.replace",
            subject=subject,
            by=by,
            now=now,
            clause=rulebook.permission_rule("orders.cancel", at=now).clause,
            data={"by": other.number, "was": before},
        )
        return progress


def record_after_sales(
    *, order_id: int, by: Employee, now: datetime, what: str, note: str = "", seen: int | None = None
) -> OrderEvent:
    """What came after an order was handed over: a return, an exchange, a complaint. The words are sealed as a note.

    Raises Forbidden, Refused (`note_needed`), Conflict (`state`, `erased`, `stale`), NotFound.
    """
    what = AfterSales(what).value
    with transaction.atomic():
        progress, subject = lock_order(order_id, by, now=now, seen=seen)
        if not may_work(viewer(by, now), progress):
            raise Forbidden(_("Only who works on the order, or a supervisor, records what came after it."))
        require_state(progress, *rules.OUT_OF_HAND)
        require_note(what, note)
        _require_customer(progress.order)
        words = keep_words(progress.order, note, by=by, now=now)
        event = record_event(
            order=progress.order,
            kind=OrderEvent.Kind.AFTER_SALES,
            source="desk",
            content={"what": what, "at": now.isoformat()},
            by=by,
            now=now,
        )
        if event is None:
            raise Conflict(_("This is recorded already."), code="recorded")
        progress.moved_at = now
        progress.save(update_fields=["moved_at"])
        audit.record(
            "orders.after_sales",
            subject=subject,
            by=by,
            now=now,
            clause=rulebook.permission_rule("orders.cancel", at=now).clause,
            data={"event": event.pk, "what": what, "note": words.pk if words else None},
        )
        return event


def _in_its_place(progress: OrderProgress, number: str) -> Order:
    """The order of the same shop with that number, which this one does not replace itself."""
    other = (
        OrderProgress.objects.select_related("order__shop")
        .filter(shop_id=progress.shop_id, number=number.strip())
        .exclude(pk=progress.pk)
        .first()
    )
    if other is None:
        raise Invalid(
            _("The shop has no other order with this number."),
            errors=[{"path": "number", "code": "unknown", "message": str(_("There is no such order."))}],
        )
    if any(event.content.get("replaced_by") == progress.number for event in events_of(other.order)):
        raise Conflict(
            _("%(number)s was itself replaced by this order.") % {"number": other.number}, code="circle"
        )
    return other.order


def _require_customer(order: Order) -> None:
    """Nothing is kept beside an order whose customer was erased."""
    if key_of(order.customer_key_id) is None:
        raise Conflict(
            _("This customer was erased; nothing more is kept about this order's customer."), code="erased"
        )
