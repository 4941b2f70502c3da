"""What attendance is called in the trail, in notices and in requests."""

from __future__ import annotations

from datetime import date

from office.staff.models import Employee
from office.subjects import Subject


def day_subject(employee: Employee, day: date) -> Subject:
    """ "李雷 · 2026-11-04"."""
    return Subject("attendance_day", day_key(employee.pk, day), f"{employee.name} · {day:%Y-%m-%d}")


def day_key(employee_id: int, day: date) -> str:
    """ "12-20261104"."""
    return f"{employee_id}-{day:%Y%m%d}"


def read_day_key(key: str) -> tuple[int, date] | None:
    """The person and the day; None for what is no such key."""
    number, _dash, day = key.partition("-")
    if not (number.isascii() and number.isdigit() and len(number) < 16 and len(day) == 8 and day.isascii()):
        return None
    try:
        return int(number), date(int(day[:4]), int(day[4:6]), int(day[6:]))
    except ValueError:
        return None


def month_subject(month: date) -> Subject:
    return Subject("attendance_month", f"{month:%Y-%m}", f"{month:%Y-%m}")
