"""Confirming who one is before a grave act: a reveal, a grant, an export, a restore (C13.5).

A session proves its owner at the sign-in and again whenever he confirms it, by his second factor where he has one. The
proof counts for the minutes of the rule `accounts.sudo`; after them the act leads to the page that asks, and back.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _

from office.rulebook.errors import NoBookInForce, UnknownRule
from office.rulebook.selectors import parameter_rule

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

RULE = "accounts.sudo"
#: Where the session keeps the instant of the proof, in seconds since the epoch.
SESSION = "confirmed_at"
#: For a book that does not say.
MINUTES = 10


def confirm(request: HttpRequest) -> None:
    """Notes in the session that its owner has just proved who he is."""
    request.session[SESSION] = time.time()


def confirmed(request: HttpRequest) -> bool:
    """Whether the session's owner has proved who he is within the minutes of the rule."""
    age = time.time() - float(request.session.get(SESSION, 0))
    return 0 <= age < minutes() * 60


def minutes() -> int:
    """How long a proof counts, by the book in force."""
    try:
        return parameter_rule(RULE).integer("minutes")
    except (NoBookInForce, UnknownRule):
        return MINUTES


def way(request: HttpRequest) -> str:
    """The page where this person confirms who he is. Raises PermissionDenied: neither password nor factor."""
    ways = get_adapter().get_reauthentication_methods(request.user)
    if not ways:
        raise PermissionDenied(RULE)
    return str(ways[0]["url"])


def ask(request: HttpRequest, back: str = "") -> HttpResponse:
    """Leads to the page where the person confirms who he is, and from there to `back`: by default this page, or, for a
    form, the page that the form was on. What a form held is not kept in the session: it may be a secret."""
    if not back:
        back = request.get_full_path() if request.method in ("GET", "HEAD") else page_of_form(request)
    where = f"{way(request)}?{urlencode({'next': back})}"
    if request.method not in ("GET", "HEAD"):
        messages.info(request, _("Once you have confirmed, please do it once more."))
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": where})
    return HttpResponseRedirect(where)


def fresh(view: View) -> View:
    """The view is for somebody who has just confirmed who he is. It stands below the decorator of the permission, so
    that nobody confirms anything for a page that he may not open."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs) if confirmed(request) else ask(request)

    guarded.fresh = True  # type: ignore[attr-defined]
    return cast("View", guarded)


def page_of_form(request: HttpRequest) -> str:
    """The page of this site that the form was on; my day when the browser does not say."""
    page = urlsplit(request.headers.get("Referer", ""))
    if page.netloc != request.get_host():
        return "/"
    return page.path + (f"?{page.query}" if page.query else "")
