"""The wage of the days that were not worked (S2d). Pure.

The rule: a day's wage is the monthly base divided by the average number of paid days of a month (`attendance.wages`,
21.75). What is proposed is that wage times the share of the day, times the days' wages that the clause takes for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Deduction:
    """The arithmetic, step by step. Amounts in CNY; `amount` is negative for what is given back."""

    base: Decimal
    divisor: Decimal
    share: Decimal
    times: int

    @property
    def daily(self) -> Decimal:
        """One day's wage, to the fen."""
        return (self.base / self.divisor).quantize(CENT, ROUND_HALF_UP)

    @property
    def amount(self) -> Decimal:
        """From the unrounded day's wage, so that parts add up to the whole."""
        return (self.base * self.share * self.times / self.divisor).quantize(CENT, ROUND_HALF_UP)

    def shown(self) -> str:
        """ "6,525.00 ÷ 21.75 × 0.5 × 1 = 150.00"."""
        return f"{self.base:,.2f} ÷ {self.divisor} × {plain(self.share)} × {self.times} = {self.amount:,.2f}"


def plain(share: Decimal) -> str:
    """A part of a day, or days, without needless zeros: "0", "0.5", "3"."""
    return f"{share.normalize():f}"
