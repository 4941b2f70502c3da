"""Personal patterns of shifts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from attendance.models import Pattern
from attendance.selectors.types import shift_types
from attendance.services.roster import guards
from attendance.services.roster.guards import PLAN
from office.audit import api as audit
from office.errors import Conflict, NotFound
from office.staff.models import Employee

LONGEST_CYCLE = 56


@transaction.atomic
def set_pattern(
    *,
    employee_id: int,
    cycle: Sequence[str],
    first_day: date,
    by: Employee,
    now: datetime,
    anchor: date | None = None,
) -> Pattern:
    """From `first_day` on the person works the cycle, which begins on `anchor` (the first day unless given); the
    pattern before ends the day before. One that begins later stands in the way. Raises Forbidden, Invalid, NotFound,
    Conflict.
    """
    guards.require(by, PLAN, now)
    types = shift_types(now)
    if not 1 <= len(cycle) <= LONGEST_CYCLE:
        raise guards.wrong("cycle", "length", _("Between 1 and {n} days.").format(n=LONGEST_CYCLE))
    if any(code and code not in types for code in cycle):
        raise guards.wrong("cycle", "choice", _("The rulebook has no such shift type."))
    if not any(cycle):
        raise guards.wrong("cycle", "empty", _("A pattern has at least one day of work."))
    employee = Employee.objects.select_for_update().filter(pk=employee_id, is_active=True).first()
    if employee is None:
        raise NotFound(_("There is no such person."))
    if Pattern.objects.filter(employee=employee, first_day__gte=first_day).exists():
        raise Conflict(_("A pattern begins on that day or later already. End that one first."), code="later")
    Pattern.objects.filter(employee=employee, last_day=None).update(last_day=first_day - timedelta(days=1))
    Pattern.objects.filter(employee=employee, last_day__gte=first_day).update(
        last_day=first_day - timedelta(days=1)
    )
    made = Pattern.objects.create(
        employee=employee,
        cycle=list(cycle),
        anchor=anchor or first_day,
        first_day=first_day,
        made_by=by,
        made_at=now,
    )
    _record("attendance.set_pattern", made, by, now, cycle=list(cycle))
    return made


@transaction.atomic
def end_pattern(*, pattern_id: int, last_day: date, by: Employee, now: datetime) -> Pattern:
    """The pattern is worked for the last time on `last_day`. One that would never begin is removed. Raises Forbidden,
    NotFound, Conflict."""
    guards.require(by, PLAN, now)
    found = Pattern.objects.select_for_update().filter(pk=pattern_id).first()
    if found is None:
        raise NotFound(_("There is no such pattern."))
    if found.last_day is not None and found.last_day <= last_day:
        raise Conflict(_("This pattern has ended by then already."), code="ended")
    _record("attendance.end_pattern", found, by, now, last=last_day.isoformat())
    if last_day < found.first_day:
        found.delete()
        return found
    found.last_day = last_day
    found.save(update_fields=["last_day"])
    return found


def _record(verb: str, found: Pattern, by: Employee, now: datetime, **more: object) -> None:
    data = {"from": found.first_day.isoformat(), "anchor": found.anchor.isoformat(), **more}
    audit.record(
        verb,
        subject=guards.about(found.employee),
        by=by,
        now=now,
        clause=guards.clause_of(PLAN, now),
        data=data,
    )
