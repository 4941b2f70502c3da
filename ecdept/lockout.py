"""Too many wrong passwords: whose address counts, on which device somebody is known, the page that says until when.

Two counts stand side by side. One number from one address: five wrong passwords, a quarter of an hour (axes). One
number from anywhere: ten in five minutes, thirty in an hour (allauth), against many addresses. So that the second
cannot be used to keep a colleague out, a device on which the person has signed in before is counted by itself.
"""

from __future__ import annotations

import secrets
from typing import Any

from allauth.core.internal.httpkit import clean_client_ip
from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

DEVICE_COOKIE = "known_device"
DEVICE_AGE = 90 * 86_400  # seconds


def number_of(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """The employee number of a try: what the sign-in form sent, or what a backend was given; one spelling of it."""
    given = (credentials or {}).get("username") or (request.POST.get("login") if request is not None else "")
    return str(given or "").strip().upper()[:255]


def client_address(request: HttpRequest) -> str | None:
    """The address of the browser, for every limit alike: the one that the outermost of TRUSTED_PROXY_COUNT proxies saw,
    counted from the right of X-Forwarded-For, since whatever stands left of it the browser may have written itself.
    Without such proxies, or with a header that is shorter, the address of the connection."""
    count = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    told = request.headers.get("X-Forwarded-For", "").split(",")
    if count > 0 and len(told) >= count and (address := clean_client_ip(told[-count].strip())):
        return str(address)
    direct = request.META.get("REMOTE_ADDR") or ""
    address = clean_client_ip(direct)
    return str(address) if address else None


def device_of(request: HttpRequest, number: str) -> str:
    """The id of a device on which this number has signed in before; "" for a stranger's."""
    try:
        known, device = signing.loads(
            request.COOKIES.get(DEVICE_COOKIE, ""), salt=DEVICE_COOKIE, max_age=DEVICE_AGE
        )
    except (signing.BadSignature, TypeError, ValueError):
        return ""
    return str(device) if known == number.strip().upper() else ""


def remember_device(request: HttpRequest, response: HttpResponse, number: str) -> None:
    """After a completed sign-in. The cookie opens nothing: it only says whose wrong passwords are counted apart."""
    name = number.strip().upper()
    device = device_of(request, name) or secrets.token_urlsafe(12)
    response.set_cookie(
        DEVICE_COOKIE,
        signing.dumps([name, device], salt=DEVICE_COOKIE),
        max_age=DEVICE_AGE,
        path="/auth/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


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
