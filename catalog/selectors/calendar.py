"""A month of promotions, week by week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from catalog.models import Promotion
from catalog.selectors.promotions import between, plan_has_passed, runs_of, state_of

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    inside: bool
    promotions: tuple[tuple[Promotion, str], ...]


@dataclass(frozen=True, slots=True)
class Month:
    """`first` of the month; `before` and `after` are the first days of its neighbours."""

    first: date
    before: date
    after: date
    weeks: list[list[Day]]


def month_of(first: date, now: datetime) -> Month:
    """Monday to Sunday, whole weeks; three queries."""
    first = first.replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    start, end = first - timedelta(days=first.weekday()), after + timedelta(days=-after.weekday() % 7)
    found = with_states(between(_midnight(start), _midnight(end)), now)
    weeks: list[list[Day]] = []
    day = start
    while day < end:
        if day.weekday() == 0:
            weeks.append([])
        opens, closes = _midnight(day), _midnight(day + DAY)
        there = tuple(
            (each, state) for each, state in found if each.starts_at < closes and each.over_at > opens
        )
        weeks[-1].append(Day(day, first <= day < after, there))
        day += DAY
    return Month(first, (first - DAY).replace(day=1), after, weeks)


def with_states(promotions: Sequence[Promotion], now: datetime) -> list[tuple[Promotion, str]]:
    """Each with its state; two queries."""
    runs = runs_of([each.pk for each in promotions])
    found = []
    for each in promotions:
        live = [run for run in runs[each.pk] if run.live]
        found.append((each, state_of(each, now, live, plan_has_passed(runs[each.pk]))))
    return found


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
