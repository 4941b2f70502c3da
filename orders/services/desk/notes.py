"""Words about an order, sealed under its customer's key, and the call-backs and follow-ups they carry (M5.3)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Invalid, NotFound
from orders import rules
from orders.models import Note, Order
from orders.selectors.customers import seal_for
from orders.selectors.order import may_work, viewer
from orders.services.desk.locking import lock_order, require_state, settle_due

if TYPE_CHECKING:
    from office.staff.models import Employee

TEXT_LIMIT = 2000


def keep_words(
    order: Order,
    text: str,
    *,
    by: Employee,
    now: datetime,
    callback_at: datetime | None = None,
    follow_up: bool = False,
) -> Note | None:
    """Seal a note; None for empty words. The caller holds the order's lock and writes the audit entry."""
    words = text.strip()
    if not words:
        return None
    if len(words) > TEXT_LIMIT:
        raise Invalid(
            _("A note has at most %(limit)s characters.") % {"limit": TEXT_LIMIT},
            errors=[{"path": "note", "code": "too_long", "message": str(_("Please shorten it."))}],
        )
    return Note.objects.create(
        order=order,
        by=by,
        at=now,
        sealed_text=seal_for(order, words),
        callback_at=callback_at,
        follow_up=follow_up,
    )


def add_note(
    *,
    order_id: int,
    by: Employee,
    now: datetime,
    text: str,
    callback_at: datetime | None = None,
    follow_up: bool = False,
) -> Note:
    """A note, with a call-back that shows on its writer's day. A follow-up note meets the follow-up clock and starts
    the next one, until the order is closed (M5.3).

    Raises Invalid (`text`, `callback_at`), Forbidden, Conflict (`no_follow_up`), NotFound.
    """
    with transaction.atomic():
        progress, subject = lock_order(order_id, by, now=now)
        if not may_work(viewer(by, now), progress):
            raise Forbidden(_("Only who works on the order, or a supervisor, writes notes on it."))
        if callback_at is not None and callback_at <= now:
            raise Invalid(
                _("The call-back has to lie ahead."),
                errors=[{"path": "callback_at", "code": "past", "message": str(_("This time has passed."))}],
            )
        note = keep_words(progress.order, text, by=by, now=now, callback_at=callback_at, follow_up=follow_up)
        if note is None:
            raise Invalid(
                _("The note is empty."),
                errors=[{"path": "text", "code": "required", "message": str(_("Please write something."))}],
            )
        clause = ""
        if follow_up:
            met = deadlines.meet(rules.FOLLOWUP, subject=subject, at=now)
            if met is None:
                raise Conflict(_("This order is not being followed up."), code="no_follow_up")
            require_state(progress, rules.CONFIRMED, rules.HANDED_OVER, rules.TAKEN)
            clause = met.clause
            deadlines.open(rules.FOLLOWUP, subject=subject, started_at=now, now=now, holder_id=met.holder_id)
        settle_due(progress, subject, now)
        progress.save(update_fields=["due_at", "due_rule", "next_try_at", "moved_at"])
        audit.record(
            "orders.follow_up" if follow_up else "orders.note",
            subject=subject,
            by=by,
            now=now,
            clause=clause,
            data={"note": note.pk, "callback_at": callback_at.isoformat() if callback_at else ""},
        )
        return note


def finish_callback(*, note_id: int, by: Employee, now: datetime) -> Note:
    """Tick a call-back off. Its writer does, or whoever works on the order now. Once is enough: again changes nothing.

    Raises NotFound, Forbidden.
    """
    with transaction.atomic():
        note = Note.objects.filter(pk=note_id, callback_at__isnull=False).first()
        if note is None:
            raise NotFound(_("There is no such call-back."))
        progress, subject = lock_order(note.order_id, by, now=now)
        note.refresh_from_db()
        if note.by_id != by.pk and not may_work(viewer(by, now), progress):
            raise Forbidden(_("Only its writer, or who works on the order, ticks it off."))
        if note.done_at is None:
            note.done_at = now
            note.save(update_fields=["done_at"])
            audit.record("orders.callback_done", subject=subject, by=by, now=now, data={"note": note.pk})
        return note
