"""The roster as people × days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import HotlineSpan, Shift
from attendance.rules.shifts import DAY, Restless, ShiftType, days_from, monday
from attendance.selectors import hotline
from attendance.selectors.absence import EXCUSED
from attendance.selectors.checks import Doubt, Hole, around, holes_and_doubts, midnight, restless
from attendance.selectors.fairness import Unfair, unfair
from attendance.selectors.leaves import leaves_of
from attendance.selectors.rostered import rostered_weeks
from attendance.selectors.types import shift_types
from attendance.selectors.waivers import waived
from office.rulebook import api as rulebook
from office.staff.models import Employee

if TYPE_CHECKING:
    from office.rulebook.calendar import DayTable


@dataclass(frozen=True, slots=True)
class Column:
    """One day at the head. `kind`: "workday", "weekend", "holiday", "makeup"."""

    day: date
    kind: str
    name: str
    waived: bool
    holes: tuple[Hole, ...] = ()
    nights: tuple[HotlineSpan, ...] = ()

    @property
    def hotline_hole(self) -> bool:
        return any(hole.kind == "hotline" for hole in self.holes)

    @property
    def other_holes(self) -> list[Hole]:
        return [hole for hole in self.holes if hole.kind != "hotline"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A shift in a cell: its letter, which colour, and the words behind it."""

    letter: str
    hue: int
    draft: bool
    duty: bool
    title: str
    origin: str
    shift_id: int


@dataclass(slots=True)
class Cell:
    """`away`: "" there, "asked" a leave is asked for, "leave" on leave; `away_text`: from when to when. `rostered`: a
    shift of the person stands in this week; else a day without one says nothing about rest."""

    day: date
    marks: list[Mark] = field(default_factory=list)
    restless: bool = False
    away: str = ""
    away_text: str = ""
    rostered: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    person: Employee
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Grid:
    columns: list[Column]
    rows: list[Row]
    legend: list[tuple[ShiftType, int]]
    restless: list[tuple[str, Restless]]
    drafts: int
    doubts: list[tuple[Doubt, str]]
    unfair: list[Unfair] = field(default_factory=list)

    @property
    def explain(self) -> bool:
        """Whether publishing needs a reason."""
        return bool(self.holes) or any(each.explain for each in self.unfair)

    @property
    def holes(self) -> list[Hole]:
        return list(dict.fromkeys(hole for column in self.columns for hole in column.holes))


def grid(
    people: Sequence[Employee],
    first: date,
    last: date,
    now: datetime,
    *,
    plans: bool,
    leaves: bool = False,
) -> Grid:
    """`plans`: with drafts, with who is away and with what is missing; others see what is published. `leaves`: with who
    is away all the same, for one's own page."""
    types = shift_types(now)
    hues = {code: index for index, code in enumerate(types)}
    days = days_from(first, last)
    shifts = _shifts([person.pk for person in people], first, last, plans)
    planned = around(first, last, drafts=True) if plans else []
    found = restless(first, last, now, shifts=planned) if plans else []
    names = {person.pk: person.name for person in people}
    broken = {(each.employee_id, each.week) for each in found}
    nights = hotline.spans_between(midnight(first), midnight(last + DAY), drafts=plans)
    missing, doubts = holes_and_doubts(first, last, now, nights=nights, shifts=planned) if plans else ([], [])
    away = leaves_in([person.pk for person in people], first, last) if plans or leaves else {}
    rostered = rostered_weeks([person.pk for person in people], first, last, drafts=plans)
    rows = []
    for person in people:
        cells = []
        for day in days:
            cell = Cell(day, [_mark(shift, types, hues) for shift in shifts[person.pk, day]])
            cell.restless = day.weekday() >= 5 and (person.pk, monday(day)) in broken
            cell.rostered = (person.pk, monday(day)) in rostered
            cell.away, cell.away_text = away.get((person.pk, day), ("", ""))
            cells.append(cell)
        rows.append(Row(person, cells))
    return Grid(
        columns=_columns(days, missing, nights),
        rows=rows,
        legend=[(each, hues[code]) for code, each in types.items()],
        restless=[(names.get(each.employee_id, "?"), each) for each in found],
        drafts=sum(mark.draft for row in rows for cell in row.cells for mark in cell.marks),
        doubts=[(doubt, _names(doubt.employee_ids, names)) for doubt in doubts],
        unfair=unfair(first, last, now) if plans else [],
    )


def _names(ids: Collection[int], known: dict[int, str]) -> str:
    """Also of people whom the page's choice of a post leaves out."""
    others = set(ids) - set(known)
    more = dict(Employee.objects.filter(pk__in=others).values_list("pk", "name")) if others else {}
    return _(", ").join((known | more)[pk] for pk in ids)


def leaves_in(ids: Collection[int], first: date, last: date) -> dict[tuple[int, date], tuple[str, str]]:
    """The days that a leave touches. What is agreed to is told before what is only asked for."""
    found: dict[tuple[int, date], tuple[str, str]] = {}
    for leave in sorted(leaves_of(ids, first, last), key=lambda each: each.state in EXCUSED):
        start, end = timezone.localtime(leave.starts_at), timezone.localtime(leave.ends_at)
        text = f"{start:%m-%d %H:%M} – {end:%m-%d %H:%M}"
        last_day = (end - DAY / 86400).date()
        for day in days_from(max(first, start.date()), min(last, last_day)):
            found[leave.employee_id, day] = ("leave" if leave.state in EXCUSED else "asked", text)
    return found


def _shifts(
    ids: Collection[int], first: date, last: date, drafts: bool
) -> dict[tuple[int, date], list[Shift]]:
    found: dict[tuple[int, date], list[Shift]] = defaultdict(list)
    shifts = Shift.objects.filter(employee_id__in=ids, day__range=(first, last), removed_at=None)
    if not drafts:
        shifts = shifts.filter(published_at__isnull=False)
    for shift in shifts.order_by("starts_at"):
        found[shift.employee_id, shift.day].append(shift)
    return found


def _mark(shift: Shift, types: dict[str, ShiftType], hues: dict[str, int]) -> Mark:
    type_ = types.get(shift.code)
    return Mark(
        letter=type_.letter if type_ else shift.code[:1],
        hue=hues.get(shift.code, 0) % 8,
        draft=shift.published_at is None,
        duty=shift.sort == Shift.Sort.DUTY,
        title=f"{type_.name if type_ else shift.code} {spans_text(shift)}",
        origin=str(shift.get_origin_display()),
        shift_id=shift.pk,
    )


def spans_text(shift: Shift) -> str:
    """08:30–11:00, 12:30–18:30; the next day's times are marked."""
    said = []
    for span in shift.spans:
        start, end = timezone.localtime(span.lower), timezone.localtime(span.upper)
        over = "" if start.date() == (end - DAY / 86400).date() else _("next day") + " "
        clock = "24:00" if not over and end.date() > start.date() else f"{end:%H:%M}"
        said.append(f"{start:%H:%M}–{over}{clock}")
    return ", ".join(said)


def _columns(days: list[date], holes: list[Hole], spans: list[HotlineSpan]) -> list[Column]:
    table: DayTable = rulebook.day_table()
    free = waived(days)
    missing: dict[date, list[Hole]] = defaultdict(list)
    for hole in holes:
        for day in days_from(hole.day, timezone.localdate(hole.ends_at - DAY / 86400)):
            missing[day].append(hole)
    nights: dict[date, list[HotlineSpan]] = defaultdict(list)
    for span in spans:
        nights[timezone.localdate(span.starts_at)].append(span)
    return [
        Column(day, table.kind(day), table.name(day), day in free, tuple(missing[day]), tuple(nights[day]))
        for day in days
    ]
