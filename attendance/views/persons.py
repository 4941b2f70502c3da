"""One person's roster: days, pattern, timeline."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from attendance.models import Pattern
from attendance.rules.shifts import monday
from attendance.selectors.roster_people import PLAN, access_person
from attendance.selectors.types import shift_types
from attendance.services.roster import patterns
from attendance.services.roster.guards import about
from attendance.views import asked
from attendance.views.spans import calendar, open_cell
from office.audit import api as audit
from office.rulebook.guards import entered, permitted, person
from office.staff.models import Employee


@require_GET
@login_required
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """One person's shifts by day, week or month; planners change a day here, see the pattern behind it, and the
    timeline."""
    now = timezone.now()
    found = access_person(person(request), pk, now)
    return render(request, "attendance/person.html", context_of(request, found, request.GET, now))


def context_of(
    request: HttpRequest, found: Employee, data: Any, now: datetime, **more: Any
) -> dict[str, Any]:
    plans = PLAN in entered(request).permissions
    own = found == person(request)
    cell = {name: data.get(name) for name in ("view", "day", "at")} | {
        "person": str(found.pk),
        "page": "person",
    }
    return {
        "person": found,
        **calendar(found, data, now, plans=plans, leaves=own),
        **(open_cell(cell, now) if plans else {}),
        "plans": plans,
        "patterns": _patterns(found, now) if plans else (),
        "types": [each for each in shift_types(now).values() if each.sort == "work"],
        "timeline": audit.timeline(about(found)) if plans else (),
        "may_ask": plans or own,
        "next_monday": monday(timezone.localdate(now)) + timedelta(days=7),
        **more,
    }


def _patterns(found: Employee, now: datetime) -> list[tuple[Pattern, list[str]]]:
    """The latest first, each with the letters of its cycle."""
    types = shift_types(now)
    return [
        (each, [types[code].letter if code in types else code[:1] for code in each.cycle])
        for each in Pattern.objects.filter(employee=found).order_by("-first_day")[:10]
    ]


@require_POST
@permitted(PLAN)
def pattern(request: HttpRequest, pk: int) -> HttpResponse:
    """A new pattern: as many days as were filled in, the first on the anchor."""
    first = asked.needed_day(request.POST, "first_day")
    cycle = request.POST.getlist("cycle")
    while len(cycle) > 7 and cycle[-1] == "-":
        cycle.pop()
    patterns.set_pattern(
        employee_id=pk,
        cycle=["" if code == "-" else code for code in cycle],
        first_day=first,
        anchor=monday(first) if request.POST.get("by_week") else first,
        by=person(request),
        now=timezone.now(),
    )
    messages.success(request, _("The pattern is set. Lay the roster out to use it."))
    return redirect("attendance:person", pk)


@require_POST
@permitted(PLAN)
def end_pattern(request: HttpRequest, pk: int) -> HttpResponse:
    found = patterns.end_pattern(
        pattern_id=pk,
        last_day=asked.needed_day(request.POST, "last_day"),
        by=person(request),
        now=timezone.now(),
    )
    return redirect("attendance:person", found.employee_id)
