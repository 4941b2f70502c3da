"""The roster: people × days, a cell's change, laying out, publishing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from attendance.models import Publication
from attendance.selectors.grid import grid
from attendance.selectors.roster_people import PLAN, access_person, visible_to
from attendance.services.roster import laying
from attendance.services.roster.publishing import publish as publish_verb
from attendance.views import asked
from attendance.views.persons import context_of
from attendance.views.spans import address, of_person, open_cell, page_choice, span_of
from office.errors import Refused
from office.rulebook.guards import entered, permitted, person
from office.staff.models import Position
from office.staff.selectors import position_label, posts_by_person


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
        **(open_cell(data, now) if plans and not more.get("closed") else {}),
        **more,
    }


@require_http_methods(["GET", "POST"])
@permitted(PLAN)
def cell(request: HttpRequest) -> HttpResponse:
    """The panel of one person's day; its change. What is refused is said in the panel, with what was typed."""
    now = timezone.now()
    data = request.GET if request.method == "GET" else request.POST
    if request.method == "GET":
        return render(request, "attendance/_cell.html", {**page_choice(data), **open_cell(data, now)})
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
        return _refused(request, data, now, refused)
    return redirect(address(data))


def _refused(request: HttpRequest, data: Any, now: datetime, refused: Refused) -> HttpResponse:
    """On the page that the cell was opened on."""
    if of_person(data):
        found = access_person(person(request), asked.number(data.get("person")) or 0, now)
        page = context_of(request, found, data, now, refusal=refused, typed=data)
        return render(request, "attendance/person.html", page, status=422)
    context = _page(request, data, now, refusal=refused, typed=data)
    return render(request, "attendance/roster.html", context, status=422)


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
