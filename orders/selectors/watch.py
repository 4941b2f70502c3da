"""C7.1 / M5.1: was the desk watched in service hours? Gaps over the rule's limit, with their length."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from office.rulebook import api as rulebook
from office.rulebook import calendar
from orders.models import DeskWatch

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Gap:
    """Nobody watched from `start` to `end`, both inside one opening of the service hours."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        return self.end - self.start


def gaps_in(openings: Iterable[Span], watched: Sequence[Span], limit: timedelta) -> list[Gap]:
    """Stretches of the openings that no watch covers, longer than `limit`. Pure.

    `watched` may overlap and come in any order. The desk counts as watched for no longer than the heartbeats say:
    a watch ends with its last heartbeat.
    """
    merged = sorted(watched)
    found: list[Gap] = []
    for opening, closing in openings:
        seen_until = opening
        for start, end in merged:
            if end <= seen_until:
                continue
            if start >= closing:
                break
            if start - seen_until > limit:
                found.append(Gap(seen_until, start))
            seen_until = max(seen_until, end)
        if closing - seen_until > limit:
            found.append(Gap(seen_until, closing))
    return found


def watch_gaps(*, start: datetime, end: datetime, now: datetime) -> list[Gap]:
    """Gaps between `start` and `end` (not after `now`), newest first, by the book in force at `start`."""
    until = min(end, now)
    if until <= start:
        return []
    book = rulebook.book(start)
    hours = calendar.hours_of(book, "orders.service_hours")
    days = rulebook.day_table()
    openings: list[Span] = []
    day = start.astimezone(calendar.ZONE).date()
    while day <= until.astimezone(calendar.ZONE).date():
        for opening, closing in calendar.intervals(hours, days, day):
            if closing > start and opening < until:
                openings.append((max(opening, start), min(closing, until)))
        day += calendar.DAY
    watches = DeskWatch.objects.filter(last_at__gt=start, started_at__lt=until).values_list(
        "started_at", "last_at"
    )
    limit = rulebook.limit_rule("orders.watch_gap", start).span
    return gaps_in(openings, list(watches), limit)[::-1]
