"""What people have left of each kind of leave: sums over the movements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Max, Q, Sum

from attendance.models import BalanceMovement, Leave, PriorService
from attendance.selectors.leave_kinds import LeaveKind, kinds

Sort = BalanceMovement.Sort
NOTHING = Decimal(0)


class Slot(NamedTuple):
    """Which account of a kind: of a calendar year, or of the event that began on `event_on`."""

    year: int
    event_on: date | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """One year, or one event, of one kind: `left` can still be asked for, `reserved` waits or is agreed to, `taken` is
    over."""

    slot: Slot
    granted: Decimal
    reserved: Decimal
    taken: Decimal
    left: Decimal
    expires_on: date | None

    @property
    def year(self) -> int:
        return self.slot.year

    def open_on(self, day: date) -> bool:
        return self.expires_on is None or day <= self.expires_on


@dataclass(frozen=True, slots=True)
class Balance:
    """One kind of one person, the accounts from the oldest on; `earlier` are events that are over."""

    kind: LeaveKind
    accounts: tuple[Account, ...]
    earlier: tuple[Account, ...] = ()

    @property
    def event_on(self) -> date | None:
        """When the event began that is counted now; None before it did, and for other kinds."""
        return self.accounts[-1].slot.event_on if self.accounts else None

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
        movements.values("employee_id", "kind", "year", "event_on")
        .annotate(
            left=Sum("amount"),
            granted=Sum("amount", filter=Q(sort__in=(Sort.GRANT, Sort.ADJUST)), default=NOTHING),
            held=Sum("amount", filter=held, default=NOTHING),
            taken=Sum("amount", filter=Q(sort=Sort.TAKE), default=NOTHING),
            expires_on=Max("expires_on"),
        )
        .order_by("employee_id", "kind", "year", "event_on")
    )
    for row in rows:
        slot = Slot(row["year"], row["event_on"])
        found[row["employee_id"], row["kind"]].append(
            Account(slot, row["granted"], -row["held"], -row["taken"], row["left"], row["expires_on"])
        )
    return found


def standing(kind: LeaveKind, accounts: Collection[Account], day: date) -> Balance:
    """The kind as it stands for leave on `day`. What a kind gives by the year or by the event is there before anything
    was taken of it, though no movement says so yet."""
    if kind.balance == "by_event":
        known = [each for each in accounts if each.slot.event_on is not None]
        own = [each for each in known if _same_event(kind, each.slot, day)]
        return Balance(kind, tuple(own[-1:]) or (_untouched(kind, Slot(day.year)),), tuple(known))
    usable = [each for each in accounts if each.open_on(day) and each.slot.event_on is None]
    if kind.balance == "by_year":
        own = [each for each in usable if each.year == day.year]
        return Balance(kind, tuple(own) or (_untouched(kind, Slot(day.year)),))
    return Balance(kind, tuple(usable))


def _same_event(kind: LeaveKind, slot: Slot, day: date) -> bool:
    return slot.event_on is not None and abs(day - slot.event_on) < timedelta(days=kind.within_days)


def _untouched(kind: LeaveKind, slot: Slot) -> Account:
    most = Decimal(kind.most_days)
    return Account(slot, most, NOTHING, NOTHING, most, None)


def slot_of(employee_id: int, kind: LeaveKind, day: date) -> Slot:
    """The account that leave on `day` belongs to, of a kind that is counted by the year or by the event; of an event
    that begins with it, its own."""
    if kind.balance == "by_year":
        return Slot(day.year)
    accounts = accounts_of([employee_id], kind.code)[employee_id, kind.code]
    event_on = standing(kind, accounts, day).event_on or day
    return Slot(event_on.year, event_on)


def usable(employee_id: int, kind: str, first_day: date) -> list[tuple[Slot, Decimal]]:
    """(account, what is left) of those that a leave from `first_day` on may use, what expires first first."""
    accounts = accounts_of([employee_id], kind)[employee_id, kind]
    return [(a.slot, a.left) for a in accounts if a.open_on(first_day) and a.year <= first_day.year]


def balances_of(employee_id: int, at: datetime, day: date) -> list[Balance]:
    """Every kind that keeps a balance, as it stands for leave on `day`."""
    accounts = accounts_of([employee_id])
    return [standing(kind, accounts[employee_id, kind.code], day) for kind in kinds(at).values() if kind.kept]


def balance_of(leave: Leave, kind: LeaveKind) -> Balance:
    """The balance that the leave rests on, with what it needs set aside already."""
    accounts = accounts_of([leave.employee_id], leave.kind)[leave.employee_id, leave.kind]
    return standing(kind, accounts, leave.first_day)


def so_far(leave: Leave) -> Decimal:
    """What the person had of the kind in the calendar year besides, agreed to; for kinds that keep no balance."""
    others = Leave.objects.filter(
        employee_id=leave.employee_id, kind=leave.kind, state=Leave.State.APPROVED,
        first_day__year=leave.first_day.year,
    )  # fmt: skip
    return others.exclude(pk=leave.pk).aggregate(sum=Sum("amount", default=NOTHING))["sum"] or NOTHING


def held_for(leave_id: int) -> dict[Slot, Decimal]:
    """What is reserved for a leave, by account."""
    rows = (
        BalanceMovement.objects.filter(leave_id=leave_id, sort__in=(Sort.RESERVE, Sort.RELEASE))
        .values("year", "event_on")
        .annotate(held=Sum("amount"))
        .order_by("year", "event_on")
    )
    return {Slot(row["year"], row["event_on"]): -row["held"] for row in rows if row["held"]}


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
