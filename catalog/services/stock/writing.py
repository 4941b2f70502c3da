"""The one place where stock moves: movements, what they set off, and the trail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from catalog.models import Sku, StockBalance, StockMovement
from catalog.rules.stock import Limits
from catalog.services.delisting import RULE, delist_at_zero
from catalog.subjects import sku_subject
from office.audit import api as audit
from office.errors import Conflict, Forbidden
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.allowed import people_with as people_with

if TYPE_CHECKING:
    from office.staff.models import Employee

COUNT, MOVE, CLEAR = "catalog.count_stock", "catalog.move_stock", "catalog.clear_stock"
PIECES, AMOUNT, DAYS = "catalog.variance_pieces", "catalog.variance_amount", "catalog.variance_days"
#: Below and above these a stock is a typing error.
MOST = 10_000_000
Source = StockMovement.Source
#: What may leave the stock below zero: facts that happened whatever the book says.
BELOW_ZERO = (Source.ORDER, Source.COUNT, Source.PURCHASE)


@dataclass(frozen=True, slots=True)
class Move:
    """One movement to be written. `key`: what comes twice under one key is written once."""

    sku_id: int
    source: str
    change: int
    key: str = ""
    reference: str = ""
    reason: str = ""
    note: str = ""
    order_id: int | None = None
    position: int | None = None
    count_id: int | None = None
    run_id: int | None = None


def require(by: Employee, key: str, now: datetime) -> None:
    """Raises Forbidden unless one of the person's posts holds the permission."""
    if not rulebook.may(by, key, now):
        rule = rulebook.permission_rule(key, at=now)
        raise Forbidden(_("Your posts do not allow this."), clause=rule.clause)


def limits(now: datetime) -> Limits:
    """Up to what a variance needs a reason alone."""
    return Limits(
        rulebook.limit_rule(PIECES, at=now).count,
        rulebook.limit_rule(AMOUNT, at=now).amount,
    )


def entered_alone(sku_ids: Iterable[int], now: datetime) -> dict[int, int]:
    """The pieces by which counts and corrections changed each SKU without an agreement, within the book's days and
    since the last change that was agreed to."""
    if not rulebook.has_rule(DAYS, now):
        return {}
    rows = StockMovement.objects.filter(
        sku_id__in=sku_ids,
        source__in=[Source.COUNT, Source.CORRECTION],
        at__gt=now - timedelta(days=rulebook.limit_rule(DAYS, at=now).count),
    )
    found: dict[int, int] = {}
    for sku_id, change, run_id in rows.order_by("id").values_list("sku_id", "change", "run_id"):
        found[sku_id] = 0 if run_id is not None else found.get(sku_id, 0) + change
    return found


def clause_of(source: str, now: datetime) -> str:
    """The clause that lets stock be moved without asking anybody."""
    key = {Source.CLEARANCE: CLEAR, Source.COUNT: COUNT, Source.OPENING: COUNT}.get(Source(source), MOVE)
    return rulebook.permission_rule(key, at=now).clause


def write_moves(
    *, moves: Sequence[Move], skus: Iterable[Sku], verb: str, by: Employee | None, now: datetime
) -> list[StockMovement]:
    """Write what is not written yet. `skus` were locked by `lock_skus` and hold those of the moves. Whoever waited for
    that lock moves after the one before him, if by a moment. What is left at zero or below leaves the shelves in the
    same transaction (C11.2b); who is sold out below zero is told. Raises Conflict (`not_enough`, `too_many`)."""
    by_id = {sku.pk: sku for sku in skus}
    known = set(
        StockMovement.objects.filter(key__in=[move.key for move in moves if move.key]).values_list(
            "key", flat=True
        )
    )
    fresh = [move for move in moves if not move.key or move.key not in known]
    if not fresh:
        return []
    before = balances(by_id)
    _require_enough(fresh, before, by_id)
    since = _latest(by_id)
    written = [_row(move, by, now if move.run_id else max(now, since[move.sku_id])) for move in fresh]
    StockMovement.objects.bulk_create(written)
    left = dict(StockMovement.objects.filter(pk__in=[row.pk for row in written]).values_list("pk", "after"))
    for row in written:
        row.after = left[row.pk]
        audit.record(
            verb,
            subject=sku_subject(by_id[row.sku_id]),
            by=by,
            now=now,
            clause=row.authority_clause or clause_of(row.source, now),
            data={
                "movement": row.pk,
                "source": str(row.source),
                "change": row.change,
                "after": row.after,
                **({"reference": row.reference} if row.reference else {}),
                **({"reason": str(row.reason)} if row.reason else {}),
            },
        )
    _set_off(written, before, by_id, by, now)
    return written


def balances(sku_ids: Iterable[int]) -> dict[int, int]:
    """Stock by SKU; 0 for what never moved."""
    wanted = list(sku_ids)
    found = dict(StockBalance.objects.filter(pk__in=wanted).values_list("pk", "quantity"))
    return {sku_id: found.get(sku_id, 0) for sku_id in wanted}


def _latest(skus: Mapping[int, Sku]) -> dict[int, datetime]:
    """When the stock of each SKU moved last, or it came to be: nothing is moved before."""
    moved = dict(StockBalance.objects.filter(pk__in=skus).values_list("pk", "moved_at"))
    return {pk: max(sku.created_at, moved.get(pk, sku.created_at)) for pk, sku in skus.items()}


def _row(move: Move, by: Employee | None, now: datetime) -> StockMovement:
    return StockMovement(
        sku_id=move.sku_id,
        source=move.source,
        change=move.change,
        at=now,
        by=by,
        reason=move.reason,
        note=move.note,
        reference=move.reference[:120],
        key=move.key,
        order_id=move.order_id,
        position=move.position,
        count_id=move.count_id,
        run_id=move.run_id,
        authority_clause="" if move.run_id else clause_of(move.source, now),
    )


def _require_enough(moves: Sequence[Move], before: dict[int, int], skus: dict[int, Sku]) -> None:
    left = dict(before)
    for move in moves:
        left[move.sku_id] += move.change
        if left[move.sku_id] < 0 and move.change < 0 and move.source not in BELOW_ZERO:
            raise Conflict(
                _("Only {count} pieces of {sku} are in stock.").format(
                    count=max(0, left[move.sku_id] - move.change), sku=skus[move.sku_id].label
                ),
                code="not_enough",
                stock=left[move.sku_id] - move.change,
            )
        if abs(left[move.sku_id]) > MOST:
            raise Conflict(
                _("{sku} would have more pieces than can be.").format(sku=skus[move.sku_id].label),
                code="too_many",
            )


def _set_off(
    written: Sequence[StockMovement],
    before: dict[int, int],
    skus: dict[int, Sku],
    by: Employee | None,
    now: datetime,
) -> None:
    last = {row.sku_id: row for row in written}
    zero = rulebook.limit_rule(RULE, at=now).count
    gone = [sku_id for sku_id, row in last.items() if row.after <= zero]
    if gone:
        since = _latest({sku_id: skus[sku_id] for sku_id in gone})
        delist_at_zero(sku_ids=gone, by=by, now=max(now, *since.values()))
    sold_out = [row for row in last.values() if row.after < 0 <= before[row.sku_id]]
    if not sold_out:
        return
    told = people_with(MOVE, now)
    for row in sold_out:
        notices.notify(
            "catalog.oversold",
            told,
            source="stock",
            source_id=row.pk,
            subject=sku_subject(skus[row.sku_id]),
            now=now,
            clause=clause_of(row.source, now),
            params={"missing": -row.after, "reference": row.reference},
            urgent=True,
        )
