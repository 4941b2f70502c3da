"""Too many wrong passwords: the page that says until when."""

from __future__ import annotations

from typing import Any

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone


def number_of(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """The employee number of a try: what the sign-in form sent, or what a backend was given; one spelling of it."""
    given = (credentials or {}).get("username") or (request.POST.get("login") if request is not None else "")
    return str(given or "").strip().upper()[:255]


def locked_out(
    request: HttpRequest,
    original_response: HttpResponse | None = None,
    credentials: dict[str, Any] | None = None,
) -> HttpResponse:
    """429, and the instant from which the number may be tried again from this address."""
    span = get_cool_off(request)
    last = (
        AccessAttempt.objects.filter(username=number_of(request, credentials))
        .order_by("-attempt_time")
        .first()
    )
    until = (last.attempt_time if last else timezone.now()) + span if span else None
    response = render(request, "account/lockout.html", {"until": until}, status=429)
    if until:
        response["Retry-After"] = str(max(int((until - timezone.now()).total_seconds()), 1))
    return response
