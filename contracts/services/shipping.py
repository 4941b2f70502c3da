"""What is sent to us, whole or in parts, and to which warehouse (P7a)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contracts.models import Delivery, DeliveryLine, OrderEvent, OrderLine, PurchaseOrder, SupplierContact
from contracts.order_subjects import order_subject
from contracts.rules import quantities
from contracts.selectors import account, terms
from contracts.selectors import ready as standing_ready
from contracts.selectors.quantities import tallies
from contracts.services.inspecting import refuse_while_open
from contracts.services.saying import guard, lock_order, say
from contracts.services.sides import ORDER, RECEIVE, either, ours
from office.errors import Conflict, Invalid
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.allowed import people_with, unless, words, wrong

if TYPE_CHECKING:
    from office.files.models import StoredFile
    from office.staff.models import Employee


#: How many deliveries a supplier reports by itself for one order; we enter any number.
MOST = "contracts.door_deliveries"


@transaction.atomic
def ship(
    *,
    order: PurchaseOrder,
    lines: Mapping[int, int],
    number: str,
    now: datetime,
    contact: SupplierContact | None = None,
    by: Employee | None = None,
    note: StoredFile | None = None,
    carrier: str = "",
) -> Delivery:
    """A consignment leaves: {line: pieces}, under the number of its delivery note. Not more than is still to come, nor
    than stands ready and is paid for where the contract is paid before shipping (P2.2); in parts where it lets it.
    Raises Forbidden, NotFound, Conflict, Invalid."""
    order = lock_order(order.pk)
    side = either(by=by, contact=contact, supplier_id=order.supplier_id, key=ORDER, now=now)
    guard(order, "shipped")
    if side.contact is not None:
        _require_few(order, now)
    refuse_while_open(order.pk)
    number = words(number, path="number", longest=40, missing=_("Give the number of the delivery note."))
    carrier = words(carrier, path="carrier", longest=60)
    wanted = {line: pieces for line, pieces in lines.items() if pieces}
    _fits(order, wanted, now)

    def taken() -> Invalid:
        return wrong("number", _("There is a delivery of this number already."), code="taken")

    with unless("delivery_number", taken):
        delivery = Delivery.objects.create(
            order=order, number=number, shipped_at=now, carrier=carrier, note=note, contact=side.contact,
            by=side.by, at=now,
        )  # fmt: skip
    DeliveryLine.objects.bulk_create(
        DeliveryLine(delivery=delivery, line_id=line, quantity=pieces)
        for line, pieces in sorted(wanted.items())
    )
    say(
        order, "shipped", side=side, now=now, file=note,
        data={"delivery": delivery.pk, "number": number, "pieces": sum(wanted.values())},
    )  # fmt: skip
    notices.notify(
        "contracts.shipped", {order.buyer_id, *people_with(RECEIVE, now)}, source="purchase_shipped",
        source_id=delivery.pk, subject=order_subject(order), now=now, clause="P7a",
        params={"supplier": order.supplier.name, "number": number},
    )  # fmt: skip
    return delivery


def _require_few(order: PurchaseOrder, now: datetime) -> None:
    """A supplier does not fill our disks with a note for every piece. Raises Conflict. An older book does not know the
    limit."""
    if not rulebook.has_rule(MOST, now):
        return
    most = rulebook.limit_rule(MOST, now)
    if order.deliveries.exclude(contact=None).count() >= most.count:
        raise Conflict(
            _(
                "Too many deliveries were reported for this order. Your buyer enters the next ones: please call."
            ),
            code="many",
            clause=most.clause,
        )


@transaction.atomic
def change_place(
    *, order_id: int, warehouse: str, agreed: str, by: Employee, now: datetime, file: StoredFile | None = None
) -> OrderEvent:
    """Another warehouse than the order names, agreed with the supplier beforehand: with whom and how, in words. Raises
    Forbidden, NotFound, Conflict, Invalid."""
    side = ours(by, ORDER, now)
    order = lock_order(order_id)
    warehouse = words(warehouse, path="warehouse", longest=120, missing=_("Say where it goes."))
    agreed = words(
        agreed, path="agreed", longest=500, missing=_("Say with whom of the supplier it was agreed, and how.")
    )
    return say(
        order, "place_changed", side=side, now=now, text=agreed, file=file, data={"warehouse": warehouse}
    )


def _fits(order: PurchaseOrder, wanted: Mapping[int, int], now: datetime) -> None:
    lines = {line.pk: line for line in order.lines.order_by("n")}
    if not wanted or any(line not in lines or pieces < 0 for line, pieces in wanted.items()):
        raise Invalid(_("Say how many pieces of which line leave."), code="no_pieces", clause="P7a")
    known = tallies([order.pk])
    for pk, pieces in wanted.items():
        left = quantities.to_ship(known[pk])
        if pieces > left:
            raise wrong(
                f"line_{pk}",
                _("Line %(n)d: %(left)d pieces are still to come, not %(pieces)d.")
                % {"n": lines[pk].n, "left": left, "pieces": pieces},
                code="too_many",
                clause="P7a",
            )
    if standing_ready.prepaid(order):
        _require_paid(order, lines, wanted)
    whole = all(wanted.get(pk, 0) == quantities.to_ship(known[pk]) for pk in lines)
    if not whole and order.version and not terms.of(order.version, now).partial_delivery:
        raise Invalid(
            _("By the contract this order comes whole, not in parts."), code="in_parts", clause="P7a"
        )


def _require_paid(order: PurchaseOrder, lines: Mapping[int, OrderLine], wanted: Mapping[int, int]) -> None:
    """Raises Invalid (`not_paid`) for pieces that do not stand ready or are not paid for."""
    known = standing_ready.pieces([order.pk])
    for pk, pieces in wanted.items():
        left = known[pk].paid - known[pk].gone
        if pieces > left:
            said = _("Line %(n)d: %(left)d pieces are paid for and may leave, not %(pieces)d. %(why)s")
            why = (
                _("Payments to the supplier are withheld because of a breach (P1.6).")
                if account.withheld(order.supplier_id)
                else _("They are stated ready and paid before they leave.")
            )
            raise wrong(
                f"line_{pk}",
                str(said) % {"n": lines[pk].n, "left": left, "pieces": pieces, "why": why},
                code="not_paid",
                clause="P2.2",
            )
