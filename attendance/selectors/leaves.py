"""Leaves as plain values."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from attendance.rules.facts import LeaveFact


def leaves_of(employee_ids: Collection[int] | None, first: date, last: date) -> list[LeaveFact]:
    """The leaves that touch the days `first` to `last`, both included; of everybody when `employee_ids` is None. No
    model of leave exists yet."""
    return []
