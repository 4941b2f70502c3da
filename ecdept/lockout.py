"""Too many wrong passwords: the page that says until when."""

from __future__ import annotations

from typing import Any

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone


def locked_out(
    request: HttpRequest,
    original_response: HttpResponse | None = None,
    credentials: dict[str, Any] | None = None,
) -> HttpResponse:
    """429, and the instant from which the number may be tried again from this address."""
    span = get_cool_off(request)
    number = (credentials or {}).get("username") or request.POST.get("login", "")
    last = AccessAttempt.objects.filter(username=number[:255]).order_by("-attempt_time").first()
    until = (last.attempt_time if last else timezone.now()) + span if span else None
    response = render(request, "account/lockout.html", {"until": until}, status=429)
    if until:
        response["Retry-After"] = str(max(int((until - timezone.now()).total_seconds()), 1))
    return response
