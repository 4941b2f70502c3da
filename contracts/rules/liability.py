"""Who is liable for a complaint (P5), by the written table. Pure: it proposes, a person decides.

A quality complaint after the sale is the supplier's. On delivery to the home the packaging decides: intact, the
supplier made or packed it so; damaged, by where the product is hurt:

- only where the packaging is damaged, too: the blow came from outside, on the way: the carrier
- only elsewhere, or nowhere to be seen (a part missing, the wrong goods): the supplier
- in both: both

Which of these words means whom is a table of the book ("contracts.liability_places").
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

#: Sides and parts of a parcel and of the goods in it. What is hurt inside, no blow on the packaging explains.
PLACES = ("top", "bottom", "front", "back", "left", "right", "corner", "inside")
INSIDE = "inside"


class Proposal(NamedTuple):
    """`liable`: supplier, carrier or both. `because`: the line of the table."""

    liable: str
    because: str


def propose(
    *,
    kind: str,
    packaging: str,
    packaging_places: Collection[str],
    damage_places: Collection[str],
    intact: str,
    table: Mapping[str, str],
) -> Proposal:
    """kind: delivery or quality; packaging: intact, damaged, or "" for a quality complaint. `table`: who is liable by
    line, with the keys same_place, elsewhere, several; `intact`: who is when the packaging is."""
    if kind == "quality":
        return Proposal("supplier", "quality")
    if packaging == "intact":
        return Proposal(intact, "intact")
    line = where(packaging_places, damage_places)
    return Proposal(table[line], line)


def where(packaging_places: Collection[str], damage_places: Collection[str]) -> str:
    """same_place, elsewhere or several."""
    outside = {place for place in packaging_places if place != INSIDE}
    hurt = set(damage_places)
    if not hurt & outside:
        return "elsewhere"
    return "several" if hurt - outside else "same_place"


def percent_of(liable: str, both: int) -> int:
    """The supplier's part in percent; `both`: what the book says where both are liable."""
    return {"supplier": 100, "carrier": 0}.get(liable, both)
