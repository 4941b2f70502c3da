"""What the pages of money show: who is to be paid, one supplier's account, what was agreed and not paid yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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
from contracts.selectors import account, asked

PAGE = 50

_SUMS = """
WITH paid AS (
    SELECT taken.payable, sum(taken.amount) AS amount
    FROM (SELECT payable_id AS payable, payment_id, amount FROM contracts_paymentline
          UNION ALL SELECT payable_id, payment_id, amount FROM contracts_setoffuse) taken
    WHERE NOT EXISTS (SELECT FROM contracts_paymentdrop d WHERE d.payment_id = taken.payment_id) GROUP BY 1
), fallen AS (
    SELECT payable_id AS payable, sum(amount) AS amount FROM contracts_payablevoid GROUP BY 1
), open AS (
    SELECT p.supplier_id AS supplier, p.due_on,
           p.amount - coalesce(paid.amount, 0) - coalesce(fallen.amount, 0) AS left
    FROM contracts_payable p
    LEFT JOIN paid ON paid.payable = p.id LEFT JOIN fallen ON fallen.payable = p.id
), owed AS MATERIALIZED (
    SELECT supplier, coalesce(sum(o.left) FILTER (WHERE due_on < %(today)s), 0) AS overdue,
           coalesce(sum(o.left) FILTER (WHERE due_on BETWEEN %(today)s AND %(soon)s), 0) AS soon,
           sum(o.left) AS total, min(due_on) AS next
    FROM open o WHERE o.left > 0 GROUP BY supplier
), page AS (
    SELECT * FROM owed
    WHERE %(day)s::date IS NULL OR (next, supplier) > (%(day)s::date, %(key)s::bigint)
    ORDER BY next, supplier LIMIT %(most)s
)
SELECT page.supplier, page.overdue, page.soon, page.total, page.next, contracts_withheld(page.supplier),
       every.total, every.overdue
FROM (SELECT coalesce(sum(total), 0) AS total, coalesce(sum(overdue), 0) AS overdue FROM owed) every
LEFT JOIN page ON true
ORDER BY page.next, page.supplier
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


@dataclass(frozen=True, slots=True)
class OwedPage:
    """`total` and `overdue` of all suppliers; `following`: behind which the next page begins, "" for none."""

    rows: list[Owed]
    total: Decimal
    overdue: Decimal
    following: str


def owed(today: date, soon: date, after: tuple[date, int] | None = None) -> OwedPage:
    """Suppliers to whom something is open, the most urgent first; two statements."""
    day, key = after or (None, None)
    values = {"today": today, "soon": soon, "day": day, "key": key, "most": PAGE + 1}
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, values)
        found = cursor.fetchall()
    rows = [row[:6] for row in found if row[0] is not None]
    known = Supplier.objects.in_bulk([row[0] for row in rows])
    page = [Owed(known[row[0]], *row[1:]) for row in rows[:PAGE]]
    more = place(page[-1].next_due, page[-1].supplier.pk) if len(rows) > PAGE else ""
    return OwedPage(page, found[0][6], found[0][7], more)


def place(day: date, key: int) -> str:
    """Where a page ends, as it stands in an address: "2026-11-30_45"."""
    return f"{day.isoformat()}_{key}"


def read_place(text: str) -> tuple[date, int] | None:
    """None for what is no such place."""
    day, _between, key = text.partition("_")
    try:
        found = date.fromisoformat(day) if len(day) == 10 else None
    except ValueError:
        found = None
    return (found, int(key)) if found and key.isascii() and key.isdigit() and len(key) < 16 else None


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
    """`asked`: the request that names it, 0 for none."""

    payable: Payable
    left: Decimal
    asked: int = 0


@dataclass(frozen=True, slots=True)
class OpenClaim:
    claim: SetOff
    left: Decimal
    asked: int = 0


@dataclass(frozen=True, slots=True)
class Account:
    """One supplier's account as its page shows it: a page of what is open, the oldest claims, the sums of all of it.
    `following`: behind which the next page of payables begins; `more_claims`: how many are not shown."""

    supplier: Supplier
    payables: list[OpenPayable]
    claims: list[OpenClaim]
    owed: Decimal
    claimed: Decimal
    following: str
    more_claims: int
    withheld: Decimal
    bank: BankDetails | None

    @property
    def free(self) -> bool:
        """Whether anything of the page may be asked for."""
        return any(not each.asked for each in self.payables)


def account_of(supplier: Supplier, after: tuple[date, int] | None = None) -> Account:
    """Seven statements, however much there is."""
    owed = account.open_payables(supplier, after=after, most=PAGE + 1)
    claims = account.open_set_offs(supplier, most=PAGE)
    sums = account.sums_of(supplier)
    named = asked.named([each.pk for each, _left in owed], [each.pk for each, _left in claims])
    last = owed[PAGE - 1][0] if len(owed) > PAGE else None
    return Account(
        supplier=supplier,
        payables=[OpenPayable(each, left, named.payables.get(each.pk, 0)) for each, left in owed[:PAGE]],
        claims=[OpenClaim(each, left, named.set_offs.get(each.pk, 0)) for each, left in claims],
        owed=sums.owed,
        claimed=sums.claimed,
        following=place(last.due_on, last.pk) if last else "",
        more_claims=sums.claims - len(claims),
        withheld=account.withheld(supplier.pk),
        bank=supplier.bank_details.order_by("-pk").first(),
    )


def of_order(order: PurchaseOrder) -> tuple[list[OpenPayable], list[OpenClaim]]:
    """What an order owes, by due day, and what is claimed of it, each with what is left; seven statements."""
    owed = list(order.payables.order_by("due_on", "pk"))
    claims = list(order.set_offs.order_by("pk"))
    left, open_ = account.payable_left(owed), account.set_off_left(claims)
    return (
        [OpenPayable(each, left[each.pk]) for each in owed],
        [OpenClaim(each, open_[each.pk]) for each in claims],
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
