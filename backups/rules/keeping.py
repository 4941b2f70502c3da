"""Which backups stay, when a failed one is tried again, how long a schedule's period is."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from office.rulebook import api as rulebook

#: After so many failures it is given up, and people have been told at each.
MOST_ATTEMPTS = 6
_WAITS = (1, 5, 15, 60, 240)  # minutes
_LOCAL = ZoneInfo("Asia/Shanghai")
_DAYS = {"minute": 0, "day": 1, "week": 7, "month": 31, "year": 366}

_Key = TypeVar("_Key", bound=Hashable)


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many failures."""
    return timedelta(minutes=_WAITS[min(max(attempts, 1), len(_WAITS)) - 1])


def period_of(rule: rulebook.ScheduleRule) -> timedelta:
    """The longest time between two runs of a schedule."""
    return timedelta(days=_DAYS[rule.every] * rule.interval)


def to_keep(
    made: Mapping[_Key, datetime], *, daily: int, weekly: int, monthly: int, yearly: int
) -> set[_Key]:
    """The newest of each of the last so many days, weeks, months and years that have one, by Shanghai's calendar.

    The newest of all always stays.
    """
    newest_first = sorted(made, key=lambda key: made[key], reverse=True)
    keep = set(newest_first[:1])
    for count, name in ((daily, "%Y-%m-%d"), (weekly, "%G-%V"), (monthly, "%Y-%m"), (yearly, "%Y")):
        seen: dict[str, _Key] = {}
        for key in newest_first:
            span = made[key].astimezone(_LOCAL).strftime(name)
            if span not in seen and len(seen) < count:
                seen[span] = key
        keep |= set(seen.values())
    return keep
