"""How many pieces of a lot are taken, and how many of them may be bad: normal single sampling at general inspection
level II.

Facts of GB/T 2828.1-2012 (ISO 2859-1:1999): table 1, column II, and table 2-A. "↓" and "↑" stand for the arrows of the
table: use the plan of the next letter below or above that has one, its sample size included. A sample as large as the
lot means that every piece is looked at.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final, NamedTuple

#: The largest lot of each letter.
_LOTS: Final = (8, 15, 25, 50, 90, 150, 280, 500, 1200, 3200, 10_000, 35_000, 150_000, 500_000)
_LETTERS: Final = "ABCDEFGHJKLMNPQ"
_SIZES: Final = dict(
    zip(_LETTERS, (2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250), strict=True)
)
#: AQL → the acceptance number of each letter, A to Q.
_PLANS: Final[dict[str, tuple[str, ...]]] = {
    "0.65": ("↓", "↓", "↓", "↓", "↓", "0", "↑", "↓", "1", "2", "3", "5", "7", "10", "14"),
    "1.0": ("↓", "↓", "↓", "↓", "0", "↑", "↓", "1", "2", "3", "5", "7", "10", "14", "21"),
    "1.5": ("↓", "↓", "↓", "0", "↑", "↓", "1", "2", "3", "5", "7", "10", "14", "21", "↑"),
    "2.5": ("↓", "↓", "0", "↑", "↓", "1", "2", "3", "5", "7", "10", "14", "21", "↑", "↑"),
    "4.0": ("↓", "0", "↑", "↓", "1", "2", "3", "5", "7", "10", "14", "21", "↑", "↑", "↑"),
    "6.5": ("0", "↑", "↓", "1", "2", "3", "5", "7", "10", "14", "21", "↑", "↑", "↑", "↑"),
}
AQLS: Final = tuple(_PLANS)


class SamplingPlan(NamedTuple):
    """`letter` whose plan is used, `sample` pieces of the lot, accept with at most `ac` bad ones."""

    letter: str
    sample: int
    ac: int


def plan(lot: int, aql: str) -> SamplingPlan:
    """The plan for a lot of `lot` pieces (at least one). Raises KeyError for an AQL that is not in AQLS."""
    row = _PLANS[aql]
    place = bisect_left(_LOTS, lot)
    while row[place] in "↓↑":
        place += 1 if row[place] == "↓" else -1
    letter = _LETTERS[place]
    return SamplingPlan(letter, min(_SIZES[letter], lot), int(row[place]))
