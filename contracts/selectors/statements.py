"""The statement of a supplier's month, from what was booked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal

from django.db.models import QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from contracts.models import Payable, PayableVoid, PaymentVoucher, SetOff, SetOffEnd, Supplier
from contracts.rules.money import ZERO
from contracts.rules.schedule import month_after
from contracts.rules.statement import DELIVERY, PAYMENT, SET_OFF, Entry, Statement, state
from office.rulebook.calendar import ZONE
from office.subjects import subject_said


def statement_of(supplier: Supplier, month: date) -> Statement:
    """`month`: its first day. Ten statements, however long the month."""
    booked = sorted(_entries(supplier, month), key=lambda each: each[0])
    return state((entry for _at, entry in booked), month, opening=balance_before(supplier, month))


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


def _entries(supplier: Supplier, month: date) -> Iterator[tuple[datetime, Entry]]:
    span = {"on__gte": month, "on__lt": month_after(month)}
    goods = Payable.objects.filter(supplier=supplier, goods__gt=0, **span)
    after = month_after(month)
    fell = PayableVoid.objects.filter(
        payable__supplier=supplier, goods__gt=0, at__gte=_begins(month), at__lt=_begins(after)
    )
    for void in fell.select_related("payable__order"):
        of, day = void.payable.order, void.at.astimezone(ZONE).date()
        url = reverse("contracts:order", args=[of.pk])
        what = _("Goods that do not leave")
        yield void.at, Entry(day, DELIVERY, -void.goods, what, of.number, day, void.clause, url)
    for each in goods.select_related("order", "delivery", "arrival__delivery"):
        delivery = each.delivery or (each.arrival.delivery if each.arrival else None)
        paper = " ".join(filter(None, (each.order.number, delivery.number if delivery else "")))
        url = reverse("contracts:order", args=[each.order_id])
        yield (
            each.at,
            Entry(
                each.on,
                DELIVERY,
                each.goods,
                _("Goods ready to ship") if each.ready_id else _("Goods delivered"),
                paper,
                each.about,
                each.clause,
                url,
            ),
        )
    paid = PaymentVoucher.objects.filter(payment__supplier=supplier, **span).select_related("payment")
    for each in paid:
        invoices = _("invoice {numbers}").format(numbers="、".join(each.invoices)) if each.invoices else ""
        paper = " · ".join(filter(None, (each.number, invoices)))
        made = reverse("contracts:payment", args=[each.payment_id])
        yield (
            each.at,
            Entry(
                each.on, PAYMENT, each.payment.total, _("Payment"), paper, each.paid_on, "P2.2", record=made
            ),
        )
    claims = SetOff.objects.filter(supplier=supplier, counts=True, **span).select_related("run")
    for each in claims:
        yield each.at, _claimed(each, each.on, each.amount, each.get_kind_display())
    ended = SetOffEnd.objects.filter(set_off__supplier=supplier, set_off__counts=True, **span)
    for each in ended.select_related("set_off__run"):
        what = _("{claim}, taken back").format(claim=each.set_off.get_kind_display())
        yield each.at, _claimed(each.set_off, each.on, -each.amount, what)


def _claimed(claim: SetOff, on: date, amount: Decimal, what: str) -> Entry:
    """The paper's own page stands on the claim's, where it is asked who may open it."""
    paper = subject_said(claim.paper_type, claim.paper_label)
    clause = claim.authority_clause or (claim.run.clause if claim.run else "")
    made = reverse("contracts:set_off", args=[claim.pk])
    return Entry(on, SET_OFF, amount, what, paper, claim.on, clause, record=made)
