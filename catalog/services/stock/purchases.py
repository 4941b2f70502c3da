"""Goods of purchase orders move stock: in when the warehouse counts them in, out when they go back to the supplier.

Desks do not know each other: the wiring hands over what came. It came whatever the book says, so nothing is refused
here: goods that the catalog does not know are told to those who move stock, who enter them by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from catalog.models import Reason, Sku, StockMovement
from catalog.services.checks import lock_skus
from catalog.services.stock.writing import MOVE, Move, Source, clause_of, people_with, write_moves
from office.notices import api as notices
from office.subjects import Subject

if TYPE_CHECKING:
    from office.staff.models import Employee

VERBS = {"catalog.stock_purchased": _("Goods of a purchase order")}


@dataclass(frozen=True, slots=True)
class Bought:
    """`pieces` came, or went when below zero, of what the purchase order calls `code` and `title`. What comes
    twice under one `fact` and `id` is entered once. `reason`: "" for goods that came. `subject`: the order."""

    fact: str
    id: int
    code: str
    title: str
    pieces: int
    reference: str
    subject: Subject
    reason: str = ""


@transaction.atomic
def bought_goods(*, goods: Sequence[Bought], by: Employee | None, now: datetime) -> list[StockMovement]:
    """By style number, else by barcode."""
    wanted = {each.code for each in goods if each.code}
    known = dict(Sku.objects.filter(barcode__in=wanted).values_list("barcode", "pk"))
    known |= dict(Sku.objects.filter(code__in=wanted).values_list("code", "pk"))
    moves = [
        Move(
            known[each.code],
            Source.PURCHASE,
            each.pieces,
            key=f"purchase:{each.fact}:{each.id}",
            reference=each.reference,
            reason=each.reason,
        )
        for each in goods
        if each.code in known
    ]
    for each in goods:
        if each.code not in known and each.reason != Reason.TO_SUPPLIER:
            _tell(each, now)
    if not moves:
        return []
    skus = lock_skus(move.sku_id for move in moves)
    return write_moves(moves=moves, skus=skus, verb="catalog.stock_purchased", by=by, now=now)


def _tell(each: Bought, now: datetime) -> None:
    notices.notify(
        "catalog.bought_unknown", people_with(MOVE, now), source=f"bought_{each.fact}", source_id=each.id,
        subject=each.subject, now=now, clause=clause_of(Source.PURCHASE, now),
        params={"code": each.code or each.title, "pieces": each.pieces},
    )  # fmt: skip
