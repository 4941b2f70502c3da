"""How late a line is (P1.5, P7c): delivered and accepted by the date on the order. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple


class Lateness(NamedTuple):
    """`days` after its date, 0 for in time; `pieces` too late or missing; `open` while some are missing."""

    days: int
    pieces: int
    open: bool


def of(due_on: date, ordered: int, accepted: Sequence[tuple[date, int]], today: date) -> Lateness:
    """By the days on which the pieces that were accepted had arrived. Judged as of `today` while pieces are missing."""
    left, last, late = ordered, due_on, 0
    for day, pieces in sorted(accepted):
        taken = min(pieces, left)
        left -= taken
        if taken and day > due_on:
            late, last = late + taken, max(last, day)
    if left and today > due_on:
        late, last = late + left, today
    return Lateness((last - due_on).days, late, bool(left))
