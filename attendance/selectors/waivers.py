"""Rest that everybody gave up (S7)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from attendance.models import RestWaiver
from attendance.rules.shifts import days_from


def waived(days: Iterable[date]) -> set[date]:
    """Those of the days whose rest was given up."""
    wanted = set(days)
    if not wanted:
        return set()
    spans = RestWaiver.objects.filter(
        removed_at=None, first_day__lte=max(wanted), last_day__gte=min(wanted)
    ).values_list("first_day", "last_day")
    return {day for first, last in spans for day in wanted if first <= day <= last}


def listed(limit: int = 30) -> list[RestWaiver]:
    """The latest first, those taken back too."""
    return list(
        RestWaiver.objects.select_related("declared_by", "removed_by").order_by("-first_day", "-pk")[:limit]
    )


def days_of(waiver: RestWaiver) -> list[date]:
    return days_from(waiver.first_day, waiver.last_day)
