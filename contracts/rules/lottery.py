"""Which lines in production are inspected (P3.2): drawn from a seed that is kept, so that anybody can repeat the draw.

Every line gets the SHA-256 of "seed:line"; the smallest ones are chosen, as many as the percentage gives, one at least.
The step at which a chosen line is looked at is the SHA-256 of "seed:line:step" modulo the number of its steps.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple


class Chosen(NamedTuple):
    line: int
    step: int


def draw(seed: str, candidates: Mapping[int, Sequence[int]], percent: Decimal) -> list[Chosen]:
    """`candidates`: line → its steps, at least one. Ordered by line."""
    if not candidates:
        return []
    share = Decimal(len(candidates)) * percent / 100
    many = max(1, min(len(candidates), int(share.to_integral_value(ROUND_CEILING))))
    ranked = sorted(candidates, key=lambda line: _number(f"{seed}:{line}"))
    return [
        Chosen(line, candidates[line][_number(f"{seed}:{line}:step") % len(candidates[line])])
        for line in sorted(ranked[:many])
    ]


def _number(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest(), 16)
