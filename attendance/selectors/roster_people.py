"""Whose roster a person sees."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

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
