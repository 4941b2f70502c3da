"""Whose attendance a person may see: the one policy, for punches, days, months, leave and who has read the rules.

The own always; everybody's for the posts with `attendance.view_all`; for those with `attendance.view_team` that of the
posts below theirs, with the posts that the book lets them share (`attendance.team`). Which matters of it a page shows
(leave: `attendance.see_leave`, readers: `attendance.see_readers`) is asked beside this, never instead. Hidden is as if
it were not there.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from attendance.rules.months import next_month
from attendance.selectors.terms import begins
from office.errors import NotFound
from office.rulebook import api as rulebook
from office.staff import api as staff
from office.staff.models import Appointment, Employee

TEAM, ALL = "attendance.view_team", "attendance.view_all"
SAME_AS = "attendance.team"


def posts_below(posts: Collection[str], now: datetime) -> frozenset[str]:
    """The posts that answer to these, directly or not, and to those that the book lets them share; never their own."""
    shared = rulebook.parameter_rule(SAME_AS, at=now).table()
    own = frozenset(posts)
    leading = own | {str(shared[post]) for post in own if post in shared}
    superiors = rulebook.book(now).superiors
    found = set()
    for post in superiors:
        above, seen = superiors.get(post), {post}
        while above is not None and above not in seen:
            if above in leading:
                found.add(post)
                break
            seen.add(above)
            above = superiors.get(above)
    return frozenset(found) - own


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


def in_team(viewer: Employee, employee_id: int, now: datetime) -> bool:
    """Whether this other one is of those whose attendance the viewer sees."""
    return team_of(viewer, now).filter(pk=employee_id).exists()


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
    return viewer.pk == employee_id or in_team(viewer, employee_id, now)


def access_person(viewer: Employee, employee_id: int, now: datetime) -> Employee:
    """Raises NotFound for whom the viewer may not know of."""
    found = Employee.objects.filter(pk=employee_id).first()
    if found is None or not may_see(viewer, employee_id, now):
        raise NotFound(_("There is no such attendance."))
    return found
