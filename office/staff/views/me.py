"""One's own account: particulars, language, what protects it."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from office.staff import forms, selectors
from office.staff.guards import me as signed_in
from office.staff.services import people as people_verbs
from office.staff.views.duty import back


@require_GET
@login_required
def me(request: HttpRequest) -> HttpResponse:
    employee, now = signed_in(request), timezone.now()
    kinds = list(Authenticator.objects.filter(user=employee).values_list("type", flat=True))
    context = {
        "person": employee,
        "appointments": selectors.posts_by_person([employee.pk], now)[employee.pk],
        "totp": Authenticator.Type.TOTP in kinds,
        "passkeys": kinds.count(Authenticator.Type.WEBAUTHN),
        "recovery": Authenticator.Type.RECOVERY_CODES in kinds,
        "sessions": selectors.sessions_of(employee, request.session.session_key or ""),
        "languages": settings.LANGUAGES,
    }
    return render(request, "staff/me.html", context)


@require_POST
@login_required
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Signs one of one's own devices out."""
    people_verbs.end_sessions(by=signed_in(request), now=timezone.now(), only=pk)
    return redirect(f"{reverse('staff:me')}#sessions")


@require_POST
@login_required
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Signs every other device out."""
    people_verbs.end_sessions(
        by=signed_in(request), now=timezone.now(), keep=request.session.session_key or ""
    )
    return redirect(f"{reverse('staff:me')}#sessions")


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """The language of the pages, remembered for the person and, before signing in, by a cookie."""
    form = forms.Language(request.POST)
    response = back(request)
    if not form.is_valid():
        return response
    chosen = form.cleaned_data["language"]
    if request.user.is_authenticated:
        people_verbs.set_language(by=signed_in(request), language=chosen, now=timezone.now())
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=31_536_000,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return response
