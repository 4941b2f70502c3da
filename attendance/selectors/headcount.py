"""The headcount plan: how many people each post may have, has, and is looking for (J1.7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Sum

from attendance.models import HeadcountFigure, Vacancy
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
        found["room"] = found[position] - _held(at).get(position, 0) - _wanted().get(position, 0)
    return found


def _held(at: datetime) -> dict[str, int]:
    rows = Appointment.objects.filter(during__contains=at, acting=False, employee__is_active=True)
    return dict(
        rows.values("position").annotate(n=Count("employee", distinct=True)).values_list("position", "n")
    )


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
    """Every post in the order of the rulebook; four queries."""
    planned, held, wanted = figures(), _held(at), _wanted()
    return [
        Line(code, position_label(code), planned.get(code), held.get(code, 0), wanted.get(code, 0))
        for code in Position.values
    ]
