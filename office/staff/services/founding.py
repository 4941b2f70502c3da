"""Many people at once: a department that starts with its staff, in a handful of statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction
from psycopg2.extras import DateTimeTZRange

from office.audit import api as audit
from office.audit.api import Act
from office.staff.models import Appointment, Employee, Presence
from office.staff.services.guards import require
from office.staff.services.people import name_key
from office.staff.subjects import subject_of


@dataclass(frozen=True, slots=True)
class Newcomer:
    """One person of the first staff: number, name, posts in his own right, particulars."""

    number: str
    name: str
    positions: tuple[str, ...]
    department: str = ""
    phone: str = ""
    email: str = ""


@transaction.atomic
def found_staff(
    *, newcomers: Sequence[Newcomer], password: str, since: datetime, by: Employee | None, now: datetime
) -> list[Employee]:
    """People and their posts from `since` on, in the order given, all with the same first password.

    The password is hashed once and checked by nobody: the caller makes it. Raises Forbidden.
    """
    require(by, "staff.manage", now)
    hashed = make_password(password)
    people = Employee.objects.bulk_create(
        Employee(
            number=new.number,
            name=new.name,
            name_key=name_key(new.name),
            department=new.department,
            phone=new.phone,
            email=new.email,
            joined_at=since,
            password=hashed,
            password_changed_at=now,
        )
        for new in newcomers
    )
    pairs = list(zip(newcomers, people, strict=True))
    posts = [(employee, position) for new, employee in pairs for position in new.positions]
    during = DateTimeTZRange(since, None)
    Appointment.objects.bulk_create(
        Appointment(employee=employee, position=position, during=during) for employee, position in posts
    )
    audit.record_many(
        [
            *(Act("staff.add", subject_of(employee), {"number": new.number}) for new, employee in pairs),
            *(
                Act("staff.appoint", subject_of(employee), {"position": position, "from": since.isoformat()})
                for employee, position in posts
            ),
        ],
        by=by,
        now=now,
    )
    return people


@transaction.atomic
def open_duty(
    *, employees: Iterable[Employee], started_at: datetime, by: Employee | None, now: datetime
) -> None:
    """Puts people on duty who are not, from `started_at`. Raises Forbidden."""
    require(by, "staff.manage", now)
    people = list(employees)
    Presence.objects.bulk_create(
        [Presence(employee=employee, started_at=started_at, last_seen_at=now) for employee in people],
        ignore_conflicts=True,
    )
    audit.record_many([Act("staff.start_duty", subject_of(employee)) for employee in people], by=by, now=now)
