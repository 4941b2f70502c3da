"""Why me: the grounds of a shift, a duty or a night, asked from one's own calendar, my day or the roster."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from attendance.selectors import why as selectors
from attendance.selectors.types import shift_types
from office.rulebook.guards import person


@require_GET
@login_required
def shift(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, selectors.grounds_of_shift(pk, person(request), timezone.now()))


@require_GET
@login_required
def night(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, selectors.grounds_of_night(pk, person(request), timezone.now()))


def _page(request: HttpRequest, found: selectors.Grounds) -> HttpResponse:
    types = shift_types(timezone.now())
    cycle = found.pattern.cycle if found.pattern else []
    context = {
        "grounds": found,
        "mine": found.person == person(request),
        "letters": [types[code].letter if code in types else code[:1] for code in cycle],
    }
    return render(request, "attendance/why.html", context)
