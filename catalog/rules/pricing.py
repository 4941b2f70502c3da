"""Arithmetic of prices: margin, change, what makes a price unusual, what a promotion makes of it. CNY, whole fen."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

FEN = Decimal("0.01")
TENTH = Decimal("0.1")
BELOW_COST, OUT_OF_BAND = "below_cost", "out_of_band"
FIXED, PERCENT = "fixed", "percent"


def margin(price: Decimal | None, cost: Decimal | None) -> Decimal | None:
    """Percent of the price that is left after the cost, to a tenth; None where one of them is not known."""
    if price is None or cost is None or price <= 0:
        return None
    return ((price - cost) / price * 100).quantize(TENTH, ROUND_HALF_UP)


def change(before: Decimal | None, after: Decimal) -> Decimal | None:
    """Percent up (+) or down (-) from `before`, to a tenth; None for a first price."""
    if before is None or before <= 0:
        return None
    return ((after - before) / before * 100).quantize(TENTH, ROUND_HALF_UP)


def flags_of(price: Decimal, before: Decimal | None, cost: Decimal | None, band: Decimal) -> set[str]:
    """What makes a price unusual. `band`: the percent that one change may move it, compared unrounded. A price whose
    cost is not known is not below it; a first price is in the band."""
    found = set()
    if cost is not None and price < cost:
        found.add(BELOW_COST)
    if before is not None and abs(price - before) * 100 > band * before:
        found.add(OUT_OF_BAND)
    return found


def promoted(base: Decimal | None, rule: str, value: Decimal) -> Decimal | None:
    """What a promotion makes of a price; None where it takes percent of no price."""
    if rule == FIXED:
        return value
    return None if base is None else max((base * value / 100).quantize(FEN, ROUND_HALF_UP), FEN)


def lowest(base: Decimal | None, offers: Iterable[Decimal | None]) -> Decimal | None:
    """The price that holds while promotions run: the lowest of all; never above the price itself."""
    known = [each for each in (base, *offers) if each is not None]
    return min(known) if known else None
