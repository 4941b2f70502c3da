"""Who is let in at the door: a link that is there, and a browser that has shown its code.

What a link does not open does not exist: 404 in the words of the door, never of the office.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import quote

from axes.helpers import get_client_ip_address
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from contracts.models import DoorLink, DoorVisit, SupplierContact
from contracts.rules import door as rules
from contracts.selectors import door as selectors
from contracts.services.door import drafts
from contracts.services.door.links import TooMany
from office import crypto
from office.errors import NotFound, Refused
from office.rulebook import api as rulebook

COOKIE = "door"
HOUR = 3600
View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Inside:
    """A verified contact."""

    link: DoorLink
    visit: DoorVisit
    token: str
    now: datetime

    @property
    def contact(self) -> SupplierContact:
        return self.link.contact


def door_page(view: View) -> View:
    """Refusals in the words of the door; nothing of it is kept by a browser, a proxy or a search engine."""

    def answered(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, token, *args, **kwargs)
        except Refused as refused:
            return refusal(request, token, refused)
        except rulebook.UnknownRule:  # the book in force is older than the door
            return refusal(request, token, NotFound(_("This door is not open yet.")))

    @wraps(view)
    def shown(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # In our suppliers' language, whatever their phone is set to; who wants another one chooses it on the page.
        chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
        with translation.override(translation.get_language() if chosen else settings.LANGUAGE_CODE):
            answer = answered(request, token, *args, **kwargs)
        answer["Cache-Control"] = "private, no-store"  # files too: the phone may be another's tomorrow
        answer["X-Robots-Tag"] = "noindex, nofollow"
        return answer

    return shown


def inside(view: View) -> View:
    """The view is for a verified contact and is given `Inside`; everybody else is shown the entrance."""

    @door_page
    @wraps(view)
    def guarded(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        now = timezone.now()
        link = known(request, token, now)
        visit = selectors.visit_of(link, request.COOKIES.get(COOKIE, ""), now)
        if visit is None:
            onward = f"{reverse('door:enter', args=[token])}?next={quote(paper_of(request.path))}"
            key = request.COOKIES.get(COOKIE, "")
            # What strangers send is not even read.
            kept = request.method == "POST" and selectors.was_inside(link, key) and drafts.keep(
                link=link, key=key, page=form_of(request),
                typed={name: str(text) for name, text in request.POST.items()}, now=now,
            )  # fmt: skip
            if in_part(request):
                raise Over(onward)
            return redirect(f"{onward}&kept=1" if kept else onward)
        return view(request, Inside(link, visit, token, now), *args, **kwargs)

    return guarded


class Over(Refused):
    """The visit ended while something was on its way. `onward`: where a new code leads back to the paper."""

    def __init__(self, onward: str) -> None:
        super().__init__(_("Your time is over. Enter a new code: what you typed is kept."), code="over")
        self.onward = onward


def paper_of(path: str) -> str:
    """The page of the paper that a form stood on: "/supplier/TOKEN/order/12/ship/" → "/supplier/TOKEN/order/12/"."""
    return "/".join(path.split("/")[:5]).rstrip("/") + "/"


def page_of(path: str) -> str:
    """The form without its link, as drafts are named: "order/12/ship"."""
    return "/".join(path.split("/")[3:]).strip("/")


def form_of(request: HttpRequest) -> str:
    """The same, with the part of the paper that the form is about, where the form says it: "order/12/mend/7"."""
    page, named = page_of(request.path), request.POST.get("draft-page", "")
    return named if rules.paper_of_form(named)[1] and named.startswith(f"{page}/") else page


def part_of(request: HttpRequest) -> str:
    """The form within its paper: "mend/7"."""
    return rules.form_of("/".join(form_of(request).split("/")[2:]), request.POST.dict())


def known(request: HttpRequest, token: str, now: datetime) -> DoorLink:
    """The link of the address. Raises NotFound, and TooMany where one network has asked for too many that are none."""
    found = selectors.find(token)
    if found is None:
        if _guesses(request, count=True) > selectors.terms(now).guesses_per_hour:
            raise _too_many()
        raise NotFound(_("This link leads nowhere. Copy the whole of it, or ask your buyer for another one."))
    # Whoever is inside stays inside; a cookie that is none is a guess like any other.
    if (
        _guesses(request, count=False) > selectors.terms(now).guesses_per_hour
        and selectors.visit_of(found, request.COOKIES.get(COOKIE, ""), now) is None
    ):
        raise _too_many()
    return found


def in_part(request: HttpRequest) -> bool:
    """Sent by static/js/upload.js, which shows the answer in its list."""
    return request.headers.get("X-Upload") == "1"


def refusal(request: HttpRequest, token: str, refused: Refused) -> HttpResponse:
    template = "contracts/door/_upload_refused.html" if in_part(request) else "contracts/door/refused.html"
    return render(request, template, {"refused": refused, "token": token}, status=refused.status)


def remember(response: HttpResponseBase, token: str, key: str, age: int) -> None:
    response.set_cookie(
        COOKIE,
        key,
        max_age=age,
        path=reverse("door:enter", args=[token]),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _too_many() -> TooMany:
    return TooMany(_("Too many wrong links were tried from your network. Please try again in an hour."))


def _guesses(request: HttpRequest, *, count: bool) -> int:
    """How many links that are none were asked for from this network in this hour."""
    key = f"door:{crypto.mac('door-address', _network(request).encode()).hex()[:32]}"
    if not count:
        return int(cache.get(key, 0))
    cache.add(key, 0, HOUR)
    try:
        return int(cache.incr(key))
    except ValueError:  # it ended between the two
        return 1


def _network(request: HttpRequest) -> str:
    """Of IPv6 every household has a whole network (/64) to choose addresses from."""
    address = str(get_client_ip_address(request) or "")
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else address
