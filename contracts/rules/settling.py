"""What claims of ours take off what we owe, before money does. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from contracts.rules.money import ZERO


@dataclass(frozen=True, slots=True)
class Open:
    """Something with so much left of it."""

    id: int
    left: Decimal


@dataclass(frozen=True, slots=True)
class Use:
    """So much of a set-off pays so much of what is owed."""

    set_off: int
    payable: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Plan:
    uses: Sequence[Use]
    #: payable → money for it; those that set-offs cover wholly are not in it
    money: Sequence[tuple[int, Decimal]]

    @property
    def total(self) -> Decimal:
        return sum((amount for _id, amount in self.money), ZERO)

    @property
    def set_off(self) -> Decimal:
        return sum((use.amount for use in self.uses), ZERO)


def plan(payables: Sequence[Open], set_offs: Sequence[Open]) -> Plan:
    """Set-offs in their order, the oldest first, each as far as it goes, on payables in theirs; money for the rest."""
    uses: list[Use] = []
    money: list[tuple[int, Decimal]] = []
    waiting = [(each.id, each.left) for each in set_offs if each.left > 0]
    for payable in payables:
        left = payable.left
        while left > 0 and waiting:
            claim, has = waiting[0]
            taken = min(left, has)
            uses.append(Use(claim, payable.id, taken))
            left -= taken
            if has > taken:
                waiting[0] = (claim, has - taken)
            else:
                waiting.pop(0)
        if left > 0:
            money.append((payable.id, left))
    return Plan(uses, money)
