"""The statement of a supplier's month, from what was booked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, overload

from django.db.models import QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from contracts.models import Payable, PayableVoid, PaymentVoucher, SetOff, SetOffEnd, Supplier
from contracts.rules.money import ZERO
from contracts.rules.schedule import month_after
from contracts.rules.statement import DELIVERY, PAYMENT, SET_OFF, Entry, Line, Statement, state
from office.enumerating import enumerated
from office.rulebook.calendar import ZONE
from office.subjects import subject_said

#: So many lines are read at once, whatever is made of them.
AT_ONCE = 300
#: Where an entry comes from.
FELL, GOODS, PAID, CLAIMED, ENDED = "fell", "goods", "paid", "claimed", "ended"


def statement_of(supplier: Supplier, month: date) -> Statement:
    """`month`: its first day. Ten statements for the sums, however long the month; its lines are read when they are
    looked at, a few hundred at a time."""
    booked = sorted(_booked(supplier, month), key=lambda each: each[0])
    found = state((entry for _at, entry in booked), month, opening=balance_before(supplier, month))
    return replace(found, lines=_Lines(found.lines))


class _Lines(Sequence[Line]):
    """The lines of a statement: kept as day, kind and amount, and told what they are as they are asked for."""

    def __init__(self, known: Sequence[Line]) -> None:
        self._known = known

    def __len__(self) -> int:
        return len(self._known)

    def __iter__(self) -> Iterator[Line]:
        for start in range(0, len(self._known), AT_ONCE):
            yield from _told(self._known[start : start + AT_ONCE])

    @overload
    def __getitem__(self, place: int) -> Line: ...
    @overload
    def __getitem__(self, place: slice) -> list[Line]: ...
    def __getitem__(self, place: int | slice) -> Line | list[Line]:
        found = _told(self._known[place] if isinstance(place, slice) else [self._known[place]])
        return found if isinstance(place, slice) else found[0]


def balance_before(supplier: Supplier, day: date) -> Decimal:
    """What we owed when the day began; below zero an advance."""
    return (
        _sum(Payable.objects.filter(supplier=supplier, on__lt=day), "goods")
        - _sum(PayableVoid.objects.filter(payable__supplier=supplier, at__lt=_begins(day)), "goods")
        - _sum(PaymentVoucher.objects.filter(payment__supplier=supplier, on__lt=day), "payment__total")
        - _sum(SetOff.objects.filter(supplier=supplier, counts=True, on__lt=day), "amount")
        + _sum(
            SetOffEnd.objects.filter(set_off__supplier=supplier, set_off__counts=True, on__lt=day), "amount"
        )
    )


def _begins(day: date) -> datetime:
    return datetime.combine(day, time.min, ZONE)


def _sum(rows: QuerySet[Payable | PayableVoid | PaymentVoucher | SetOff | SetOffEnd], column: str) -> Decimal:
    found: Decimal | None = rows.aggregate(sum=Sum(column))["sum"]
    return found or ZERO


def _booked(supplier: Supplier, month: date) -> Iterator[tuple[tuple[datetime, int, int], Entry]]:
    """What was booked in the month and when, and no more of it than a statement adds up."""
    after = month_after(month)
    span = {"on__gte": month, "on__lt": after}
    fell = PayableVoid.objects.filter(
        payable__supplier=supplier, goods__gt=0, at__gte=_begins(month), at__lt=_begins(after)
    )
    for pk, at, goods in fell.values_list("pk", "at", "goods"):
        yield (at, 0, pk), Entry(at.astimezone(ZONE).date(), DELIVERY, -goods, row=(FELL, pk))
    owed = Payable.objects.filter(supplier=supplier, goods__gt=0, **span).values_list(
        "pk", "at", "on", "goods"
    )
    paid = PaymentVoucher.objects.filter(payment__supplier=supplier, **span)
    claims = SetOff.objects.filter(supplier=supplier, counts=True, **span)
    ended = SetOffEnd.objects.filter(set_off__supplier=supplier, set_off__counts=True, **span)
    columns = ("pk", "at", "on", "amount")
    for place, (word, kind, sign, rows) in enumerate(
        (
            (GOODS, DELIVERY, 1, owed),
            (PAID, PAYMENT, 1, paid.values_list("pk", "at", "on", "payment__total")),
            (CLAIMED, SET_OFF, 1, claims.values_list(*columns)),
            (ENDED, SET_OFF, -1, ended.values_list(*columns)),
        ),
        1,
    ):
        for pk, at, on, amount in rows:
            yield (at, place, pk), Entry(on, kind, sign * amount, row=(word, pk))


def _told(lines: Sequence[Line]) -> list[Line]:
    """With what each is called and rests on; one statement for each kind of rows."""
    wanted: dict[str, list[int]] = {}
    for line in lines:
        wanted.setdefault(line.entry.row[0], []).append(line.entry.row[1])
    rows = {word: _READ[word].in_bulk(keys) for word, keys in wanted.items()}
    return [
        replace(line, entry=_TOLD[word](line.entry, rows[word][key]))
        for line in lines
        for word, key in [line.entry.row]
    ]


def _fell(entry: Entry, void: PayableVoid) -> Entry:
    order = void.payable.order
    return replace(
        entry, what=_("Goods that do not leave"), paper=order.number, about=entry.on, clause=void.clause,
        url=reverse("contracts:order", args=[order.pk]),
    )  # fmt: skip


def _goods(entry: Entry, each: Payable) -> Entry:
    delivery = each.delivery or (each.arrival.delivery if each.arrival else None)
    return replace(
        entry,
        what=_("Goods ready to ship") if each.ready_id else _("Goods delivered"),
        paper=" ".join(filter(None, (each.order.number, delivery.number if delivery else ""))),
        about=each.about,
        clause=each.clause,
        url=reverse("contracts:order", args=[each.order_id]),
    )


def _paid(entry: Entry, each: PaymentVoucher) -> Entry:
    invoices = _("invoice {numbers}").format(numbers=enumerated(each.invoices)) if each.invoices else ""
    return replace(
        entry, what=_("Payment"), paper=" · ".join(filter(None, (each.number, invoices))), about=each.paid_on,
        clause="P2.2", record=reverse("contracts:payment", args=[each.payment_id]),
    )  # fmt: skip


def _claim(entry: Entry, each: SetOff) -> Entry:
    return _claimed(entry, each, each.get_kind_display())


def _ended(entry: Entry, each: SetOffEnd) -> Entry:
    what = _("{claim}, taken back").format(claim=each.set_off.get_kind_display())
    return _claimed(entry, each.set_off, what)


def _claimed(entry: Entry, claim: SetOff, what: str) -> Entry:
    """The paper's own page stands on the claim's, where it is asked who may open it."""
    return replace(
        entry,
        what=what,
        paper=subject_said(claim.paper_type, claim.paper_label),
        about=claim.on,
        clause=claim.authority_clause or (claim.run.clause if claim.run else ""),
        record=reverse("contracts:set_off", args=[claim.pk]),
    )


_READ: dict[str, QuerySet[Any]] = {
    FELL: PayableVoid.objects.select_related("payable__order"),
    GOODS: Payable.objects.select_related("order", "delivery", "arrival__delivery"),
    PAID: PaymentVoucher.objects.all(),
    CLAIMED: SetOff.objects.select_related("run"),
    ENDED: SetOffEnd.objects.select_related("set_off__run"),
}
_TOLD: dict[str, Callable[[Entry, Any], Entry]] = {
    FELL: _fell,
    GOODS: _goods,
    PAID: _paid,
    CLAIMED: _claim,
    ENDED: _ended,
}
