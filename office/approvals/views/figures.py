"""How long decisions take, and what is stuck."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from office.approvals import kinds
from office.approvals.selectors import figures as numbers
from office.approvals.selectors import queue
from office.rulebook.guards import permitted

DAYS = (7, 28, 90)


@require_GET
@permitted("approvals.figures")
def figures(request: HttpRequest) -> HttpResponse:
    """By kind and by person for the last days, what waits now, and the runs that nobody can decide."""
    now = timezone.now()
    text = request.GET.get("days", "")
    days = int(text) if text in {str(each) for each in DAYS} else DAYS[1]
    start = now - timedelta(days=days)
    context = {
        "days": days,
        "choices": DAYS,
        "kinds": [(kinds.name_of(row.kind), row) for row in numbers.by_kind(start, now)],
        "people": numbers.by_person(start, now),
        "open": [(kinds.name_of(row.kind), row) for row in numbers.open_now(now)],
        "stuck": [(kinds.name_of(run.kind), run) for run in queue.stuck()],
    }
    return render(request, "approvals/figures.html", context)
