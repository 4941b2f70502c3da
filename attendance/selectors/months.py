"""A month of one person, of a team, and what its close waits for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Min
from django.utils import timezone

from attendance.models import Adjustment, MonthClose, SettledDay, Shift, Unsettled, WageLine
from attendance.rules.months import days_of, next_month, previous_month
from attendance.rules.wages import Deduction
from attendance.selectors.terms import begins
from office.staff.models import Employee

#: How each outcome is drawn: a shape and a tone, never a colour alone.
SHAPES = {"present": "●", "partly": "◐", "absent": "✕", "leave": "□", "rest": "–"}
TONES = {"present": "kept", "partly": "near", "absent": "late", "leave": "active", "rest": "quiet"}
NOTED = ("late", "early", "missing_in", "missing_out")


@dataclass(slots=True)
class DayCell:
    """One day of a calendar or a grid. `settled` None: not settled yet; `shift`: one is planned."""

    day: date
    settled: SettledDay | None = None
    shift: str = ""
    adjusted: Adjustment | None = None

    @property
    def shape(self) -> str:
        return SHAPES[self.settled.verdict] if self.settled else "○" if self.shift else ""

    @property
    def tone(self) -> str:
        return TONES[self.settled.verdict] if self.settled else "quiet"

    @property
    def noted(self) -> bool:
        return bool(self.settled and any(flag in NOTED for flag in self.settled.flags))

    @property
    def wants_correction(self) -> bool:
        """Whether a missing punch could set it right."""
        return bool(
            self.settled
            and (
                self.settled.verdict in ("absent", "partly")
                or any(flag in NOTED for flag in self.settled.flags)
            )
        )


@dataclass(slots=True)
class Line:
    """A person's row of the grid, with the sums of the month."""

    person: Employee
    cells: list[DayCell] = field(default_factory=list)

    @property
    def sums(self) -> dict[str, Any]:
        return sums_of([cell.settled for cell in self.cells if cell.settled])


def sums_of(days: Collection[SettledDay]) -> dict[str, Any]:
    """Days and times of a month."""
    return {
        "planned_days": sum(1 for day in days if day.planned),
        "present_days": sum(1 for day in days if day.verdict in ("present", "partly")),
        "leave_days": sum(1 for day in days if day.leave),
        "absent_days": sum((day.absent_share for day in days), Decimal(0)),
        "late_times": sum(1 for day in days if day.late),
        "early_times": sum(1 for day in days if day.early),
        "missing": sum(1 for day in days for flag in day.flags if flag.startswith("missing")),
        "worked": sum((day.worked for day in days), timedelta()),
        "planned": sum((day.planned for day in days), timedelta()),
        "leave": sum((day.leave for day in days), timedelta()),
    }


def settled_days(people: Collection[int], month: date) -> dict[tuple[int, date], SettledDay]:
    """The turn that holds of each settled day of the month; one query."""
    found = (
        SettledDay.objects.filter(employee_id__in=people, day__gte=month, day__lt=next_month(month))
        .order_by("employee_id", "day", "-turn")
        .distinct("employee_id", "day")
        .defer("facts", "digest")
    )
    return {(day.employee_id, day.day): day for day in found}


def planned_shifts(people: Collection[int], month: date) -> dict[tuple[int, date], str]:
    """The published shifts by day: their codes joined."""
    rows = Shift.objects.filter(
        employee_id__in=people,
        day__gte=month,
        day__lt=next_month(month),
        removed_at=None,
        published_at__isnull=False,
    ).order_by("day", "starts_at")
    found: dict[tuple[int, date], list[str]] = defaultdict(list)
    for row in rows:
        start, end = timezone.localtime(row.starts_at), timezone.localtime(row.ends_at)
        found[row.employee_id, row.day].append(f"{start:%H:%M}–{end:%H:%M}")
    return {key: " ".join(each) for key, each in found.items()}


def grid(people: Collection[Employee], month: date) -> list[Line]:
    """People × days; three queries whatever the number of people."""
    ids = [person.pk for person in people]
    settled, shifts = settled_days(ids, month), planned_shifts(ids, month)
    adjusted = {
        (row.employee_id, row.day): row
        for row in Adjustment.objects.filter(
            employee_id__in=ids, day__gte=month, day__lt=next_month(month)
        ).order_by("turn")
    }
    return [
        Line(
            person,
            [
                DayCell(
                    day,
                    settled.get((person.pk, day)),
                    shifts.get((person.pk, day), ""),
                    adjusted.get((person.pk, day)),
                )
                for day in days_of(month)
            ],
        )
        for person in people
    ]


def weeks(cells: list[DayCell]) -> list[list[DayCell | None]]:
    """A month's cells in weeks from Monday, with None for days of other months."""
    padded: list[DayCell | None] = [*([None] * cells[0].day.weekday()), *cells]
    padded += [None] * (-len(padded) % 7)
    return [padded[n : n + 7] for n in range(0, len(padded), 7)]


@dataclass(frozen=True, slots=True)
class Standing:
    """What the close of a month waits for."""

    month: date
    closed: MonthClose | None
    over: bool
    unsettled: int
    proposed: int

    @property
    def may_close(self) -> bool:
        return self.closed is None and self.over and not self.unsettled and not self.proposed


def standing(month: date, now: datetime) -> Standing:
    return Standing(
        month,
        MonthClose.objects.select_related("closed_by").filter(month=month).first(),
        timezone.localdate(now) >= next_month(month),
        Unsettled.objects.filter(day__gte=month, day__lt=next_month(month)).count(),
        WageLine.objects.filter(month=month, state=WageLine.State.PROPOSED).count(),
    )


def months_known() -> list[tuple[date, int, bool]]:
    """The months that have settled days: (month, people, closed), the newest first."""
    closed = set(MonthClose.objects.values_list("month", flat=True))
    rows = (
        SettledDay.objects.values_list("day__year", "day__month")
        .annotate(people=Count("employee", distinct=True))
        .order_by("-day__year", "-day__month")[:36]
    )
    return [(date(year, month, 1), people, date(year, month, 1) in closed) for year, month, people in rows]


def wage_lines(month: date) -> list[WageLine]:
    """What is entered in the month and not void, by person and day."""
    return list(
        WageLine.objects.filter(month=month)
        .exclude(state=WageLine.State.VOID)
        .select_related("employee", "decided_by")
        .order_by("employee__name_key", "employee__number", "day")
    )


@dataclass(frozen=True, slots=True)
class ToDecide:
    """The proposed lines that the reader may decide, and what they come to as far as a wage is known."""

    count: int
    amount: str


def to_decide(lines: Iterable[tuple[WageLine, Deduction | None]], me: Employee) -> ToDecide:
    mine = [
        found for line, found in lines if line.state == WageLine.State.PROPOSED and line.employee_id != me.pk
    ]
    return ToDecide(len(mine), f"{sum((found.amount for found in mine if found), Decimal(0)):,.2f}")


def waiting_months(me: Employee, now: datetime) -> list[tuple[date, int, datetime]]:
    """(month, lines, since when) of what the reader may decide of open months, the oldest first; a month that is over,
    settled and decided, and not closed yet, has no lines."""
    found: dict[date, tuple[int, datetime]] = {
        row["month"]: (row["lines"], row["since"])
        for row in WageLine.objects.filter(state=WageLine.State.PROPOSED)
        .exclude(employee=me)
        .values("month")
        .annotate(lines=Count("pk"), since=Min("proposed_at"))
    }
    closed = set(MonthClose.objects.values_list("month", flat=True))
    previous = previous_month(timezone.localdate(now).replace(day=1))
    settled = SettledDay.objects.filter(day__gte=previous, day__lt=next_month(previous))
    if previous not in found and previous not in closed and settled.exists():
        left = standing(previous, now)
        if left.may_close:
            found[previous] = (0, begins(next_month(previous)))
    return [(month, lines, since) for month, (lines, since) in sorted(found.items()) if month not in closed]


def adjustments(month: date) -> list[Adjustment]:
    """The correcting entries that are entered in the month."""
    return list(
        Adjustment.objects.filter(month=month)
        .select_related("employee")
        .order_by("employee__name_key", "day", "turn")
    )
