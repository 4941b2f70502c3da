"""What arrived is accepted, or one of the remedies of P3.1 is demanded; the order closes with its last piece (P7c)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contracts import goods
from contracts.models import Acceptance, ArrivalLine, PurchaseOrder
from contracts.order_subjects import order_subject
from contracts.selectors.quantities import held_of, tallies
from contracts.services import payables, whole
from contracts.services.arriving import goods_of
from contracts.services.inspecting import refuse_while_open
from contracts.services.reports import missing_reports
from contracts.services.saying import lock_order
from contracts.services.sides import INSPECT, ours
from office.audit import api as audit
from office.enumerating import enumerated
from office.errors import Conflict, NotFound
from office.rulebook import api as rulebook
from office.rulebook.allowed import words, wrong

if TYPE_CHECKING:
    from office.staff.models import Employee

VERBS = {"contracts.line_accepted": _("Goods accepted"), "contracts.line_refused": _("Goods refused")}
CENT = Decimal("0.01")


@transaction.atomic
def accept(
    *,
    arrived_id: int,
    accepted: int,
    by: Employee,
    now: datetime,
    refused: int = 0,
    remedy: str = "",
    cut: Decimal = Decimal(0),
    reason: str = "",
) -> Acceptance:
    """A decision about counted pieces of one line. Refused pieces are made anew, repaired or returned and come again;
    `price_cut` keeps the accepted ones for `cut` yuan less. The last piece of the last line closes the order. What had
    come when an order was ended is decided too; nothing of it comes again.

    Raises Forbidden, NotFound, Conflict (`state`, `reports`), Invalid."""
    side = ours(by, INSPECT, now)
    row = (
        ArrivalLine.objects.select_related("line__order", "arrival__delivery__order")
        .filter(pk=arrived_id)
        .first()
    )
    if row is None:
        raise NotFound(_("There are no such goods."))
    order = lock_order(row.line.order_id)
    if not whole.takes_decisions(order):
        raise Conflict(_("The order has ended: nothing more is accepted."), code="state", clause="P7c")
    if order.state != PurchaseOrder.State.SHIPPED and remedy in ("redo", "repair"):
        raise wrong(
            "remedy",
            _("The order has ended: nothing comes again. Return them, or keep them at a lower price."),
            code="ended",
            clause="P1.5",
        )
    reason = _checked(row, accepted, refused, remedy, cut, reason, now)
    if accepted:
        refuse_while_open(order.pk, row.line_id)
    missing = missing_reports([row.line_id]).get(row.line_id, [])
    if accepted and missing:
        raise Conflict(
            _("Without the reports nothing is accepted. Missing: %(steps)s.")
            % {"steps": enumerated(missing)},
            code="reports",
            clause="P3.3",
            steps=missing,
        )
    made = Acceptance.objects.create(
        arrived=row, accepted=accepted, refused=refused, remedy=remedy, cut=cut, reason=reason, by=by, at=now
    )
    audit.record(
        "contracts.line_refused" if refused else "contracts.line_accepted",
        subject=order_subject(order), by=side.by, now=now, clause="P3.1" if remedy else "P7c",
        data={"line": row.line.n, "accepted": accepted, "refused": refused, "remedy": remedy, "cut": str(cut)},
    )  # fmt: skip
    payables.goods_accepted(acceptances=[made], by=by, now=now)
    whole.settle(order, [row.line], side, now)
    back = goods_of(goods.Why.WENT_BACK, made.pk, row.line, -refused, row.arrival.delivery)
    goods.moved([back], by, now)
    return made


def _checked(
    row: ArrivalLine, accepted: int, refused: int, remedy: str, cut: Decimal, reason: str, now: datetime
) -> str:
    """The reason without blanks. Raises Invalid."""
    left = held_of(row).undecided
    if accepted < 0 or refused < 0 or not 0 < accepted + refused <= left:
        raise wrong("accepted", _("%(left)d pieces are there to be decided.") % {"left": left}, code="pieces")
    taken = tallies([row.line.order_id])[row.line_id].accepted
    if accepted + taken > row.line.quantity:
        raise wrong(
            "accepted",
            _("%(n)d more pieces are ordered. Return what is over.") % {"n": row.line.quantity - taken},
            code="over",
        )
    known = rulebook.parameter_rule("contracts.remedies", at=now)
    if remedy and remedy not in known.texts():
        raise wrong("remedy", _("There is no such remedy."), clause=known.clause)
    if refused and remedy in ("", "price_cut"):
        raise wrong("remedy", _("Say what becomes of the refused pieces."), clause="P3.1", code="required")
    if remedy and remedy != "price_cut" and not refused:
        raise wrong("refused", _("How many pieces does it concern?"), clause="P3.1", code="required")
    if (remedy == "price_cut") != (cut > 0) or cut < 0 or cut != cut.quantize(CENT):
        raise wrong("cut", _("A lower price says by how many yuan."), clause="P3.1")
    if cut > row.line.unit_price * accepted:
        raise wrong("cut", _("The cut is more than these pieces cost."), clause="P3.1")
    return words(
        reason, path="reason", longest=500, missing=_("Say what is wrong with them.") if remedy else ""
    )
