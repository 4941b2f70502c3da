"""Orders move stock: out when product operations take them over, back when they are called off after that.

Desks do not know each other: the wiring hands over the order's id, what people call it, and its lines. An order is a
fact, so nothing is refused here: what is sold below zero is entered and told, and what the catalog does not know waits
for a person, who says which SKU it is (the shop's name of it is kept for the next time) or that it is no stock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from catalog.models import Reason, Sku, SkuAlias, StockMovement, UnmatchedGoods
from catalog.services.checks import Problems, lock_skus
from catalog.services.stock.moving import NOT_MOVED, came_back
from catalog.services.stock.writing import (
    MOST,
    MOVE,
    Move,
    Source,
    clause_of,
    people_with,
    require,
    write_moves,
)
from catalog.subjects import unmatched_subject
from office.audit import api as audit
from office.errors import Conflict, Invalid, NotFound
from office.notices import api as notices

if TYPE_CHECKING:
    from office.staff.models import Employee

VERBS = {
    "catalog.stock_out": _("Goods left with an order"),
    "catalog.stock_back": _("Goods back from an order"),
    "catalog.goods_unmatched": _("Goods of an order are not in the catalog"),
    "catalog.goods_matched": _("Goods of an order matched"),
    "catalog.goods_dismissed": _("Goods of an order are no stock"),
}
State, Why = UnmatchedGoods.State, UnmatchedGoods.Why


@dataclass(frozen=True, slots=True)
class SoldLine:
    """One line of an order; `code` is the style number as the shop writes it, or ""."""

    position: int
    code: str
    title: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class SoldOrder:
    """An order as the catalog needs it. `reference` is what people call it ("TM01/8812"), `shop` its shop's code."""

    id: int
    reference: str
    shop: str
    lines: Sequence[SoldLine]


@transaction.atomic
def goods_out(*, order: SoldOrder, by: Employee | None, now: datetime) -> list[StockMovement]:
    """An order was taken over: its goods leave the stock, once, however often this is called."""
    lines = [line for line in order.lines if line.quantity > 0]
    found = _match(order.shop, [line.code.strip() for line in lines])
    moves = []
    for line in lines:
        sku_id = found.get(line.code.strip())
        whole = line.quantity == line.quantity.to_integral_value()
        if sku_id is not None and whole:
            moves.append(_out(order, line.position, sku_id, int(line.quantity)))
        else:
            why = Why.NO_CODE if not line.code.strip() else Why.UNKNOWN if sku_id is None else Why.FRACTION
            _keep_unmatched(order, line, why, by, now)
    if not moves:
        return []
    return write_moves(
        moves=moves, skus=lock_skus(move.sku_id for move in moves), verb="catalog.stock_out", by=by, now=now
    )


@transaction.atomic
def goods_back(*, order_id: int, by: Employee | None, now: datetime) -> list[StockMovement]:
    """The order was called off after it had been taken over: what left and is not back yet comes back, once."""
    for waiting in UnmatchedGoods.objects.select_for_update().filter(order_id=order_id, state=State.WAITING):
        _resolve(waiting, State.BACK, by, now)
    gone = list(StockMovement.objects.filter(order_id=order_id, source=Source.ORDER).order_by("position"))
    skus = lock_skus(out.sku_id for out in gone)
    moves = [
        Move(
            out.sku_id,
            Source.ORDER_BACK,
            missing,
            key=f"order:{order_id}:{out.position}:back",
            reference=out.reference,
            reason=Reason.CANCELLED,
            order_id=order_id,
            position=out.position,
        )
        for out in gone
        if (missing := -out.change - came_back(out)) > 0
    ]
    return write_moves(moves=moves, skus=skus, verb="catalog.stock_back", by=by, now=now) if moves else []


@transaction.atomic
def match_goods(
    *, unmatched_id: int, sku_code: str, by: Employee, now: datetime, pieces: int | None = None
) -> UnmatchedGoods:
    """Say which SKU the line of an order is: its pieces leave the stock, and the shop's name of it is known from now
    on; other lines that wait under that name are settled with it. `pieces` where the order's quantity is not a whole
    number. Raises Forbidden, NotFound, Invalid, Conflict."""
    require(by, MOVE, now)
    row = _waiting(unmatched_id)
    wrong = Problems()
    sku = Sku.objects.filter(code=sku_code.strip()).first()
    whole = row.quantity == row.quantity.to_integral_value()
    quantity = int(row.quantity) if whole else (pieces or 0)
    if not 0 < quantity <= MOST:
        wrong.add("pieces", "required", _("How many pieces left the stock?"))
    if sku is None:
        wrong.add("sku_code", "unknown", _("The catalog has no such style number."))
        raise Invalid(NOT_MOVED, errors=wrong.errors)
    wrong.raise_if_any(NOT_MOVED)
    skus = lock_skus([sku.pk])
    if row.code:
        SkuAlias.objects.get_or_create(shop=row.shop, code=row.code, defaults={"sku": sku, "created_at": now})
    settled = [(row, quantity), *_of_the_same_name(row)]
    write_moves(
        moves=[
            _out(SoldOrder(each.order_id, each.reference, each.shop, ()), each.position, sku.pk, count)
            for each, count in settled
        ],
        skus=skus,
        verb="catalog.stock_out",
        by=by,
        now=now,
    )
    for each, _count in settled:
        each.sku = sku
        _resolve(each, State.MATCHED, by, now, verb="catalog.goods_matched", data={"sku": sku.code})
    return row


@transaction.atomic
def dismiss_goods(*, unmatched_id: int, note: str, by: Employee, now: datetime) -> UnmatchedGoods:
    """The line is no stock of ours: a service, postage, a gift card. Raises Forbidden, NotFound, Invalid, Conflict."""
    require(by, MOVE, now)
    row = _waiting(unmatched_id)
    wrong = Problems()
    row.note = wrong.text("note", note, 200)
    wrong.raise_if_any(NOT_MOVED)
    _resolve(row, State.DISMISSED, by, now, verb="catalog.goods_dismissed", data={"note": row.note})
    return row


def _match(shop: str, codes: Sequence[str]) -> Mapping[str, int]:
    """Code → SKU id: by what a person said of this shop's code, by style number, by barcode."""
    wanted = {code for code in codes if code}
    if not wanted:
        return {}
    by_barcode = dict(Sku.objects.filter(barcode__in=wanted).values_list("barcode", "pk"))
    by_code = dict(Sku.objects.filter(code__in=wanted).values_list("code", "pk"))
    said = dict(SkuAlias.objects.filter(shop=shop, code__in=wanted).values_list("code", "sku_id"))
    return {**by_barcode, **by_code, **said}


def _out(order: SoldOrder, position: int, sku_id: int, pieces: int) -> Move:
    return Move(
        sku_id,
        Source.ORDER,
        -pieces,
        key=f"order:{order.id}:{position}:out",
        reference=order.reference,
        order_id=order.id,
        position=position,
    )


def _keep_unmatched(order: SoldOrder, line: SoldLine, why: str, by: Employee | None, now: datetime) -> None:
    row, made = UnmatchedGoods.objects.get_or_create(
        order_id=order.id,
        position=line.position,
        defaults={
            "reference": order.reference[:120],
            "shop": order.shop[:30],
            "code": line.code.strip()[:120],
            "title": line.title[:200],
            "quantity": line.quantity,
            "why": why,
            "at": now,
        },
    )
    if not made:
        return
    clause = clause_of(Source.ORDER, now)
    audit.record(
        "catalog.goods_unmatched",
        subject=unmatched_subject(row),
        by=by,
        now=now,
        clause=clause,
        data={"code": row.code, "quantity": str(row.quantity), "why": str(why)},
    )
    # Told once for each name that a shop uses, however often it is sold until somebody says what it is.
    first = (
        UnmatchedGoods.objects.filter(shop=row.shop, code=row.code, state=State.WAITING)
        .order_by("pk")
        .first()
    )
    notices.notify(
        "catalog.goods_unmatched",
        people_with(MOVE, now),
        source="unmatched",
        source_id=first.pk if first and row.code else row.pk,
        subject=unmatched_subject(row),
        now=now,
        clause=clause,
        params={"code": row.code or row.title},
    )


def _of_the_same_name(row: UnmatchedGoods) -> list[tuple[UnmatchedGoods, int]]:
    if not row.code:
        return []
    others = UnmatchedGoods.objects.select_for_update().filter(
        shop=row.shop, code=row.code, state=State.WAITING
    )
    return [
        (each, int(each.quantity))
        for each in others.exclude(pk=row.pk).order_by("pk")
        if each.quantity == each.quantity.to_integral_value()
    ]


def _waiting(unmatched_id: int) -> UnmatchedGoods:
    row = UnmatchedGoods.objects.select_for_update().filter(pk=unmatched_id).first()
    if row is None:
        raise NotFound(_("There is no such line of an order."))
    if row.state != State.WAITING:
        raise Conflict(_("This line has been settled meanwhile."), code="settled", state=str(row.state))
    return row


def _resolve(
    row: UnmatchedGoods,
    state: str,
    by: Employee | None,
    now: datetime,
    *,
    verb: str = "catalog.stock_back",
    data: Mapping[str, str] | None = None,
) -> None:
    row.state, row.resolved_at, row.resolved_by = state, now, by
    row.save(update_fields=["state", "resolved_at", "resolved_by", "sku", "note"])
    audit.record(
        verb,
        subject=unmatched_subject(row),
        by=by,
        now=now,
        clause=clause_of(Source.ORDER, now),
        data=data,
    )
