"""Counting: what differs, what needs a word, what needs agreement. Pure.

The figure of the book is taken at the instant at which a SKU's count is entered, so that goods that move before the
count is handed in change nothing: the variance is what was counted minus what the book said *then*, and the movement
that follows adds the variance to whatever the stock is by now.

A variance needs a reason. It needs agreement as well when it is larger than the rulebook's number of pieces, or when
its cost is above the rulebook's amount; a SKU without a cost is judged by its pieces alone. So that nobody takes a
little at each count, what was entered of the SKU without an agreement within the rulebook's days counts along: alone
and together it stays within the limits. What is counted for the first time has no book to differ from: it opens the
stock, and needs neither.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Limits:
    """Up to these, both included, a variance is entered with its reason alone."""

    pieces: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Counted:
    """One SKU's line: `moved` says whether its stock ever moved before, `cost` is CNY a piece or None, `alone` the
    pieces that were entered without an agreement lately."""

    sku_id: int
    counted: int
    book: int
    moved: bool
    cost: Decimal | None
    reason: str = ""
    alone: int = 0

    @property
    def variance(self) -> int:
        return self.counted - self.book

    @property
    def opens(self) -> bool:
        """The first figure that this SKU ever had."""
        return not self.moved

    @property
    def needs_reason(self) -> bool:
        return bool(self.variance) and self.moved

    def beyond(self, limits: Limits) -> bool:
        return self.needs_reason and any(
            is_beyond(change, self.cost, limits) for change in (self.variance, self.variance + self.alone)
        )


def is_beyond(change: int, cost: Decimal | None, limits: Limits) -> bool:
    """Whether so many pieces more or less need agreement."""
    pieces = abs(change)
    return pieces > limits.pieces or (cost is not None and pieces * cost > limits.amount)


def lacking_reason(lines: Iterable[Counted]) -> list[int]:
    """The SKUs that differ without a word why."""
    return [line.sku_id for line in lines if line.needs_reason and not line.reason]


def value_of(change: int, cost: Decimal | None) -> Decimal | None:
    """What the pieces cost, with the sign of the change."""
    return None if cost is None else change * cost
