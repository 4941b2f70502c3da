"""A member of staff as the subject of audit entries."""

from __future__ import annotations

from office.staff.models import Employee
from office.subjects import Subject


def subject_of(employee: Employee) -> Subject:
    return Subject("employee", str(employee.pk), f"{employee.name} ({employee.number})")
