"""Who is at work, as the engines below ask: not on leave, and in one's shift where a roster says so."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.utils import timezone

from attendance.models import Shift
from attendance.rules.shifts import DAY
from attendance.selectors.leaves import on_leave


def at_work(ids: Collection[int], at: datetime) -> set[int]:
    """Those of the people who are at work at the instant: in a piece of a published shift or duty of theirs, or without
    any on that day; and not on leave. A person without a roster that day counts as there, so that an installation that
    keeps none works by the 上班/下班 switch alone."""
    wanted = set(ids)
    if not wanted:
        return set()
    day = timezone.localdate(at)
    shifts = Shift.objects.filter(
        employee_id__in=wanted, day__in=(day - DAY, day), removed_at=None, published_at__isnull=False
    ).values_list("employee_id", "day", "spans")
    rostered, inside = set(), set()
    for who, begun, spans in shifts:
        if begun == day:
            rostered.add(who)
        if any(span.lower and span.upper and span.lower <= at < span.upper for span in spans):
            inside.add(who)
    return (wanted - rostered | inside & wanted) - on_leave(wanted, at)
