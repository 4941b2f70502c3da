"""Whose roster a person sees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from attendance.rules.facts import Period
from office.errors import NotFound
from office.rulebook.selectors import holds
from office.staff.models import Appointment, Employee

PLAN, VIEW = "attendance.plan_roster", "attendance.view_roster"


def visible_ids(me: Employee, at: datetime) -> set[int] | None:
    """None: everybody. Else oneself and the colleagues in the same posts."""
    if holds(me, VIEW, at) or holds(me, PLAN, at):
        return None
    posts = Appointment.objects.filter(employee=me, during__contains=at).values("position")
    same = Appointment.objects.filter(position__in=posts, during__contains=at)
    return {me.pk, *same.values_list("employee_id", flat=True)}


def visible_to(me: Employee, at: datetime) -> QuerySet[Employee]:
    """Active people with a post, by name."""
    found = Employee.objects.filter(is_active=True, appointments__during__contains=at).distinct()
    ids = visible_ids(me, at)
    return (found if ids is None else found.filter(pk__in=ids)).order_by("name_key", "number")


def access_person(me: Employee, pk: int, at: datetime) -> Employee:
    """Raises NotFound for who is not there or not to be seen."""
    ids = visible_ids(me, at)
    found = Employee.objects.filter(pk=pk).first() if ids is None or pk in ids else None
    if found is None:
        raise NotFound(_("There is no such person."))
    return found


def in_posts(positions: Collection[str], at: datetime) -> list[Employee]:
    """Active people who hold one of the posts in their own right, by name."""
    held = Appointment.objects.filter(position__in=positions, during__contains=at, acting=False)
    return list(
        Employee.objects.filter(is_active=True, pk__in=held.values("employee_id")).order_by(
            "name_key", "number"
        )
    )


def post_times(positions: Collection[str], start: datetime, end: datetime) -> dict[int, list[Period]]:
    """When in the period which active people hold one of the posts, or act for it (J2): for each the times in order
    and apart. The posts of the day itself count, not those of the day on which it is planned."""
    rows = Appointment.objects.filter(
        position__in=positions, during__overlap=(start, end), employee__is_active=True
    ).values_list("employee_id", "during")
    found: dict[int, list[Period]] = defaultdict(list)
    for employee_id, during in sorted(rows, key=lambda row: max(row[1].lower or start, start)):
        begin, finish = max(during.lower or start, start), min(during.upper or end, end)
        times = found[employee_id]
        if times and begin <= times[-1][1]:
            times[-1] = times[-1][0], max(times[-1][1], finish)
        else:
            times.append((begin, finish))
    return dict(found)
