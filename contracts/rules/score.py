"""How a supplier keeps the three conditions of the partnership (P0): unit price, delivery, quality. Pure.

Each is a share in per cent over the months that the book looks back:

- unit price: order lines whose price is not above that of the order before, for the same goods of this supplier;
- delivery: order lines that were due and had wholly arrived by their day;
- quality: pieces accepted of those judged, both as they stand after recounts, less one point for each claim of ours
  that rests on quality.

A condition without facts has no figure, and no figure neither rises nor falls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

UNIT_PRICE, DELIVERY, QUALITY = "unit_price", "delivery", "quality"
CONDITIONS = (UNIT_PRICE, DELIVERY, QUALITY)
_TENTH = Decimal("0.1")
_ALL = Decimal(100)


@dataclass(frozen=True, slots=True)
class Facts:
    """`kept` of `of` for each condition; `claims`: of ours that rest on quality."""

    prices_kept: int = 0
    prices: int = 0
    lines_in_time: int = 0
    lines_due: int = 0
    accepted: int = 0
    judged: int = 0
    claims: int = 0


def score(facts: Facts) -> dict[str, Decimal | None]:
    quality = _percent(facts.accepted, facts.judged)
    if quality is not None:
        quality = max(Decimal("0.0"), quality - facts.claims)
    return {
        UNIT_PRICE: _percent(facts.prices_kept, facts.prices),
        DELIVERY: _percent(facts.lines_in_time, facts.lines_due),
        QUALITY: quality,
    }


def _percent(kept: int, of: int) -> Decimal | None:
    return None if of == 0 else (_ALL * kept / of).quantize(_TENTH, ROUND_HALF_UP)


def fallen(
    before: Mapping[str, Decimal | None], now: Mapping[str, Decimal | None], *, fall: Decimal, floor: Decimal
) -> list[str]:
    """The conditions that open a review: down by `fall` points or more since the last score, or newly below `floor`."""
    found = []
    for condition in CONDITIONS:
        was, is_ = before.get(condition), now.get(condition)
        if is_ is None:
            continue
        by_points = was is not None and was - is_ >= fall
        below = is_ < floor and (was is None or was >= floor)
        if by_points or below:
            found.append(condition)
    return found
