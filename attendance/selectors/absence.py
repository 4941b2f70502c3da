"""Who is away: approved and provisional leave, and the time after somebody's last day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from django.utils import timezone

from attendance.models import Leaving
from attendance.rules.facts import LeaveFact, Period
from attendance.rules.leaving import access_ends_at
from attendance.rules.shifts import WEEK, days_from
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


def gone_times(ids: Collection[int], last: date) -> dict[int, Period]:
    """From when on those who are on the way out are no longer here: the midnight after the last day (S6), as far as the
    days up to `last` reach, with what goes on past midnight."""
    return {
        employee_id: (access_ends_at(ended), access_ends_at(last) + WEEK)
        for employee_id, ended in last_days(ids).items()
        if ended <= last
    }


def away_in(employee_id: int, spans: Collection[Period]) -> bool:
    """Whether the person is on leave, agreed to or told by telephone, or no longer here in a part of these times."""
    begin, end = min(span[0] for span in spans), max(span[1] for span in spans)
    first, last = timezone.localdate(begin), timezone.localdate(end)
    away = [(each.starts_at, each.ends_at) for each in _excused(leaves_of([employee_id], first, last))]
    away += gone_times([employee_id], last).values()
    return any(start < span[1] and span[0] < finish for start, finish in away for span in spans)


def _excused(leaves: Collection[LeaveFact]) -> list[LeaveFact]:
    return [leave for leave in leaves if leave.state in EXCUSED]
