"""What people enter without an order: goods that arrive, goods that are cleared, small corrections."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max, Sum
from django.utils.translation import gettext_lazy as _

from catalog.models import Reason, Sku, StockCount, StockCountLine, StockMovement
from catalog.models.stock import BACK_REASONS, CLEARANCE_REASONS, VARIANCE_REASONS
from catalog.rules.stock import is_beyond
from catalog.services.checks import Problems, lock_skus
from catalog.services.stock.writing import (
    CLEAR,
    MOST,
    MOVE,
    Move,
    Source,
    entered_alone,
    limits,
    require,
    write_moves,
)
from office.errors import Conflict, NotFound, Refused
from office.rulebook import api as rulebook

if TYPE_CHECKING:
    from office.staff.models import Employee

VERBS = {
    "catalog.stock_received": _("Goods received"),
    "catalog.stock_cleared": _("Stock cleared"),
    "catalog.stock_corrected": _("Stock corrected"),
    "catalog.stock_put_back": _("Goods put back into stock"),
}
NOT_MOVED = _("The stock was not changed. Please look at the marked fields.")


@transaction.atomic
def receive(
    *, sku_id: int, pieces: int, by: Employee, now: datetime, reference: str = "", note: str = ""
) -> StockMovement:
    """Goods arrived. `reference`: the delivery note. Raises Forbidden, NotFound, Invalid, Conflict."""
    require(by, MOVE, now)
    reference, note = _checked(pieces, reference=reference, note=note)
    move = Move(sku_id, Source.RECEIPT, pieces, reference=reference, note=note)
    return write_moves(moves=[move], skus=lock_skus([sku_id]), verb="catalog.stock_received", by=by, now=now)[
        0
    ]


@transaction.atomic
def clear_stock(
    *,
    sku_id: int,
    pieces: int,
    reason: str,
    by: Employee,
    now: datetime,
    reference: str = "",
    note: str = "",
) -> StockMovement:
    """Goods leave through distribution, as one lot, or back to the supplier (J1.11). `reference`: with whom, by which
    paper; it is needed. Raises Forbidden, NotFound, Invalid, Conflict (`not_enough`)."""
    require(by, CLEAR, now)
    reference, note = _checked(
        pieces, reference=reference, note=note, reason=reason, allowed=CLEARANCE_REASONS, referenced=True
    )
    move = Move(sku_id, Source.CLEARANCE, -pieces, reference=reference, reason=reason, note=note)
    return write_moves(moves=[move], skus=lock_skus([sku_id]), verb="catalog.stock_cleared", by=by, now=now)[
        0
    ]


@transaction.atomic
def correct_stock(
    *, sku_id: int, change: int, reason: str, by: Employee, now: datetime, note: str = ""
) -> StockMovement:
    """A few pieces more or less, with the reason. What is over the limit of a variance, alone or with the corrections
    since the last count or with all that was entered without an agreement lately, is refused: it is counted, and agreed
    to. Raises Forbidden, NotFound, Invalid, Refused (`beyond`), Conflict (`not_enough`)."""
    require(by, MOVE, now)
    _empty, note = _checked(abs(change), note=note, reason=reason, allowed=VARIANCE_REASONS)
    [sku] = lock_skus([sku_id])
    bounds, since = limits(now), entered_alone([sku.pk], now).get(sku.pk, 0)
    if not is_beyond(change + since, sku.cost, bounds):
        since = corrected_since_count(sku)
    if is_beyond(change, sku.cost, bounds) or is_beyond(change + since, sku.cost, bounds):
        raise Refused(
            _(
                "What is entered without an agreement may come to {pieces} pieces and {amount} yuan at most ({since} so"
                " far). For more, open a stock count: what it finds is agreed to."
            ).format(pieces=bounds.pieces, amount=bounds.amount, since=f"{since:+d}" if since else 0),
            code="beyond",
            clause=rulebook.chain_rule("catalog.stock_variance", at=now).clause,
            since=since,
        )
    move = Move(sku_id, Source.CORRECTION, change, reason=reason, note=note)
    return write_moves(moves=[move], skus=[sku], verb="catalog.stock_corrected", by=by, now=now)[0]


def corrected_since_count(sku: Sku) -> int:
    """The pieces by which the SKU was corrected since its category was last counted."""
    counted = StockCountLine.objects.filter(sku=sku, count__state=StockCount.State.DONE).aggregate(
        last=Max("count__handed_in_at")
    )["last"]
    rows = StockMovement.objects.filter(sku=sku, source=Source.CORRECTION)
    if counted is not None:
        rows = rows.filter(at__gt=counted)
    found: int | None = rows.aggregate(sum=Sum("change"))["sum"]
    return found or 0


@transaction.atomic
def put_back(
    *, movement_id: int, pieces: int, reason: str, by: Employee, now: datetime, note: str = ""
) -> StockMovement:
    """Goods of an order are on the shelf again: a return fit for sale, an order that was called off. At most as many
    as left. Raises Forbidden, NotFound, Invalid, Conflict (`too_many_back`)."""
    require(by, MOVE, now)
    _empty, note = _checked(pieces, note=note, reason=reason, allowed=BACK_REASONS)
    out = StockMovement.objects.filter(pk=movement_id, source=Source.ORDER).first()
    if out is None:
        raise NotFound(_("There is no such movement of an order."))
    skus = lock_skus([out.sku_id])
    back = came_back(out)
    if pieces > -out.change - back:
        raise Conflict(
            _("{out} pieces left with this order and {back} are back already.").format(
                out=-out.change, back=back
            ),
            code="too_many_back",
        )
    move = Move(
        out.sku_id,
        Source.ORDER_BACK,
        pieces,
        reference=out.reference,
        reason=reason,
        note=note,
        order_id=out.order_id,
        position=out.position,
    )
    return write_moves(moves=[move], skus=skus, verb="catalog.stock_put_back", by=by, now=now)[0]


def came_back(out: StockMovement) -> int:
    """How many pieces of an order's line are in stock again. Read under the SKU's lock."""
    found = StockMovement.objects.filter(
        order_id=out.order_id, position=out.position, source=Source.ORDER_BACK
    ).aggregate(pieces=Sum("change"))
    return found["pieces"] or 0


def _checked(
    pieces: int,
    *,
    reference: str = "",
    note: str = "",
    reason: str = "",
    allowed: Collection[Reason] = (),
    referenced: bool = False,
) -> tuple[str, str]:
    wrong = Problems()
    if not 0 < pieces <= MOST:
        wrong.add("pieces", "pieces", _("How many pieces? A whole number other than zero."))
    if allowed and reason not in {str(each.value) for each in allowed}:
        wrong.add("reason", "required", _("Please choose the reason."))
    kept = wrong.text("reference", reference, 100, required=referenced)
    said = wrong.text("note", note, 200, required=reason == Reason.OTHER)
    wrong.raise_if_any(NOT_MOVED)
    return kept, said
