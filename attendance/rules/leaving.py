"""When somebody may leave at the earliest, and when his access ends (S6). Pure.

Notice is counted in calendar months from the day it is given, and in days: the later of the two keeps both. Given on
31 January with one month and 30 days, the month ends on 28 February, and the last day is 2 March. Access ends at the
midnight after the last day in Shanghai, wherever the server stands.
"""

from __future__ import annotations

import calendar
from datetime import date, datetime, time, timedelta

from office.rulebook.calendar import ZONE

#: Nobody plans further ahead.
FARTHEST = timedelta(days=730)


def earliest_last_day(told: date, months: int, days: int = 0) -> date:
    """The day of the same number `months` later, the month's last where it has no such day; never less than `days`
    later."""
    count = told.year * 12 + told.month - 1 + months
    year, month = divmod(count, 12)
    by_month = date(year, month + 1, min(told.day, calendar.monthrange(year, month + 1)[1]))
    return max(by_month, told + timedelta(days=days))


def access_ends_at(last_day: date) -> datetime:
    """The first instant that no longer belongs to the last day."""
    return datetime.combine(last_day + timedelta(days=1), time(), tzinfo=ZONE)


def local_day(at: datetime) -> date:
    return at.astimezone(ZONE).date()
