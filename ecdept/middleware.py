"""Refuses what cannot be a request, turns refusals into answers, and holds people to the sign-in rules."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import quote, unquote_to_bytes

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ecdept import second_factor
from ecdept.errors import answer, refusal_response, wants_json
from office.errors import Refused
from office.rulebook import api as rulebook
from office.rulebook.sudo import page_of_form
from office.staff.models import Employee

Handler = Callable[[HttpRequest], HttpResponseBase]


class ReadableMiddleware:
    """First of all: a NUL byte in the address or a cookie is no request that anything behind could serve."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if (
            "\x00" in request.path_info
            or b"\x00" in unquote_to_bytes(request.META.get("QUERY_STRING", ""))
            or any("\x00" in name + value for name, value in request.COOKIES.items())
        ):
            return HttpResponse(
                _("The request could not be read."), status=400, content_type="text/plain; charset=utf-8"
            )
        return self.get_response(request)


class BoundedBodyMiddleware:
    """What says that it is larger than any form is refused before any of it is read. The check of a form's token reads
    it all, and Django would write its files to the disk: anybody at all could fill it. Views that take larger files
    bound them by themselves and check the token after that (office.files.takes_files)."""

    #: Of a form by somebody signed in; the largest file that one takes has 30 MB.
    SIGNED_IN = 32 << 20
    #: Of anybody else's.
    ANYBODY = 2 << 20

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: object, kwargs: object
    ) -> HttpResponse | None:
        declared = request.META.get("CONTENT_LENGTH") or ""
        if getattr(view, "csrf_exempt", False) or not declared.isdecimal():
            return None
        size = int(declared[:18])
        if size <= self.ANYBODY or (size <= self.SIGNED_IN and request.user.is_authenticated):
            return None
        return answer(request, 413)


class RefusalMiddleware:
    """One place for every refusal of a verb: 403, 404, 409 or 422, as a page, a toast or JSON."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code == 405 and not wants_json(request):
            designed = answer(request, 405)
            designed["Allow"] = response.get("Allow", "")
            return designed
        if response.status_code == 302 and _from_page(request):
            return _signed_out(request, response)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refused):
            return refusal_response(request, exception)
        if isinstance(exception, DataError) or _unstorable(exception):
            return answer(request, 400)
        return None


def _unstorable(exception: Exception) -> bool:
    """A NUL character or a lone surrogate that came in a form and reached the database driver."""
    return isinstance(exception, UnicodeEncodeError) or (
        isinstance(exception, ValueError) and "NUL (0x00)" in str(exception)
    )


def _from_page(request: HttpRequest) -> bool:
    """Asked for by a page's script, which shows what comes back or nothing."""
    return (
        request.headers.get("HX-Request") == "true" or request.headers.get("Accept", "") == "application/json"
    )


def _signed_out(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """A script's request whose session has ended: the page says so and keeps what was typed (static/js/app.js)."""
    return _told() if response.get("Location", "").startswith(reverse(settings.LOGIN_URL)) else response


def _told() -> HttpResponse:
    return HttpResponse(status=204, headers={"HX-Trigger": "signed-out", "X-Signed-Out": "1"})


class SignInPolicyMiddleware:
    """Passwords that must change (C13.3), second factors that a post requires, and sessions left alone for hours.

    Looked up every ten minutes per session; a password that must change is looked at every time. What an open page
    asks by itself is no activity: nobody need be there.
    """

    CHECK_EVERY = timedelta(minutes=10)
    IDLE = timedelta(hours=4)
    NOTED_EVERY = timedelta(minutes=2)
    KEY, ACTIVE = "policy_checked_at", "active_at"
    #: What pages ask by themselves, by URL name; my day's list shares its address with the page.
    POLLS = frozenset(
        {"orders:desk_live", "orders:desk_watch", "orders:batch_state", "notices:unread", "staff:seen"}
    )
    #: Where a person settles it, and what must work meanwhile.
    OPEN = ("/auth/", "/static/", "/api/", "/hooks/", "/staff/language/")

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(self.OPEN) and request.user.is_authenticated:
            if self._left_alone(request):
                logout(request)
                messages.info(request, _("You were signed out because nothing happened for a long time."))
                if _from_page(request):
                    return _told()
                back = request.get_full_path() if request.method == "GET" else page_of_form(request)
                return HttpResponseRedirect(f"{reverse(settings.LOGIN_URL)}?next={quote(back)}")
            url = self._owes(request, request.user)
            if url:
                if request.headers.get("HX-Request") == "true":
                    response = HttpResponse(status=204)
                    response["HX-Redirect"] = url
                    return response
                return HttpResponseRedirect(url)
            page = self.get_response(request)
            return _kept_nowhere(page)
        page = self.get_response(request)
        # Recovery codes and one's own devices stay in no browser's cache either.
        return _kept_nowhere(page) if request.path_info.startswith("/auth/") else page

    def _left_alone(self, request: HttpRequest) -> bool:
        """Whether the last thing a person did is too long ago; notes that somebody does something now."""
        now = time.time()
        active = float(request.session.get(self.ACTIVE, 0))
        if active and now - active > self.IDLE.total_seconds():
            return True
        if not active or (now - active > self.NOTED_EVERY.total_seconds() and not self._polls(request)):
            request.session[self.ACTIVE] = now
            UserSession.objects.filter(session_key=request.session.session_key).update(
                last_seen_at=timezone.now()
            )
        return False

    def _polls(self, request: HttpRequest) -> bool:
        if request.path_info == "/":
            return request.headers.get("HX-Request") == "true"
        try:
            return resolve(request.path_info).view_name in self.POLLS
        except Resolver404:
            return False

    def _owes(self, request: HttpRequest, employee: Employee) -> str:
        """Where the person must go first; "" when nothing is owed."""
        if employee.must_change_password:
            return reverse("account_change_password")
        last = float(request.session.get(self.KEY, 0))
        if time.time() - last < self.CHECK_EVERY.total_seconds():
            return ""
        now = timezone.now()
        if password_expired(employee, now):
            return reverse("account_change_password")
        if second_factor.required(employee, now) and not second_factor.has_one(employee):
            return reverse("mfa_index")
        request.session[self.KEY] = time.time()
        return ""


def _kept_nowhere(page: HttpResponseBase) -> HttpResponseBase:
    """Customers stay in no browser's cache after the sign-out."""
    if not page.has_header("Cache-Control"):
        page["Cache-Control"] = "private, no-store"
    return page


def password_expired(employee: Employee, now: datetime) -> bool:
    """C13.3: changed regularly. An age of 0 days in the book switches it off."""
    try:
        if not rulebook.has_rule("staff.password", now):
            return False
        days = rulebook.parameter_rule("staff.password", at=now).integer("max_age_days")
    except rulebook.NoBookInForce:
        return False
    changed = employee.password_changed_at or employee.joined_at
    return bool(days) and now - changed > timedelta(days=days)
