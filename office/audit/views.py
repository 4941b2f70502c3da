"""The trail for people: entries, seals, incidents."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from office.audit import selectors
from office.audit.forms import TrailForm
from office.audit.registry import may
from office.audit.sealing import ALARM_AFTER

View = Callable[..., HttpResponse]
PERMISSION = "audit.view"


def _for_auditors(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not may(request.user, PERMISSION):
            raise PermissionDenied(PERMISSION)
        return view(request)

    guarded.permission = PERMISSION  # type: ignore[attr-defined]
    return login_required(require_GET(guarded))


def _before(request: HttpRequest) -> int | None:
    text = request.GET.get("before", "")
    return int(text) if text.isdecimal() and len(text) <= 18 else None


def _next_url(request: HttpRequest, before: int | None) -> str:
    if before is None:
        return ""
    kept = {key: value for key, value in request.GET.items() if key != "before"}
    return "?" + urlencode({**kept, "before": before})


@_for_auditors
def trail(request: HttpRequest) -> HttpResponse:
    """Entries, newest first, by act, subject and person."""
    form = TrailForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    rows, following = selectors.entries(
        verb=wanted.get("verb", ""),
        subject=wanted.get("subject", ""),
        actor=wanted.get("actor", ""),
        before=_before(request),
    )
    state = selectors.sealing_state()
    context = {
        "tab": "entries",
        "form": form,
        "rows": rows,
        "next_url": _next_url(request, following),
        "state": state,
        "late": state.oldest is not None and timezone.now() - state.oldest > ALARM_AFTER,
    }
    return render(request, "audit/trail.html", context)


@_for_auditors
def seals(request: HttpRequest) -> HttpResponse:
    """Seals, newest first."""
    rows, following = selectors.seals(_before(request))
    context = {"tab": "seals", "rows": rows, "next_url": _next_url(request, following)}
    return render(request, "audit/seals.html", context)


@_for_auditors
def incidents(request: HttpRequest) -> HttpResponse:
    """Refused attempts and alarms, newest first."""
    rows, following = selectors.incidents(_before(request))
    context = {"tab": "incidents", "rows": rows, "next_url": _next_url(request, following)}
    return render(request, "audit/incidents.html", context)
