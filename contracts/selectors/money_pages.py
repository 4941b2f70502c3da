"""What the pages of money show: who is to be paid, one supplier's account, what was agreed and not paid yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import DecimalField, F, Func, Prefetch, QuerySet

from contracts.models import (
    BankDetails,
    Payable,
    Payment,
    PaymentLine,
    PurchaseOrder,
    SetOff,
    Supplier,
    SupplierReview,
    SupplierScore,
)
from contracts.rules.money import ZERO
from contracts.selectors import account
from contracts.services import payments
from office.approvals.models import Run

PAGE = 50

_SUMS = """
SELECT s.id,
       coalesce(sum(o.left) FILTER (WHERE o.due_on < %(today)s), 0),
       coalesce(sum(o.left) FILTER (WHERE o.due_on BETWEEN %(today)s AND %(soon)s), 0),
       coalesce(sum(o.left), 0), min(o.due_on), contracts_withheld(s.id)
FROM contracts_supplier s
JOIN (SELECT p.supplier_id, p.due_on, contracts_payable_left(p.id) AS left
      FROM contracts_payable p
      -- What is wholly settled stays behind for ever: it is not looked at piece by piece.
      WHERE p.amount > coalesce((SELECT sum(l.amount) FROM contracts_paymentline l
                                 JOIN contracts_paymentvoucher v ON v.payment_id = l.payment_id
                                 WHERE l.payable_id = p.id), 0)) o ON o.supplier_id = s.id AND o.left > 0
GROUP BY s.id ORDER BY min(o.due_on), s.id
"""


@dataclass(frozen=True, slots=True)
class Owed:
    """One supplier in the list of whom to pay."""

    supplier: Supplier
    overdue: Decimal
    soon: Decimal
    total: Decimal
    next_due: date
    withheld: Decimal


def owed(today: date, soon: date) -> list[Owed]:
    """Suppliers to whom something is open, the most urgent first; two statements."""
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, {"today": today, "soon": soon})
        rows = cursor.fetchall()
    known = Supplier.objects.in_bulk([row[0] for row in rows])
    return [Owed(known[row[0]], *row[1:]) for row in rows]


class Withheld(Func):
    """Per cent of every payment to a supplier, as the database judges it."""

    function = "contracts_withheld"
    output_field: DecimalField[Decimal, Decimal] = DecimalField(max_digits=5, decimal_places=2)


def to_be_made() -> QuerySet[Any]:
    """Agreed, with money in it, and neither made nor dropped, the oldest first; with what is `withheld`."""
    found = Payment.objects.filter(total__gt=0, voucher=None, drop=None)
    rows: QuerySet[Any] = found.annotate(withheld=Withheld(F("supplier_id")))
    return rows.select_related("supplier", "run").order_by("pk")


@dataclass(frozen=True, slots=True)
class OpenPayable:
    payable: Payable
    left: Decimal
    asked: Run | None


@dataclass(frozen=True, slots=True)
class OpenClaim:
    claim: SetOff
    left: Decimal
    asked: Run | None


@dataclass(slots=True)
class Account:
    """One supplier's account as its page shows it."""

    supplier: Supplier
    payables: list[OpenPayable]
    claims: list[OpenClaim]
    withheld: Decimal
    bank: BankDetails | None
    runs: list[Run] = field(default_factory=list)

    @property
    def owed(self) -> Decimal:
        return sum((each.left for each in self.payables), ZERO)

    @property
    def claimed(self) -> Decimal:
        return sum((each.left for each in self.claims), ZERO)

    @property
    def free(self) -> bool:
        """Whether anything may be asked for."""
        return any(each.asked is None for each in self.payables)


def asked_for() -> set[int]:
    """Payables, of whichever supplier, that are in a request on its way."""
    found: set[int] = set()
    for run in payments.requests_on_their_way():
        found |= {line["payable"] for line in [*run.payload["lines"], *run.payload["uses"]]}
    return found


def account_of(supplier: Supplier) -> Account:
    runs = list(payments.live_runs(supplier.pk).select_related("requester").order_by("pk"))
    owed_in: dict[int, Run] = {}
    claims_in: dict[int, Run] = {}
    for run in runs:
        for line in [*run.payload["lines"], *run.payload["uses"]]:
            owed_in[line["payable"]] = run
        for use in run.payload["uses"]:
            claims_in[use["set_off"]] = run
    return Account(
        supplier,
        [OpenPayable(each, left, owed_in.get(each.pk)) for each, left in account.open_payables(supplier)],
        [OpenClaim(each, left, claims_in.get(each.pk)) for each, left in account.open_set_offs(supplier)],
        account.withheld(supplier.pk),
        supplier.bank_details.order_by("-pk").first(),
        runs,
    )


def of_order(order: PurchaseOrder) -> tuple[list[OpenPayable], list[OpenClaim]]:
    """What an order owes, by due day, and what is claimed of it, each with what is left; seven statements."""
    owed = list(order.payables.order_by("due_on", "pk"))
    claims = list(order.set_offs.order_by("pk"))
    left, open_ = account.payable_left(owed), account.set_off_left(claims)
    return (
        [OpenPayable(each, left[each.pk], None) for each in owed],
        [OpenClaim(each, open_[each.pk], None) for each in claims],
    )


def payments_of(supplier: Supplier, before: int | None = None) -> list[Payment]:
    """Newest first; one more than a page."""
    found = supplier.payments.select_related("voucher", "drop").order_by("-pk")
    return list((found.filter(pk__lt=before) if before else found)[: PAGE + 1])


def lines_of(payment: Payment) -> list[PaymentLine]:
    return list(payment.lines.select_related("payable__order").order_by("payable__due_on", "pk"))


def months_of(supplier: Supplier, today: date) -> Iterator[date]:
    """The months of the account, the newest first, at most two years."""
    first = supplier.payables.order_by("on").values_list("on", flat=True).first() or today
    month, last = today.replace(day=1), first.replace(day=1)
    for _n in range(24):
        yield month
        if month <= last:
            return
        month = (month.replace(day=1) - date.resolution).replace(day=1)


@dataclass(frozen=True, slots=True)
class Scored:
    supplier: Supplier
    now: SupplierScore | None
    before: SupplierScore | None
    review: SupplierReview | None


def scored(after: str = "") -> tuple[list[Scored], str]:
    """Active suppliers by code with their last two scores and the review that is open, and the code after which the
    next page begins ("" for none); three statements."""
    suppliers = Supplier.objects.filter(active=True, code__gt=after).prefetch_related(
        Prefetch("reviews", SupplierReview.objects.filter(decided_at=None), "open_reviews")
    )
    page = list(suppliers.order_by("code")[: PAGE + 1])
    rows: dict[int, list[SupplierScore]] = {}
    latest = SupplierScore.objects.raw(
        "SELECT s.* FROM unnest(%s::bigint[]) AS wanted (id), LATERAL (SELECT * FROM contracts_supplierscore"
        " WHERE supplier_id = wanted.id ORDER BY month DESC LIMIT 2) s ORDER BY s.supplier_id, s.month DESC",
        [[each.pk for each in page[:PAGE]]],
    )
    for each in latest:
        rows.setdefault(each.supplier_id, []).append(each)
    found = []
    for supplier in page[:PAGE]:
        two = [*rows.get(supplier.pk, []), None, None]
        found.append(Scored(supplier, two[0], two[1], next(iter(supplier.open_reviews), None)))
    return found, page[PAGE - 1].code if len(page) > PAGE else ""
