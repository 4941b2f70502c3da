"""The days that a calendar shows, and the cell that is open on it: of the team's grid and of one person's page."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from attendance.models import Shift
from attendance.rules.shifts import DAY, monday
from attendance.selectors.fairness import if_any_set
from attendance.selectors.grid import Cell, Column, grid, leaves_in, spans_text
from attendance.selectors.rostered import rostered_weeks
from attendance.selectors.types import shift_types
from attendance.services.roster import laying
from attendance.views import asked
from office.rulebook.api import day_table
from office.staff.models import Employee

VIEWS = ("day", "week", "month")


@dataclass(frozen=True, slots=True)
class Span:
    """The days that a page shows, and those before and after."""

    view: str
    first: date
    last: date

    @property
    def before(self) -> date:
        return self.first - DAY if self.view != "week" else self.first - 7 * DAY

    @property
    def after(self) -> date:
        return self.last + DAY


def span_of(view: str | None, day: date) -> Span:
    if view == "day":
        return Span("day", day, day)
    if view == "month":
        first = day.replace(day=1)
        return Span("month", first, first.replace(day=monthrange(first.year, first.month)[1]))
    first = monday(day)
    return Span("week", first, first + 6 * DAY)


def address(data: Any, **more: Any) -> str:
    """The address of the page that the cell was opened on, with what was chosen."""
    kept = {name: data[name] for name in ("view", "day", "post") if data.get(name)}
    return f"{_where(data)}?{urlencode(kept | more)}"


def _where(data: Any) -> str:
    """The team's grid, or the calendar of the person whose day was open in it."""
    if of_person(data):
        return reverse("attendance:person", args=[asked.number(data.get("person"))])
    return reverse("attendance:roster")


def of_person(data: Any) -> bool:
    """Whether the cell was opened on the person's own page."""
    return data.get("page") == "person" and asked.number(data.get("person")) is not None


def page_choice(data: Any) -> dict[str, Any]:
    return {
        "span": span_of(data.get("view"), asked.day(data.get("day"), timezone.localdate())),
        "post": data.get("post", ""),
    }


def open_cell(data: Any, now: datetime) -> dict[str, Any]:
    """The open cell's panel: its shifts, and what they can become."""
    who = Employee.objects.filter(pk=asked.number(data.get("person")) or 0).first()
    day = asked.day(data.get("at"), date.min)
    if who is None or day == date.min:
        return {}
    shifts = list(
        Shift.objects.filter(employee=who, day=day, removed_at=None)
        .select_related("made_by")
        .order_by("starts_at")
    )
    table = day_table()
    types = shift_types(now).values()
    codes = {shift.code for shift in shifts}
    warned = if_any_set(who.pk, day, ["", *(each.code for each in types if each.code not in codes)], now)
    return {
        "cell_unfair": [
            (shift_types(now)[code].name if code else _("leave free"), found) for code, found in warned
        ],
        "cell_person": who,
        "cell_back": address(data),
        "cell_page": "person" if of_person(data) else "",
        "cell_day": day,
        "cell_shifts": [(shift, spans_text(shift), shift_types(now).get(shift.code)) for shift in shifts],
        "cell_works": [each for each in types if each.sort == "work" and each.spans(day, table)],
        "cell_duties": [each for each in types if each.sort == "duty" and each.spans(day, table)],
        "cell_now": codes,
        "cell_rostered": bool(rostered_weeks([who.pk], day, day, drafts=True)),
        "cell_leaves": leaves_in([who.pk], day, day).values(),
        "cell_in_force": laying.in_force(day, who.pk),
    }


def calendar(
    found: Employee, data: Any, now: datetime, *, plans: bool = False, leaves: bool = False
) -> dict[str, Any]:
    """One person's days, weeks of the month or a list of a week or a day: (cell, column), with what the templates need
    to lead on."""
    chosen = asked.day(data.get("day"), timezone.localdate(now))
    span = span_of(data.get("view") or "month", chosen)
    whole = span.view == "month"
    first = monday(span.first) if whole else span.first
    last = monday(span.last) + 6 * DAY if whole else span.last
    shown = grid([found], first, last, now, plans=plans, leaves=leaves)
    days: list[tuple[Cell, Column]] = list(zip(shown.rows[0].cells, shown.columns, strict=True))
    return {
        "span": span,
        "chosen": chosen,
        "views": [("day", _("One day")), ("week", _("By week")), ("month", _("By month"))],
        "days": [] if whole else days,
        "weeks": [days[n : n + 7] for n in range(0, len(days), 7)] if whole else [],
        "owner": found,
        "today": timezone.localdate(now),
        "legend": shown.legend,
    }
