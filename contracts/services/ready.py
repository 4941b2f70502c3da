"""Goods stated ready to ship (备货完成): their balance falls due, and they leave once it is paid (P2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contracts.models import PurchaseOrder, ReadyLine, ReadyNotice, SupplierContact
from contracts.order_subjects import order_subject
from contracts.rules import quantities
from contracts.selectors import asked, terms
from contracts.selectors import ready as selectors
from contracts.selectors.quantities import tallies
from contracts.services import booking, payables
from contracts.services.inspecting import refuse_while_open
from contracts.services.saying import guard, lock_order
from contracts.services.sides import ORDER, either
from office.audit import api as audit
from office.errors import Conflict, Invalid, NotFound
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.allowed import people_with, words, wrong

if TYPE_CHECKING:
    from office.staff.models import Employee

CLAUSE = "P2.2"
#: How many notices a supplier hands in by itself for one order; we enter any number.
MOST = "contracts.ready_notices"
VERBS = {
    "contracts.ready_stated": _("Goods stated ready to ship"),
    "contracts.ready_taken_back": _("Goods not ready after all"),
}


@transaction.atomic
def state_ready(
    *,
    order: PurchaseOrder,
    lines: Mapping[int, int],
    now: datetime,
    contact: SupplierContact | None = None,
    by: Employee | None = None,
) -> ReadyNotice:
    """{line: pieces} stand ready: their balance is a payable from now on. Not more than is still to be sent and does
    not stand ready already; whole where the contract knows no parts; nothing that an inspection found wrong.

    Raises Forbidden, NotFound, Conflict (`state`, `not_prepaid`, `many`, `rectify`), Invalid."""
    order = lock_order(order.pk)
    side = either(by=by, contact=contact, supplier_id=order.supplier_id, key=ORDER, now=now)
    guard(order, "shipped")
    if not selectors.prepaid(order):
        raise Conflict(
            _("By its contract this order is paid after arrival. Nothing has to be stated ready."),
            code="not_prepaid",
            clause=CLAUSE,
        )
    if side.contact is not None:
        _require_few(order, now)
    refuse_while_open(order.pk)
    wanted = {line: pieces for line, pieces in lines.items() if pieces}
    _fits(order, wanted, now)
    notice: ReadyNotice = ReadyNotice.objects.create(order=order, contact=side.contact, by=side.by, at=now)
    ReadyLine.objects.bulk_create(
        ReadyLine(notice=notice, line_id=line, quantity=pieces) for line, pieces in sorted(wanted.items())
    )
    found = payables.stated_ready(notice=notice, by=side.by, now=now)
    audit.record(
        "contracts.ready_stated", subject=order_subject(order), by=side.actor, now=now, clause=CLAUSE,
        data={"notice": notice.pk, "pieces": sum(wanted.values()), "amount": str(found.amount)},
    )  # fmt: skip
    notices.notify(
        "contracts.ready_stated", {order.buyer_id, *people_with(booking.SETTLE, now)} - {by.pk if by else 0},
        source="ready_notice", source_id=notice.pk, subject=order_subject(order), now=now, clause=CLAUSE,
        params={"supplier": order.supplier.name, "pieces": sum(wanted.values())},
    )  # fmt: skip
    return notice


def _require_few(order: PurchaseOrder, now: datetime) -> None:
    """Raises Conflict. An older book does not know the limit."""
    if not rulebook.has_rule(MOST, now):
        return
    most = rulebook.limit_rule(MOST, now)
    if order.ready.exclude(contact=None).count() >= most.count:
        raise Conflict(
            _(
                "Too many notices were handed in for this order. Your buyer enters the next ones: please call."
            ),
            code="many",
            clause=most.clause,
        )


@transaction.atomic
def take_back(
    *,
    notice_id: int,
    reason: str,
    now: datetime,
    order: PurchaseOrder | None = None,
    contact: SupplierContact | None = None,
    by: Employee | None = None,
) -> ReadyNotice:
    """It was stated wrongly: its balance is owed no longer. Only while nobody has paid, agreed to or asked for it.
    `order`: whose it must be. Raises Forbidden, NotFound, Conflict (`over`, `asked`, `settled`), Invalid."""
    notice: ReadyNotice | None = ReadyNotice.objects.select_related("payable").filter(pk=notice_id).first()
    if notice is None or (order is not None and notice.order_id != order.pk):
        raise NotFound(_("There is no such notice."))
    order = lock_order(notice.order_id)
    side = either(by=by, contact=contact, supplier_id=order.supplier_id, key=ORDER, now=now)
    reason = words(reason, path="reason", longest=500, missing=_("Say why they are not ready."))
    booking.lock_account(order.supplier_id)
    standing = next(each for each in selectors.standing(order) if each.notice.pk == notice.pk)
    if standing.over:
        raise Conflict(_("These pieces have been taken off already."), code="over", clause=CLAUSE)
    if asked.named([notice.payable.pk], []).payables:
        raise Conflict(
            _("A payment for these pieces has been asked for. Talk with each other first."),
            code="asked",
            clause=CLAUSE,
        )
    known = selectors.pieces([order.pk])
    gone = any(
        known[line.line_id].stated - pieces < known[line.line_id].gone for line, pieces in standing.lines
    )
    if not standing.untouched or gone:
        raise Conflict(
            _("These pieces are paid for, or a payment was agreed to: they stay ready."),
            code="settled",
            clause=CLAUSE,
        )
    payables.not_ready(standing=standing, reason=reason, clause=CLAUSE, by=side.by, now=now)
    audit.record(
        "contracts.ready_taken_back", subject=order_subject(order), by=side.actor, now=now, clause=CLAUSE,
        data={"notice": notice.pk, "pieces": sum(pieces for _line, pieces in standing.lines)},
    )  # fmt: skip
    return notice


def _fits(order: PurchaseOrder, wanted: Mapping[int, int], now: datetime) -> None:
    lines = {line.pk: line for line in order.lines.order_by("n")}
    if not wanted or any(line not in lines or pieces < 0 for line, pieces in wanted.items()):
        raise Invalid(_("Say how many pieces of which line stand ready."), code="no_pieces", clause=CLAUSE)
    known, ready = tallies([order.pk]), selectors.pieces([order.pk])
    left = {pk: quantities.to_state(known[pk], ready[pk]) for pk in lines}
    for pk, pieces in wanted.items():
        if pieces > left[pk]:
            raise wrong(
                f"line_{pk}",
                _("Line %(n)d: %(left)d pieces are still to be made ready, not %(pieces)d.")
                % {"n": lines[pk].n, "left": left[pk], "pieces": pieces},
                code="too_many",
                clause=CLAUSE,
            )
    whole = all(wanted.get(pk, 0) == left[pk] for pk in lines)
    if not whole and order.version and not terms.of(order.version, now).partial_delivery:
        raise Invalid(
            _("By the contract this order comes whole, not in parts."), code="in_parts", clause="P7a"
        )
