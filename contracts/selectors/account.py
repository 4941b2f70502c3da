"""The account with a supplier: what is open, what is withheld, what was booked."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import (
    Count,
    DecimalField,
    ExpressionWrapper,
    F,
    Manager,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from contracts.models import (
    Freeze,
    Payable,
    PayableVoid,
    Payment,
    PaymentLine,
    SetOff,
    SetOffEnd,
    SetOffUse,
    Supplier,
)
from contracts.rules.money import ZERO


def payable_left(payables: Iterable[Payable]) -> dict[int, Decimal]:
    """What is open of each: not paid, set off, agreed to be paid, or fallen away."""
    rows = list(payables)
    ids = [each.pk for each in rows]
    left = {each.pk: each.amount for each in rows}
    for model in (PaymentLine, SetOffUse):
        _take(
            left,
            model.objects.filter(payable__in=ids, payment__drop=None).values_list("payable_id", "amount"),
        )
    _take(left, PayableVoid.objects.filter(payable__in=ids).values_list("payable_id", "amount"))
    return left


def set_off_left(claims: Iterable[SetOff]) -> dict[int, Decimal]:
    """What of each claim is not used and not taken back."""
    rows = list(claims)
    ids = [each.pk for each in rows]
    left = {each.pk: each.amount for each in rows}
    _take(
        left,
        SetOffUse.objects.filter(set_off__in=ids, payment__drop=None).values_list("set_off_id", "amount"),
    )
    _take(left, SetOffEnd.objects.filter(set_off__in=ids).values_list("set_off_id", "amount"))
    return left


def _take(left: dict[int, Decimal], rows: Iterable[tuple[int, Decimal]]) -> None:
    for key, amount in rows:
        left[key] -= amount


def unmade(payables: Collection[int]) -> Payment | None:
    """The first payment that is agreed to for one of these and neither made nor dropped: no money has gone by it, and
    claims that stand in it are not used up yet. The database judges by the same."""
    waiting = Payment.objects.filter(voucher=None, drop=None, total__gt=ZERO)
    named = Q(lines__payable__in=list(payables)) | Q(uses__payable__in=list(payables))
    return waiting.filter(named).order_by("pk").first()


def open_payables(
    supplier: Supplier,
    *,
    ids: Collection[int] | None = None,
    after: tuple[date, int] | None = None,
    most: int | None = None,
) -> list[tuple[Payable, Decimal]]:
    """What we owe and nobody has agreed to pay yet, by due day, with what is left of it: all of it, of `ids` only, or
    at most so many behind the due day and key `after`."""
    rows = _open(supplier.payables, "payable", (PaymentLine, SetOffUse), PayableVoid).select_related("order")
    if ids is not None:
        rows = rows.filter(pk__in=list(ids))
    if after is not None:
        rows = rows.filter(Q(due_on__gt=after[0]) | Q(due_on=after[0], pk__gt=after[1]))
    return [(each, each.left) for each in rows.order_by("due_on", "pk")[:most]]


def open_set_offs(
    supplier: Supplier, *, ids: Collection[int] | None = None, most: int | None = None
) -> list[tuple[SetOff, Decimal]]:
    """Claims that are not used up, the oldest first, with what is left."""
    rows = _open(supplier.set_offs, "set_off", (SetOffUse,), SetOffEnd)
    if ids is not None:
        rows = rows.filter(pk__in=list(ids))
    return [(each, each.left) for each in rows.order_by("pk")[:most]]


@dataclass(frozen=True, slots=True)
class Sums:
    """Of an account: what is owed and claimed and still open, and how many claims that are."""

    owed: Decimal
    claimed: Decimal
    claims: int


def sums_of(supplier: Supplier) -> Sums:
    """Added up by the database, however many there are; two statements."""
    owed = _open(supplier.payables, "payable", (PaymentLine, SetOffUse), PayableVoid)
    claims = _open(supplier.set_offs, "set_off", (SetOffUse,), SetOffEnd)
    claimed = claims.aggregate(sum=Sum("left"), count=Count("pk"))
    return Sums(owed.aggregate(sum=Sum("left"))["sum"] or ZERO, claimed["sum"] or ZERO, claimed["count"])


_YUAN: DecimalField[Decimal, Decimal] = DecimalField(max_digits=14, decimal_places=2)


def _open(rows: Manager[Any], key: str, takes: Iterable[type[Model]], ends: type[Model]) -> QuerySet[Any]:
    """Those of which something is `left`: not in a payment that stands (`takes`), not fallen away (`ends`)."""
    left: Combinable = F("amount") - _taken(ends, key)
    for model in takes:
        left = left - _taken(model, key, payment__drop=None)
    return rows.annotate(left=ExpressionWrapper(left, output_field=_YUAN)).filter(left__gt=ZERO)


def _taken(model: type[Model], key: str, **only: Any) -> Combinable:
    rows = model._default_manager.filter(**{key: OuterRef("pk")}, **only).order_by()
    summed = rows.values(key).annotate(sum=Sum("amount")).values("sum")
    return Coalesce(Subquery(summed, output_field=_YUAN), Value(ZERO), output_field=_YUAN)


def freezes(supplier: Supplier) -> list[Freeze]:
    """Those that withhold payments now."""
    return list(supplier.freezes.filter(release=None).select_related("violation", "by").order_by("pk"))


def withheld(supplier_id: int) -> Decimal:
    """Per cent of every payment; 0 when nothing is frozen. The database judges by the same function."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT contracts_withheld(%s)", [supplier_id])
        return Decimal(cursor.fetchone()[0])


def money_for(payables: Iterable[int]) -> dict[int, Decimal]:
    """Money that went, or is agreed to go, for each payable."""
    found = dict.fromkeys(payables, ZERO)
    rows = PaymentLine.objects.filter(payable__in=list(found), payment__drop=None)
    for key, amount in rows.values_list("payable_id", "amount"):
        found[key] += amount
    return found
