"""What the vault's pages share: the open vault behind the cookie, the second factor, answers that nobody keeps."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from accounts.services.vault import unlocking
from accounts.services.vault.unlocking import Opened
from office.rulebook import sudo
from office.rulebook.guards import person

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

#: The browser's half of an open vault; the pages of this desk alone are sent it.
COOKIE, PATH = "vault", "/accounts/"


def quiet(view: View) -> View:
    """What is posted appears in no error report, and what is answered is kept by no browser and no proxy."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer = sensitive_variables()(view)(request, *args, **kwargs)
        answer["Cache-Control"] = "private, no-store"
        answer["Referrer-Policy"] = "same-origin"
        answer["Cross-Origin-Resource-Policy"] = "same-origin"
        return answer

    return cast("View", sensitive_post_parameters()(guarded))


def has_factor(request: HttpRequest) -> bool:
    """Whether the person has a second factor at all."""
    return bool(is_mfa_enabled(request.user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]))


def factor(view: View) -> View:
    """The view is for somebody who has a second factor and has just confirmed who he is with it."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not has_factor(request):
            messages.info(request, _("The vault needs a second factor: set one up first."))
            return redirect("mfa_index")
        return view(request, *args, **kwargs) if sudo.confirmed(request) else sudo.ask(request)

    guarded.fresh = True  # type: ignore[attr-defined]
    return cast("View", guarded)


def opened_of(request: HttpRequest, *, touch: bool = True) -> Opened | None:
    """The reader's open vault, None while it is locked."""
    return unlocking.unlocked(
        token=request.COOKIES.get(COOKIE, ""),
        session_key=request.session.session_key or "",
        by=person(request),
        now=timezone.now(),
        touch=touch,
    )


def to_unlock(request: HttpRequest) -> HttpResponse:
    """To the page that unlocks, and back to this one, or to the page the form was on."""
    back = request.get_full_path() if request.method == "GET" else sudo.page_of_form(request)
    where = f"{reverse('accounts:vault_unlock')}?{urlencode({'next': back})}"
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": where})
    return redirect(where)


def back_of(request: HttpRequest, fallback: str) -> str:
    """Where `next` leads, as long as it is of this house."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else fallback


def give_cookie(answer: HttpResponse, token: str, seconds: int) -> HttpResponse:
    answer.set_cookie(
        COOKIE, token, max_age=seconds, path=PATH, httponly=True, samesite="Strict",
        secure=bool(settings.SESSION_COOKIE_SECURE),
    )  # fmt: skip
    return answer
