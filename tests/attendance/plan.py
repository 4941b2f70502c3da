"""A department with a roster to plan: six agents, their manager, and a book."""

from __future__ import annotations

import datetime as dt

from attendance.models import Shift
from attendance.services.roster import laying, patterns
from office.rulebook import api as rulebook
from office.rulebook.calendar import ZONE
from office.staff.models import Appointment, Employee
from tests.people import LONG_AGO, person

#: A Wednesday; the next Monday is 2026-11-30.
NOW = dt.datetime(2026, 11, 25, 9, 0, tzinfo=ZONE)
MONDAY = dt.date(2026, 11, 30)
DAY = dt.timedelta(days=1)
OFFICE = ["office"] * 5 + ["", ""]
EARLY = ["cs_early"] * 5 + ["", ""]
LATE = ["cs_late"] * 5 + ["", ""]


def book(code: str = "site") -> None:
    rulebook.activate_book(
        code=code, starts_at=NOW - dt.timedelta(days=400), by=None, now=NOW - dt.timedelta(days=401)
    )


def agents(count: int = 6) -> list[Employee]:
    """李雷, 韩梅梅, 吴文员 and further agents."""
    found = [person("li_lei"), person("han_meimei"), person("wu_clerk")]
    for n in range(count - 3):
        name = f"客服{n + 1}"
        employee = Employee.objects.create(number=f"A1{n:02}", name=name, name_key=name, joined_at=LONG_AGO)
        Appointment.objects.create(employee=employee, position="service_agent", during=(LONG_AGO, None))
        found.append(employee)
    return found[:count]


def pattern(who: Employee, cycle: list[str], first: dt.date = MONDAY) -> None:
    patterns.set_pattern(
        employee_id=who.pk, cycle=cycle, first_day=first, anchor=MONDAY, by=person("chen_manager"), now=NOW
    )


def shift(who: Employee, day: dt.date, code: str = "cs_early", *, published: bool = True) -> Shift:
    """As if it had been planned, and published."""
    made = laying.build(employee_id=who.pk, day=day, code=code, origin="hand", by=None, now=NOW)
    made.published_at = NOW if published else None
    made.save()
    return Shift.objects.get(pk=made.pk)
