"""Whose attendance a person may see: the own, a team's, or everybody's. Hidden is as if it were not there."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from attendance.rules.months import next_month
from attendance.selectors import teams
from attendance.selectors.terms import begins
from office.errors import NotFound
from office.rulebook import api as rulebook
from office.staff import api as staff
from office.staff.models import Appointment, Employee

TEAM, ALL = "attendance.view_team", "attendance.view_all"
SAME_AS = "attendance.team"


def posts_below(posts: frozenset[str], now: datetime) -> frozenset[str]:
    """The posts that answer to these, directly or not, with those that the book lets them share (`attendance.team`)."""
    shared = rulebook.parameter_rule(SAME_AS, at=now).table()
    return teams.posts_below(posts | {str(shared[post]) for post in posts if post in shared}, now) - posts


def sees_all(viewer: Employee, now: datetime) -> bool:
    return rulebook.may(viewer, ALL, now)


def team_of(viewer: Employee, now: datetime) -> QuerySet[Employee]:
    """Everybody for HR; for those who lead, the holders of the posts below theirs; nobody otherwise. By name."""
    people = Employee.objects.order_by("name_key", "number")
    if sees_all(viewer, now):
        return people
    if not rulebook.may(viewer, TEAM, now):
        return people.none()
    below = posts_below(staff.positions_of(viewer, now), now)
    held = Appointment.objects.filter(position__in=below, during__contains=now).values("employee")
    return people.filter(pk__in=held).exclude(pk=viewer.pk)


def team_in(viewer: Employee, month: date, now: datetime) -> QuerySet[Employee]:
    """The team as it is now, without those who had left before the month or joined after it."""
    ends = begins(next_month(month))
    return (
        team_of(viewer, now)
        .filter(joined_at__lt=ends)
        .filter(Q(is_active=True) | Q(settled_days__day__gte=month, settled_days__day__lt=next_month(month)))
        .distinct()
    )


def may_see(viewer: Employee, employee_id: int, now: datetime) -> bool:
    return viewer.pk == employee_id or team_of(viewer, now).filter(pk=employee_id).exists()


def access_person(viewer: Employee, employee_id: int, now: datetime) -> Employee:
    """Raises NotFound for whom the viewer may not know of."""
    found = Employee.objects.filter(pk=employee_id).first()
    if found is None or not may_see(viewer, employee_id, now):
        raise NotFound(_("There is no such attendance."))
    return found


#: Days from which on a month's page can be turned to.
OLDEST = timedelta(days=366 * 10)
