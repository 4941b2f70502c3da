"""Is the engine well: outages, and rows whose handler failed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from office.deadlines import kinds, selectors, services
from office.rulebook.guards import permitted, person
from office.rulebook.selectors import holds
from office.subjects import subject_url


@require_GET
@permitted("audit.view")
def overview(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    last = selectors.last_tick()
    context = {
        "last_tick": last,
        "standing_still": last is None or now - last > selectors.STANDING_STILL,
        "gaps": selectors.gaps(),
        "failed": [
            (row, kinds.title_of(row.rule), subject_url(row.subject_type, row.subject_id))
            for row in selectors.failed()
        ],
        "may_retry": holds(person(request), "admin.enter"),
    }
    return render(request, "deadlines/overview.html", context)


@require_POST
@permitted("admin.enter")
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    services.retry(deadline_id=pk, by=person(request), now=timezone.now())
    return redirect("deadlines:overview")
