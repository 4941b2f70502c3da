"""A person with days, HR people, and a correction on its way."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from decimal import Decimal

from PIL import Image

from attendance.models import WageLine
from attendance.services.corrections import Missing, ask_correction
from attendance.services.settling import settle_marked
from attendance.services.wages import set_wage
from office.approvals import api as approvals
from office.staff.models import Appointment, Employee
from tests.attendance.clock import DAY, at
from tests.attendance.shifts import AFTER, publish
from tests.people import LONG_AGO, person

MONTH = DAY.replace(day=1)
#: The third of the next month, when November is over and settled.
LATER = at("09:00", date(2026, 12, 3))


def picture() -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(held, "PNG")
    return held.getvalue()


def second_hr() -> Employee:
    """Another holder of the post."""
    found = Employee.objects.filter(number="H002").first()
    if found is None:
        found = Employee.objects.create(number="H002", name="程人事", name_key="cheng", joined_at=LONG_AGO)
        Appointment.objects.create(employee=found, position="hr", during=(LONG_AGO, None))
    return found


def absent(who: Employee, *, day: date = DAY, now: datetime = AFTER) -> WageLine:
    """A day of absence, settled."""
    publish(who, "E", day)
    settle_marked(now=max(now, at("+09:00", day)))
    return WageLine.objects.get(employee=who, day=day)


def wage(who: Employee, amount: str = "6525.00") -> None:
    set_wage(
        employee_id=who.pk, amount=Decimal(amount), starts_on=date(2026, 1, 1), by=second_hr(), now=AFTER
    )


def asked(
    who: Employee, *, day: date = DAY, now: datetime = AFTER, times: tuple[str, str] = ("08:30", "18:30")
) -> approvals.Run:
    return ask_correction(
        day=day,
        missing=[Missing(at(times[0], day), "in"), Missing(at(times[1], day), "out")],
        reason="门禁机断电",
        proof=picture(),
        proof_name="door.png",
        by=who,
        now=now,
    )


def agree(run: approvals.Run, *, now: datetime = AFTER + timedelta(hours=1)) -> approvals.Run:
    return approvals.approve(run_id=run.pk, by=person("chen_manager"), now=now)
