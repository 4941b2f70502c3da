"""The order at the supplier: opened, returned countersigned, or by silence deemed accepted (P1.3, P7b).

The clocks of P7b run from the first recorded opening. An order that nobody opened is never deemed accepted.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.timezone import get_default_timezone, make_aware
from django.utils.translation import gettext_lazy as _

from contracts.models import OrderEvent, PurchaseOrder, SupplierContact
from contracts.order_subjects import order_subject
from contracts.selectors import terms
from contracts.services import payables, proving
from contracts.services.ordering import UNOPENED
from contracts.services.saying import guard, lock_order, say
from contracts.services.sides import ORDER, Side, either
from contracts.services.whole import watch
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import NotFound
from office.notices import api as notices
from office.rulebook.allowed import words, wrong

if TYPE_CHECKING:
    from office.deadlines.models import Deadline
    from office.files.models import StoredFile
    from office.staff.models import Employee

RETURN, DEEMED = "contracts.order_return", "contracts.order_deemed"
#: The kind of incident that an opening without its proof is.
UNPROVEN = "unproven_opening"


@transaction.atomic
def open_order(*, order: PurchaseOrder, contact: SupplierContact, now: datetime) -> OrderEvent:
    """A person of the supplier looks at the order; kept once for each person. The first opening starts the clocks of
    P7b. Raises NotFound, Conflict (before it was sent, after it has ended)."""
    order = lock_order(order.pk)
    side = either(by=None, contact=contact, supplier_id=order.supplier_id, key=ORDER, now=now)
    seen: OrderEvent | None = order.events.filter(word="opened", contact=contact).first()
    if seen is not None:
        return seen
    first = order.opened_at is None
    event = say(
        order, "opened", side=side, now=now, data={"by": contact.name},
        facts={"opened_at": now} if first else {},
    )  # fmt: skip
    if first:
        deadlines.meet(UNOPENED, subject=order_subject(order), at=now)
    if first and order.state == PurchaseOrder.State.SENT:
        for rule in (RETURN, DEEMED):
            deadlines.open(
                rule, subject=order_subject(order), started_at=now, now=now, holder_id=order.buyer_id,
                targets={"buyer": "holder"}, within=_within(order, rule, now),
            )  # fmt: skip
    return event


@transaction.atomic
def return_order(
    *,
    order: PurchaseOrder,
    now: datetime,
    contact: SupplierContact | None = None,
    by: Employee | None = None,
    file: StoredFile | None = None,
    signature: str = "",
    text: str = "",
) -> PurchaseOrder:
    """The countersigned order comes back: at the door with a signature or a scan, or one of us files the paper that
    came by post. Late, after it was deemed accepted, the paper is kept beside that; when it was accepted stays.

    Raises Forbidden, NotFound, Conflict, Invalid."""
    order = lock_order(order.pk)
    side = either(by=by, contact=contact, supplier_id=order.supplier_id, key=ORDER, now=now)
    guard(order, "returned")
    signature = words(signature, path="signature", longest=60)
    text = words(text, path="text", longest=500)
    if file is None and (not signature or side.by is not None):
        raise wrong("file", _("The countersigned order is missing."), code="required", clause="P1.3")
    if contact is not None:
        open_order(order=order, contact=contact, now=now)
        order = lock_order(order.pk)
    settle_silence(order=order, now=now)
    early = order.state == PurchaseOrder.State.SENT
    say(
        order, "returned", side=side, now=now, file=file, text=text,
        data={"signature": signature} if signature else {},
        facts={"accepted_at": now} if early else {},
    )  # fmt: skip
    deadlines.meet(RETURN, subject=order_subject(order), at=now)
    for rule in (UNOPENED, DEEMED):
        deadlines.cancel(rule, subject=order_subject(order), at=now)
    if early:
        _watch_lines(order, now, now)
        payables.order_accepted(order=order, by=side.by, now=now)
    notices.notify(
        "contracts.order_returned", [order.buyer_id], source="purchase_returned", source_id=order.pk,
        subject=order_subject(order), now=now, clause="P7b", params={"supplier": order.supplier.name},
    )  # fmt: skip
    return order


@transaction.atomic
def settle_silence(*, order: PurchaseOrder, now: datetime) -> bool:
    """Turns a sent order into a deemed one when the time of P7b is over, as of that instant; whether it did. Called by
    the sweep, and by whoever touches the order before the sweep comes."""
    order_ = lock_order(order.pk)
    clock = deadlines.running(order_subject(order_), DEEMED)
    if order_.state != PurchaseOrder.State.SENT or clock is None or clock.due_at > now:
        return False
    if not _really_opened(order_):
        _told_unopened(order_, clock, now)
        return False
    say(
        order_, "deemed", side=Side(), now=now, at=clock.due_at, clause=clock.clause,
        data={"opened_at": clock.started_at.isoformat(), "due_at": clock.due_at.isoformat()},
        facts={"accepted_at": clock.due_at},
    )  # fmt: skip
    order.refresh_from_db()
    for rule in (RETURN, DEEMED):
        deadlines.cancel(rule, subject=order_subject(order_), at=now)
    _watch_lines(order_, clock.due_at, now)
    payables.order_accepted(order=order_, by=None, now=now)
    notices.notify(
        "contracts.order_deemed", [order_.buyer_id], source="purchase_deemed", source_id=order_.pk,
        subject=order_subject(order_), now=now, clause=clock.clause, params={"supplier": order_.supplier.name},
    )  # fmt: skip
    return True


def _really_opened(order: PurchaseOrder) -> bool:
    """Whether the opening that the clocks run from was one at the door."""
    first = [each for each in order.events.filter(word="opened") if each.at == order.opened_at]
    return bool(first) and not proving.unproven(first)


def _told_unopened(order: PurchaseOrder, clock: Deadline, now: datetime) -> None:
    """Silence of somebody who never saw the order says nothing (P7b)."""
    for rule in (RETURN, DEEMED):
        deadlines.cancel(rule, subject=order_subject(order), at=now)
    audit.incident(
        UNPROVEN, subject=order_subject(order), now=now, clause=clock.clause,
        detail="the opening that the time of P7b runs from was not made at the supplier’s door",
    )  # fmt: skip
    notices.notify(
        "contracts.opening_unproven", [order.buyer_id], source="purchase_unproven", source_id=order.pk,
        subject=order_subject(order), now=now, clause=clock.clause, params={"supplier": order.supplier.name},
        urgent=True,
    )  # fmt: skip


def on_silence(deadline: Deadline, now: datetime) -> None:
    """The sweep tells that the three days are over."""
    order = PurchaseOrder.objects.filter(pk=int(deadline.subject_id)).first()
    if order is None:
        raise NotFound(_("There is no such purchase order."))
    settle_silence(order=order, now=now)


def _watch_lines(order: PurchaseOrder, since: datetime, now: datetime) -> None:
    for line in order.lines.select_related("order").order_by("n"):
        watch(line, order, since, now)


def _within(order: PurchaseOrder, rule: str, now: datetime) -> timedelta | None:
    """The days that the contract names, to the end of the last; None for an order of no contract."""
    if order.version is None:
        return None
    held = terms.of(order.version, now)
    days = held.return_days if rule == RETURN else held.deemed_days
    last = now.astimezone(get_default_timezone()).date() + timedelta(days=days)
    return _end_of(last) - now


def _end_of(day: date) -> datetime:
    return make_aware(datetime.combine(day + timedelta(days=1), time()), get_default_timezone())
