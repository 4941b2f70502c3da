"""The roster: people × days, a cell's change, laying out, publishing, one person's page."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from attendance.models import Pattern, Publication, Shift
from attendance.rules.shifts import DAY, monday
from attendance.selectors.fairness import if_any_set
from attendance.selectors.grid import grid, leaves_in, spans_text
from attendance.selectors.roster_people import PLAN, access_person, visible_to
from attendance.selectors.rostered import rostered_weeks
from attendance.selectors.types import shift_types
from attendance.services.roster import laying, patterns
from attendance.services.roster.guards import about
from attendance.services.roster.publishing import publish as publish_verb
from attendance.views import asked
from office.audit import api as audit
from office.errors import Refused
from office.rulebook.api import day_table
from office.rulebook.guards import entered, permitted, person
from office.staff.models import Employee, Position
from office.staff.selectors import position_label, posts_by_person

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
    """The roster's address with what was chosen."""
    kept = {name: data[name] for name in ("view", "day", "post") if data.get(name)}
    return f"{reverse('attendance:roster')}?{urlencode(kept | more)}"


@require_GET
@login_required
def roster(request: HttpRequest) -> HttpResponse:
    """Everybody sees his colleagues' published shifts; planners see drafts and what is missing, and change it here."""
    return render(request, "attendance/roster.html", _page(request, request.GET, timezone.now()))


def _page(request: HttpRequest, data: Any, now: datetime, **more: Any) -> dict[str, Any]:
    me = person(request)
    span = span_of(data.get("view"), asked.day(data.get("day"), timezone.localdate(now)))
    plans = PLAN in entered(request).permissions
    people = list(visible_to(me, now))
    held = posts_by_person([each.pk for each in people], now)
    post = data.get("post") if data.get("post") in Position.values else ""
    if post:
        people = [each for each in people if any(row.position == post for row in held[each.pk])]
    posts = sorted({row.position for rows in held.values() for row in rows})
    shown = grid(people, span.first, span.last, now, plans=plans)
    return {
        "span": span,
        "views": [("day", _("One day")), ("week", _("By week")), ("month", _("By month"))],
        "grid": shown,
        "post": post,
        "posts": [(code, position_label(code)) for code in posts],
        "plans": plans,
        "today": timezone.localdate(now),
        "published": Publication.objects.select_related("by").order_by("-pk")[:3] if plans else (),
        **(_cell(data, now) if plans and not more.get("closed") else {}),
        **more,
    }


def _cell(data: Any, now: datetime) -> dict[str, Any]:
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
        "cell_day": day,
        "cell_shifts": [(shift, spans_text(shift), shift_types(now).get(shift.code)) for shift in shifts],
        "cell_works": [each for each in types if each.sort == "work" and each.spans(day, table)],
        "cell_duties": [each for each in types if each.sort == "duty" and each.spans(day, table)],
        "cell_now": codes,
        "cell_rostered": bool(rostered_weeks([who.pk], day, day, drafts=True)),
        "cell_leaves": leaves_in([who.pk], day, day).values(),
        "cell_in_force": laying.in_force(day, who.pk),
    }


@require_http_methods(["GET", "POST"])
@permitted(PLAN)
def cell(request: HttpRequest) -> HttpResponse:
    """The panel of one person's day; its change. What is refused is said in the panel, with what was typed."""
    now = timezone.now()
    data = request.GET if request.method == "GET" else request.POST
    if request.method == "GET":
        return render(request, "attendance/_cell.html", {**_page_choice(data), **_cell(data, now)})
    try:
        laying.set_shift(
            employee_id=asked.number(data.get("person")) or 0,
            day=asked.needed_day(data, "at"),
            code=data.get("code", ""),
            sort="duty" if data.get("sort") == "duty" else "work",
            reason=data.get("reason", ""),
            by=person(request),
            now=now,
        )
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        context = _page(request, data, now, refusal=refused, typed=data)
        return render(request, "attendance/roster.html", context, status=422)
    return redirect(address(data))


def _page_choice(data: Any) -> dict[str, Any]:
    return {
        "span": span_of(data.get("view"), asked.day(data.get("day"), timezone.localdate())),
        "post": data.get("post", ""),
    }


@require_POST
@permitted(PLAN)
def lay_out(request: HttpRequest) -> HttpResponse:
    """Drafts from the patterns for the days shown, from today on."""
    now = timezone.now()
    first = max(asked.needed_day(request.POST, "first"), timezone.localdate(now))
    count = laying.lay_out(
        first_day=first, last_day=asked.needed_day(request.POST, "last"), by=person(request), now=now
    )
    messages.success(request, _("{n} shifts are laid out as drafts.").format(n=count))
    return redirect(address(request.POST))


@require_POST
@permitted(PLAN)
def publish(request: HttpRequest) -> HttpResponse:
    """What is missing is said beside the button; the reason that was typed stays."""
    now = timezone.now()
    try:
        made = publish_verb(
            first_day=max(asked.needed_day(request.POST, "first"), timezone.localdate(now)),
            last_day=asked.needed_day(request.POST, "last"),
            reason=request.POST.get("reason", ""),
            by=person(request),
            now=now,
        )
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        context = _page(request, request.POST, now, publish_refusal=refused, typed=request.POST, closed=True)
        return render(request, "attendance/roster.html", context, status=422)
    messages.success(request, _("Published: {n} shifts. Everybody concerned is told.").format(n=made.shifts))
    return redirect(address(request.POST))


@require_GET
@login_required
def person_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One person's shifts of a month, the pattern behind them, and the timeline for planners."""
    now = timezone.now()
    found = access_person(person(request), pk, now)
    plans = PLAN in entered(request).permissions
    span = span_of("month", asked.day(request.GET.get("day"), timezone.localdate(now)))
    first = monday(span.first)
    last = monday(span.last) + 6 * DAY
    shown = grid([found], first, last, now, plans=plans, leaves=found == person(request))
    cells = shown.rows[0].cells
    context = {
        "person": found,
        "span": span,
        "weeks": [
            list(zip(cells[n : n + 7], shown.columns[n : n + 7], strict=True))
            for n in range(0, len(cells), 7)
        ],
        "legend": shown.legend,
        "plans": plans,
        "patterns": _patterns(found, now) if plans else (),
        "types": [each for each in shift_types(now).values() if each.sort == "work"],
        "timeline": audit.timeline(about(found)) if plans else (),
        "today": timezone.localdate(now),
        "owner": found,
        "may_ask": plans or found == person(request),
        "next_monday": monday(timezone.localdate(now)) + timedelta(days=7),
    }
    return render(request, "attendance/person.html", context)


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
