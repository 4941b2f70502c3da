"""The headcount plan: how many people each post may have, has, and is looking for (J1.7)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Sum

from attendance.models import Engagement, HeadcountFigure, Vacancy
from attendance.rules.leaving import local_day
from office.staff.models import Appointment, Position
from office.staff.selectors import position_label


def figures(*, position: str = "", at: datetime | None = None) -> dict[str, int]:
    """The planned figure of each post that has one. With `position` only that one's, and under "room" how many more
    there may be at the instant: planned, less who holds the post, less who is looked for."""
    rows = HeadcountFigure.objects.order_by("position", "-id").distinct("position")
    if position:
        rows = rows.filter(position=position)
    found = dict(rows.values_list("position", "planned"))
    if position in found and at is not None:
        found["room"] = found[position] - held(at).get(position, 0) - _wanted().get(position, 0)
    return found


def held(at: datetime) -> dict[str, int]:
    """How many hold each post, or are engaged for it and come later."""
    rows = Appointment.objects.filter(during__contains=at, acting=False, employee__is_active=True)
    counted = rows.values("position").annotate(n=Count("employee", distinct=True))
    found = Counter(dict(counted.values_list("position", "n")))
    ahead = Engagement.objects.filter(starts_on__gt=local_day(at), employee__is_active=True)
    found.update(ahead.values_list("position", flat=True))
    return found


def _wanted() -> dict[str, int]:
    """Who is looked for: what open vacancies still lack."""
    wanted = dict(
        Vacancy.objects.filter(state="open")
        .values("position")
        .annotate(n=Sum("count"))
        .values_list("position", "n")
    )
    for post, hired in (
        Vacancy.objects.filter(state="open", candidates__stage="hired")
        .values("position")
        .annotate(n=Count("candidates"))
        .values_list("position", "n")
    ):
        wanted[post] -= hired
    return wanted


@dataclass(frozen=True, slots=True)
class Line:
    """One post of the plan."""

    code: str
    label: str
    planned: int | None
    held: int
    wanted: int

    @property
    def room(self) -> int | None:
        return None if self.planned is None else self.planned - self.held - self.wanted


def lines(at: datetime) -> list[Line]:
    """Every post in the order of the rulebook; five queries."""
    planned, there, wanted = figures(), held(at), _wanted()
    return [
        Line(code, position_label(code), planned.get(code), there.get(code, 0), wanted.get(code, 0))
        for code in Position.values
    ]
