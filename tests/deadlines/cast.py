"""What the tests of this engine share: a rule with a full ladder, subjects, and instants around them."""

from __future__ import annotations

import datetime as dt

from office.deadlines import api as deadlines
from office.deadlines.models import Deadline
from office.notices.models import Notice
from office.staff.models import Employee
from office.subjects import Subject

#: Monday 2026-11-23, 10:00 in Shanghai: service hours are open.
START = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
#: C7.2: 10 min, warning 3 min before, holder at once, supervisor on duty after 5 min, manager after 15.
CONTACT = "orders.contact"


def after(minutes: float) -> dt.datetime:
    return START + dt.timedelta(minutes=minutes)


def subject(number: int = 1) -> Subject:
    return Subject("order", str(number), f"TM01/{number:04d}")


def clock(number: int = 1, holder: Employee | None = None, started_at: dt.datetime = START) -> Deadline:
    return deadlines.open(
        CONTACT,
        subject=subject(number),
        started_at=started_at,
        now=started_at,
        holder_id=holder.pk if holder else None,
    )


def told(employee: Employee) -> list[str]:
    """The kinds of his notices about deadlines, without the rule, in order."""
    found = Notice.objects.filter(recipient=employee, source="deadline").order_by("id")
    return [notice.kind.partition(":")[0].removeprefix("deadline.") for notice in found]
