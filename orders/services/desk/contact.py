"""Reaching the customer, and what comes of it (C7.2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from office.audit import api as audit
from office.audit.canonical import instant
from office.deadlines import api as deadlines
from office.errors import Invalid, Refused
from office.rulebook import api as rulebook
from orders import rules
from orders.digest import contact_digest
from orders.models import ContactRecord, Order, OrderProgress
from orders.selectors.customers import seal_for
from orders.services.desk.locking import (
    clause_of,
    lock_order,
    require_holder,
    require_note,
    require_state,
    settle_due,
)
from orders.services.desk.notes import keep_words
from orders.services.desk.reasons import InvalidReason

if TYPE_CHECKING:
    from office.staff.models import Employee

#: What the clause asks to be confirmed with the customer.
FACTS = ("goods", "amount", "address", "phone")
FACT_NAMES = {"goods": _("goods"), "amount": _("amount"), "address": _("address"), "phone": _("phone")}


def record_contact(
    *,
    order_id: int,
    by: Employee,
    now: datetime,
    channel: str,
    outcome: str,
    at: datetime | None = None,
    confirmed: Iterable[str] = (),
    next_try_at: datetime | None = None,
    note: str = "",
    seen: int | None = None,
) -> ContactRecord:
    """One try to reach the customer. Only this stops the contact clock, reached or not (docs/desk.md).

    `at` is when it was (default: now), not in the future and not before the acceptance. `confirmed` are names out of
    FACTS, only of a reached customer. Not reached needs `next_try_at`, ahead and within rules.NEXT_TRY_WITHIN.
    Every record stands. Raises Invalid, Forbidden (`not_holder`), Conflict (`state`, `stale`), NotFound.
    """
    with transaction.atomic():
        progress, subject = lock_order(order_id, by, now=now, seen=seen)
        clause = clause_of(rules.CONTACT, now)
        require_state(progress, rules.ACCEPTED, rules.CONTACTED)
        require_holder(progress, by, clause)
        reached = outcome == ContactRecord.Outcome.REACHED
        facts = {name for name in confirmed if name in FACTS} if reached else set()
        when = at or now
        if progress.accepted_at and when < progress.accepted_at < when + timedelta(minutes=1):
            when = progress.accepted_at  # people give minutes: that of the acceptance began before it
        _check(progress, channel, outcome, when, next_try_at, now)
        record = ContactRecord.objects.create(
            order=progress.order,
            by=by,
            at=when,
            channel=channel,
            outcome=outcome,
            next_try_at=None if reached else next_try_at,
            sealed_note=seal_for(progress.order, note.strip()) if note.strip() else None,
            **{f"{name}_confirmed": name in facts for name in FACTS},
        )
        met = deadlines.meet(rules.CONTACT, subject=subject, at=when)
        progress.state = rules.CONTACTED
        progress.tries = min(progress.tries + 1, 32767)
        progress.contacted_at = progress.contacted_at or when
        progress.next_try_at = record.next_try_at
        settle_due(progress, subject, now)
        progress.save(
            update_fields=[
                "state", "tries", "contacted_at", "next_try_at", "due_at", "due_rule", "moved_at",
            ]
        )  # fmt: skip
        data: dict[str, object] = {
            "channel": channel,
            "outcome": outcome,
            "contact_at": when.isoformat(),
            "confirmed": [name for name in FACTS if name in facts],
            "contact": record.pk,
            "digest": _digest(record).hex(),
        }
        if record.next_try_at is not None:
            data["next_try_at"] = record.next_try_at.isoformat()
        if met is not None:
            data["in_time"] = when <= met.due_at
            data["written_late"] = when <= met.due_at < now
        audit.record("orders.contact", subject=subject, by=by, now=now, clause=clause, data=data)
        return record


def _digest(record: ContactRecord) -> bytes:
    return contact_digest(
        record_id=record.pk,
        order_id=record.order_id,
        by_id=record.by_id,
        at=instant(record.at),
        channel=record.channel,
        outcome=record.outcome,
        confirmed=(
            record.goods_confirmed, record.amount_confirmed, record.address_confirmed, record.phone_confirmed,
        ),
        next_try_at=instant(record.next_try_at) if record.next_try_at else "",
        sealed_note=bytes(record.sealed_note or b""),
    )  # fmt: skip


def _check(
    progress: OrderProgress,
    channel: str,
    outcome: str,
    when: datetime,
    next_try_at: datetime | None,
    now: datetime,
) -> None:
    errors: list[dict[str, str]] = []

    def wrong(path: str, code: str, message: object) -> None:
        errors.append({"path": path, "code": code, "message": str(message)})

    if channel not in ContactRecord.Channel.values:
        wrong("channel", "choice", _("Choose how you tried."))
    if outcome not in ContactRecord.Outcome.values:
        wrong("outcome", "choice", _("Say whether the customer was reached."))
    if when > now:
        wrong("at", "future", _("This time has not come yet."))
    elif progress.accepted_at is not None and when < progress.accepted_at:
        wrong("at", "before_acceptance", _("The order was accepted later than that."))
    if outcome == ContactRecord.Outcome.NOT_REACHED:
        if next_try_at is None:
            wrong("next_try_at", "required", _("Say when you will try again."))
        elif next_try_at <= now:
            wrong("next_try_at", "past", _("This time has passed."))
        elif next_try_at > now + rules.NEXT_TRY_WITHIN:
            wrong("next_try_at", "too_late", _("The next try has to be within 24 hours."))
    if errors:
        raise Invalid(
            _("The contact record is not complete."), errors=errors, clause=clause_of(rules.CONTACT, now)
        )


def unconfirmed_facts(order: Order, since: datetime) -> list[str]:
    """Which of FACTS no reached customer has confirmed since then; all of them when nobody was reached."""
    reached = ContactRecord.objects.filter(order=order, at__gte=since, outcome=ContactRecord.Outcome.REACHED)
    confirmed: set[str] = set()
    for record in reached:
        confirmed |= {name for name in FACTS if getattr(record, f"{name}_confirmed")}
    return [name for name in FACTS if name not in confirmed]


def confirm_order(
    *, order_id: int, by: Employee, now: datetime, note: str = "", seen: int | None = None
) -> OrderProgress:
    """The order is valid. Starts the hand-off clock (C7.3) or the follow-up clock (M5.3), whichever the book has.

    Needs a reached customer who confirmed goods, amount, address and phone; `note` says why when one of them was
    not confirmed. Raises Refused (`not_reached`, `facts_unconfirmed`), Forbidden, Conflict, NotFound.
    """
    with transaction.atomic():
        progress, subject = lock_order(order_id, by, now=now, seen=seen)
        clause = clause_of(rules.CONTACT, now)
        require_state(progress, rules.CONTACTED)
        require_holder(progress, by, clause)
        since = progress.accepted_at or now
        if not ContactRecord.objects.filter(
            order=progress.order, at__gte=since, outcome=ContactRecord.Outcome.REACHED
        ).exists():
            raise Refused(
                _("Nobody has reached the customer yet. Record a contact “reached” first."),
                code="not_reached",
                clause=clause,
            )
        missing = unconfirmed_facts(progress.order, since)
        if missing and not note.strip():
            raise Refused(
                _("Not confirmed yet: %(facts)s. Ask the customer, or say why the order is valid without.")
                % {"facts": str(_(", ")).join(str(FACT_NAMES[name]) for name in missing)},
                code="facts_unconfirmed",
                clause=clause,
                facts=missing,
            )
        keep_words(progress.order, note, by=by, now=now)
        book = rulebook.book(now)
        for key in (rules.HANDOFF, rules.FOLLOWUP):
            if key in book.rules:
                deadlines.open(key, subject=subject, started_at=now, now=now, holder_id=by.pk)
        progress.state = rules.CONFIRMED
        progress.confirmed_at = now
        progress.next_try_at = None
        settle_due(progress, subject, now)
        progress.save(
            update_fields=["state", "confirmed_at", "next_try_at", "due_at", "due_rule", "moved_at"]
        )
        audit.record(
            "orders.confirm",
            subject=subject,
            by=by,
            now=now,
            clause=clause,
            data={"unconfirmed": missing},
        )
        return progress


def mark_invalid(
    *, order_id: int, by: Employee, now: datetime, reason: str, note: str = "", seen: int | None = None
) -> OrderProgress:
    """The order is none. An end: every clock of it stops. Needs a contact record, and the reason.

    Raises Refused (`note_needed`), Forbidden, Conflict, NotFound.
    """
    reason = InvalidReason(reason).value
    with transaction.atomic():
        progress, subject = lock_order(order_id, by, now=now, seen=seen)
        clause = clause_of(rules.CONTACT, now)
        require_state(progress, rules.CONTACTED)
        require_holder(progress, by, clause)
        require_note(reason, note)
        keep_words(progress.order, note, by=by, now=now)
        deadlines.cancel(None, subject=subject, at=now)
        progress.state = rules.INVALID
        settle_due(progress, subject, now)
        progress.save(update_fields=["state", "next_try_at", "due_at", "due_rule", "moved_at"])
        audit.record(
            "orders.invalid", subject=subject, by=by, now=now, clause=clause, data={"reason": reason}
        )
        return progress
