"""The account with a supplier: what is open, what is withheld, what was booked."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.db import connection

from contracts.models import (
    Freeze,
    Payable,
    PayableVoid,
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


def open_payables(supplier: Supplier) -> list[tuple[Payable, Decimal]]:
    """What we owe and nobody has agreed to pay yet, by due day, with what is left of it."""
    rows = list(supplier.payables.select_related("order").order_by("due_on", "pk"))
    left = payable_left(rows)
    return [(each, left[each.pk]) for each in rows if left[each.pk] > 0]


def open_set_offs(supplier: Supplier) -> list[tuple[SetOff, Decimal]]:
    """Claims that are not used up, the oldest first, with what is left."""
    rows = list(supplier.set_offs.order_by("pk"))
    left = set_off_left(rows)
    return [(each, left[each.pk]) for each in rows if left[each.pk] > 0]


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
