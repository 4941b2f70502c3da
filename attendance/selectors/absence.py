"""Who is away: approved and provisional leave, and the time after somebody's last day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from django.utils import timezone

from attendance.models import Leaving
from attendance.rules.facts import LeaveFact
from attendance.rules.shifts import days_from
from attendance.selectors.leaves import leaves_of

EXCUSED = ("approved", "provisional")


def away_days(ids: Collection[int], first: date, last: date) -> set[tuple[int, date]]:
    """(person, day) that a leave touches, or that comes after the person's last day: nobody is planned on a day of
    which he is away for a part."""
    found = {
        (employee_id, day)
        for employee_id, ended in last_days(ids).items()
        for day in days_from(max(first, ended + timedelta(days=1)), last)
    }
    for leave in _excused(leaves_of(ids, first, last)):
        end = timezone.localdate(leave.ends_at - timedelta(microseconds=1))
        for day in days_from(max(first, timezone.localdate(leave.starts_at)), min(last, end)):
            found.add((leave.employee_id, day))
    return found


def last_days(ids: Collection[int]) -> dict[int, date]:
    """The last day of those who are on the way out."""
    running = Leaving.objects.filter(employee_id__in=ids, state=Leaving.State.RUNNING)
    return dict(running.values_list("employee_id", "last_day"))


def _excused(leaves: Collection[LeaveFact]) -> list[LeaveFact]:
    return [leave for leave in leaves if leave.state in EXCUSED]
