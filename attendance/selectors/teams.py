"""Whose attendance a person may see: his own, that of the posts below his, everybody's for human resources."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from office.rulebook import api as rulebook
from office.staff import api as staff
from office.staff.models import Appointment, Employee

EVERYBODY = "attendance.keep_leave"


def posts_below(posts: Collection[str], at: datetime) -> frozenset[str]:
    """The posts whose line of superiors leads to one of `posts`."""
    superiors = rulebook.book(at).superiors
    found = set()
    for post in superiors:
        above, seen = superiors.get(post), {post}
        while above is not None and above not in seen:
            if above in posts:
                found.add(post)
                break
            seen.add(above)
            above = superiors.get(above)
    return frozenset(found)


def team_of(person: Employee, at: datetime) -> set[int] | None:
    """Ids of those whose attendance the person may see beside his own; None: everybody's."""
    if rulebook.may(person, EVERYBODY, at):
        return None
    below = posts_below(staff.positions_of(person, at), at)
    if not below:
        return set()
    held = Appointment.objects.filter(position__in=below, during__contains=at).values_list(
        "employee_id", flat=True
    )
    return set(held) - {person.pk}


def in_team(person: Employee, employee_id: int, at: datetime) -> bool:
    """Whether the person may see the attendance of this other one."""
    team = team_of(person, at)
    return team is None or employee_id in team
