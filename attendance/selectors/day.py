"""Everything on the page of one person's day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from attendance.models import Adjustment, CorrectedPunch, Punch, SettledDay, Shift, Unsettled, WageLine
from attendance.rules.facts import PunchFact
from attendance.rules.settling import punches_in
from attendance.selectors.rostered import rostered_weeks
from attendance.selectors.terms import begins
from attendance.subjects import day_subject
from office.approvals import api as approvals
from office.approvals.models import Run
from office.staff.models import Employee


@dataclass(frozen=True, slots=True)
class Stamp:
    """One punch as the page shows it. `counted`: the day rests on it."""

    at: datetime
    told_by: str
    counted: bool
    corrected: bool
    direction: str


@dataclass(frozen=True, slots=True)
class DayPage:
    person: Employee
    day: date
    turns: list[SettledDay]
    shifts: list[Shift]
    stamps: list[Stamp]
    line: list[WageLine]
    adjusted: list[Adjustment]
    runs: list[Run]
    waits: bool
    rostered: bool

    @property
    def settled(self) -> SettledDay | None:
        return self.turns[0] if self.turns else None


def day_page(person: Employee, day: date, viewer: Employee, now: datetime) -> DayPage:
    """Whoever calls it has asked whether the viewer may see the person."""
    turns = list(SettledDay.objects.filter(employee=person, day=day).order_by("-turn"))
    counted = set(punches_in(turns[0].facts, person.pk)) if turns else set()
    return DayPage(
        person,
        day,
        turns,
        list(
            Shift.objects.filter(
                employee=person, day=day, removed_at=None, published_at__isnull=False
            ).order_by("starts_at")
        ),
        _stamps(person, day, counted),
        list(
            WageLine.objects.filter(employee=person, day=day).select_related("decided_by").order_by("month")
        ),
        list(Adjustment.objects.filter(employee=person, day=day).order_by("turn")),
        list(approvals.runs_about(day_subject(person, day), viewer, now)),
        Unsettled.objects.filter(employee=person, day=day).exists(),
        bool(rostered_weeks([person.pk], day, day)),
    )


def _stamps(person: Employee, day: date, counted: set[PunchFact]) -> list[Stamp]:
    """The punches of the local day, and those of the night after that the day rests on."""
    instants = {fact.at for fact in counted}
    start, end = begins(day), begins(day + timedelta(days=1))
    low, high = min([start, *instants]), max([end, *(each + timedelta(seconds=1) for each in instants)])
    own = [
        Stamp(
            row.at,
            row.source.name if row.source else str(row.get_via_display()),
            row.at in instants,
            False,
            "",
        )
        for row in Punch.objects.filter(employee=person, at__gte=low, at__lt=high).select_related("source")
        if row.at in instants or start <= row.at < end
    ]
    own += [
        Stamp(row.at, "", row.at in instants, True, row.direction)
        for row in CorrectedPunch.objects.filter(employee=person, at__gte=low, at__lt=high)
        if row.at in instants or start <= row.at < end
    ]
    known = {stamp.at for stamp in own}
    own += [
        Stamp(fact.at, "", True, fact.corrected, fact.direction if fact.corrected else "")
        for fact in counted
        if fact.at not in known  # the raw one is erased
    ]
    return sorted(own, key=lambda stamp: stamp.at)
