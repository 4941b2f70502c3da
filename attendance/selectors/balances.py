"""What people have left of each kind of leave: sums over the movements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Max, Q, Sum

from attendance.models import BalanceMovement, PriorService
from attendance.selectors.leave_kinds import LeaveKind, kinds

Sort = BalanceMovement.Sort
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Account:
    """One year of one kind: `left` can still be asked for, `reserved` waits or is agreed to, `taken` is over."""

    year: int
    granted: Decimal
    reserved: Decimal
    taken: Decimal
    left: Decimal
    expires_on: date | None

    def open_on(self, day: date) -> bool:
        return self.expires_on is None or day <= self.expires_on


@dataclass(frozen=True, slots=True)
class Balance:
    """One kind of one person, the accounts from the oldest on."""

    kind: LeaveKind
    accounts: tuple[Account, ...]

    @property
    def left(self) -> Decimal:
        return sum((account.left for account in self.accounts), NOTHING)

    @property
    def reserved(self) -> Decimal:
        return sum((account.reserved for account in self.accounts), NOTHING)

    @property
    def taken(self) -> Decimal:
        return sum((account.taken for account in self.accounts), NOTHING)


def accounts_of(employee_ids: Collection[int], kind: str = "") -> dict[tuple[int, str], list[Account]]:
    """Accounts by (person, kind), the oldest first; one query."""
    found: dict[tuple[int, str], list[Account]] = defaultdict(list)
    movements = BalanceMovement.objects.filter(employee_id__in=employee_ids)
    if kind:
        movements = movements.filter(kind=kind)
    held = Q(sort__in=(Sort.RESERVE, Sort.RELEASE))
    rows = (
        movements.values("employee_id", "kind", "year")
        .annotate(
            left=Sum("amount"),
            granted=Sum("amount", filter=Q(sort__in=(Sort.GRANT, Sort.ADJUST)), default=NOTHING),
            held=Sum("amount", filter=held, default=NOTHING),
            taken=Sum("amount", filter=Q(sort=Sort.TAKE), default=NOTHING),
            expires_on=Max("expires_on"),
        )
        .order_by("employee_id", "kind", "year")
    )
    for row in rows:
        found[row["employee_id"], row["kind"]].append(
            Account(row["year"], row["granted"], -row["held"], -row["taken"], row["left"], row["expires_on"])
        )
    return found


def usable(employee_id: int, kind: str, first_day: date) -> list[tuple[int, Decimal]]:
    """(year, what is left) of the accounts that a leave from `first_day` on may use, what expires first first."""
    accounts = accounts_of([employee_id], kind)[employee_id, kind]
    return [(a.year, a.left) for a in accounts if a.open_on(first_day) and a.year <= first_day.year]


def balances_of(employee_id: int, at: datetime, day: date) -> list[Balance]:
    """Every kind that keeps a balance, as it stands for leave on `day`."""
    accounts = accounts_of([employee_id])
    return [
        Balance(kind, tuple(a for a in accounts[employee_id, kind.code] if a.open_on(day)))
        for kind in kinds(at).values()
        if kind.kept
    ]


def held_for(leave_id: int) -> dict[int, Decimal]:
    """What is reserved for a leave, by year."""
    rows = (
        BalanceMovement.objects.filter(leave_id=leave_id, sort__in=(Sort.RESERVE, Sort.RELEASE))
        .values("year")
        .annotate(held=Sum("amount"))
        .order_by("year")
    )
    return {row["year"]: -row["held"] for row in rows if row["held"]}


def months_before(employee_ids: Collection[int]) -> dict[int, int]:
    """Months worked before coming here, as noted last; nobody's is nought."""
    found: dict[int, int] = {}
    for pk, months in (
        PriorService.objects.filter(employee_id__in=employee_ids)
        .order_by("id")
        .values_list("employee_id", "months")
    ):
        found[pk] = months
    return found


def movements_of(employee_id: int, limit: int = 60) -> list[BalanceMovement]:
    """The newest first."""
    return list(
        BalanceMovement.objects.filter(employee_id=employee_id)
        .select_related("leave", "by")
        .order_by("-id")[:limit]
    )
