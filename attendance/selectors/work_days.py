"""On which days, and when, a person works: by the published shifts, else by the book's office hours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta

from attendance.rules.facts import Period, ShiftFact
from attendance.rules.leave import WorkDay, monday_of, work_days
from attendance.selectors.facts import shifts_of
from office.rulebook import api as rulebook

OFFICE = "attendance.shift.office"
WEEK = timedelta(days=7)


def work_of(employee_id: int, first: date, last: date, at: datetime) -> dict[date, WorkDay]:
    """The person's working days from `first` to `last`, by the book in force at `at`."""
    return work_of_many([employee_id], first, last, at)[employee_id]


def work_of_many(
    employee_ids: Collection[int], first: date, last: date, at: datetime
) -> dict[int, dict[date, WorkDay]]:
    """The same for several people; one query."""
    monday = monday_of(first)
    sunday = monday_of(last) + WEEK - timedelta(days=1)
    by_person: dict[int, list[ShiftFact]] = defaultdict(list)
    for shift in shifts_of(employee_ids, monday, sunday):
        by_person[shift.employee_id].append(shift)
    hours, table = rulebook.hours_rule(OFFICE, at), rulebook.day_table()

    def office(day: date) -> tuple[Period, ...]:
        return rulebook.intervals(hours, table, day)

    return {
        pk: {day.day: day for day in work_days(first, last, by_person[pk], office)} for pk in employee_ids
    }


def returns_at(employee_id: int, ends_at: datetime, at: datetime) -> datetime:
    """When the person is back at work after a leave that ends at `ends_at`: the first working time from then on, the
    end itself when there is none for a month."""
    day = ends_at.astimezone(rulebook.calendar.ZONE).date()
    for worked in work_of(employee_id, day, day + timedelta(days=31), at).values():
        for start, end in worked.spans:
            if end > ends_at:
                return max(start, ends_at)
    return ends_at
