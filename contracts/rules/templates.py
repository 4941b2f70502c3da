"""Templates of work plans as the book writes them (W1): steps with the day of the plan by which each is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta


def laid_out(steps: Mapping[str, int], starts_on: date) -> Iterator[tuple[str, date, date]]:
    """(code, from, until) of each step: it begins when the one before it is due."""
    begins = starts_on
    for code, day in steps.items():
        due = max(begins, starts_on + timedelta(days=day))
        yield code, begins, due
        begins = due
