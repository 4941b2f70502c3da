"""Days that papers name, as clocks count them: a day is over at its end in Asia/Shanghai."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from office.rulebook.calendar import ZONE


def left(day: date, at: datetime) -> timedelta:
    """From `at` to the end of the day; negative when the day is over."""
    end = datetime.combine(day + timedelta(days=1), time(0), ZONE)
    return end - at


def today(at: datetime) -> date:
    return at.astimezone(ZONE).date()
