"""Money as the supplier sees it at its door: what went for an order, what is set off against it, and, for whoever may
see all papers, the newest payments. No account of a bank and no word that was meant for our own people stands here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Prefetch, Q

from contracts.models import Payment, PaymentLine, SetOff, SetOffUse
from contracts.rules.money import ZERO
from office.rulebook.calendar import ZONE
from office.subjects import subject_name, subject_said

#: Newest payments and claims that the list of all papers shows.
MOST = 20
#: Settled: the money has gone, or claims covered all of it.
_GONE = Q(payment__voucher__isnull=False) | Q(payment__total=0, payment__drop=None)


@dataclass(frozen=True, slots=True)
class Went:
    """Something paid, in money or (`set_off`) by a claim."""

    on: date
    what: str
    amount: Decimal
    set_off: bool


@dataclass(frozen=True, slots=True)
class Against:
    """A claim that is set off. `back`: what was taken back of it; `used`: what has been set off already."""

    claim: SetOff
    paper: str
    back: Decimal
    used: Decimal

    @property
    def left(self) -> Decimal:
        return self.claim.amount - self.back - self.used


@dataclass(frozen=True, slots=True)
class OrderMoney:
    went: list[Went]
    against: list[Against]

    @property
    def paid(self) -> Decimal:
        return sum((each.amount for each in self.went), ZERO)


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment to the supplier. `orders`: their numbers."""

    on: date
    total: Decimal
    set_off: Decimal
    orders: list[str]


@dataclass(frozen=True, slots=True)
class SupplierMoney:
    paid: list[Paid]
    #: Claims that no order's page shows.
    against: list[Against]


def of_order(order_id: int) -> OrderMoney:
    """By four queries, however much there is."""
    went = [
        Went(_day(row.payment), row.payable.get_kind_display(), row.amount, isinstance(row, SetOffUse))
        for model in (PaymentLine, SetOffUse)
        for row in model.objects.filter(_GONE, payable__order=order_id).select_related(
            "payable", "payment__voucher"
        )
    ]
    claims = SetOff.objects.filter(order=order_id, counts=True)
    return OrderMoney(sorted(went, key=lambda each: each.on), _against(claims.order_by("pk")))


def of_paper(paper_type: str, paper_id: int) -> list[Against]:
    """What is claimed for a paper, such as a complaint."""
    return _against(SetOff.objects.filter(paper_type=paper_type, paper_id=str(paper_id), counts=True))


def of_supplier(supplier_id: int) -> SupplierMoney:
    """The newest of both, each by a bounded number of queries."""
    settled = Payment.objects.filter(Q(voucher__isnull=False) | Q(total=0, drop=None), supplier=supplier_id)
    parts = (
        Prefetch(name, model.objects.select_related("payable__order"))
        for name, model in (("lines", PaymentLine), ("uses", SetOffUse))
    )
    paid = [
        Paid(
            _day(each),
            each.total,
            each.set_off,
            sorted({part.payable.order.number for part in (*each.lines.all(), *each.uses.all())}),
        )
        for each in settled.select_related("voucher").prefetch_related(*parts).order_by("-pk")[:MOST]
    ]
    alone = SetOff.objects.filter(supplier=supplier_id, order=None, counts=True)
    paid.sort(key=lambda each: each.on, reverse=True)
    return SupplierMoney(paid, _against(alone.order_by("-pk")[:MOST]))


def _day(payment: Payment) -> date:
    voucher = getattr(payment, "voucher", None)
    return voucher.paid_on if voucher else payment.at.astimezone(ZONE).date()


def _against(claims: Iterable[SetOff]) -> list[Against]:
    rows = list(claims)
    used = dict.fromkeys((each.pk for each in rows), ZERO)
    uses = SetOffUse.objects.filter(_GONE, set_off__in=list(used))
    for key, amount in uses.values_list("set_off_id", "amount"):
        used[key] += amount
    back = dict(SetOff.objects.filter(pk__in=list(used), end__isnull=False).values_list("pk", "end__amount"))
    return [Against(each, paper_name(each), back.get(each.pk, ZERO), used[each.pk]) for each in rows]


def paper_name(claim: SetOff) -> str:
    """What a claim rests on, as its supplier reads it: "索赔 LC2611-0003"."""
    said = subject_said(claim.paper_type, claim.paper_label)
    name = str(subject_name(claim.paper_type))
    return said if said.startswith(name) else f"{name} {said}"
