"""What is being typed at the door saves itself (static/js/drafts.js): a phone call closes the tab, nothing is lost."""

from __future__ import annotations

from datetime import datetime

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from contracts.models import DoorLink
from contracts.rules import door as rules
from contracts.selectors import door
from contracts.services.door import drafts
from contracts.services.door.links import TooMany
from contracts.views.door.guard import COOKIE, Inside, door_page, inside, known
from office.errors import NotFound, Refused

#: Saves of one contact in a minute: a form saves itself at most every second and a half, so nobody who types meets it.
#: A guard of the server against a script that runs wild, and no limit of the book: it refuses no act and loses nothing
#: (the next save goes off), and a book's limit would be one that a manager could set below what a page does by itself.
MOST, MINUTE = 60, 60


@require_POST
@door_page
def keep(request: HttpRequest, token: str) -> HttpResponse:
    """What the form holds, under its name; the script is told when it was kept, or why not."""
    now = timezone.now()
    try:
        link, key = known(request, token, now), request.COOKIES.get(COOKIE, "")
        if not door.was_inside(link, key):  # learns nothing, and takes nobody's turn
            return JsonResponse({"saved_at": None, "discard": ""})
        page = _own_form(link, request.POST.get("draft-page", ""))
        _require_few(link)
        kept = drafts.keep(
            link=link, key=key, page=page,
            typed={name: str(text) for name, text in request.POST.items()}, now=now,
            opened_at=_instant(request.POST.get("draft-opened", "")),
        )  # fmt: skip
    except Refused as refused:
        return JsonResponse({"code": refused.code, "message": str(refused.message)}, status=refused.status)
    where = reverse("door:discard_draft", args=[token]) if kept else ""
    return JsonResponse({"saved_at": kept.at.isoformat() if kept else None, "discard": where})


@require_POST
@inside
def discard(request: HttpRequest, who: Inside) -> HttpResponseBase:
    """On with an empty form."""
    page = _own_form(who.link, request.POST.get("draft-page", ""))
    drafts.discard(contact=who.contact, page=page)
    purpose, paper = rules.paper_of_form(page)
    return redirect(f"door:{purpose}", token=who.token, pk=paper)


def _own_form(link: DoorLink, page: str) -> str:
    """A form of a paper that the link opens. Raises NotFound."""
    purpose, paper = rules.paper_of_form(page)
    if not paper:
        raise NotFound(_("There is no such paper here."))
    door.require_paper(link, purpose, paper)
    return page


def _require_few(link: DoorLink) -> None:
    """Raises TooMany."""
    key = f"door-drafts:{link.contact_id}"
    cache.add(key, 0, MINUTE)
    try:
        many = int(cache.incr(key))
    except ValueError:  # it ended between the two
        return
    if many > MOST:
        raise TooMany(_("Not kept yet: too much at once. It is tried again when you type on."))


def _instant(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


urlpatterns = [
    path("<str:token>/draft/", keep, name="draft"),
    path("<str:token>/draft/discard/", discard, name="discard_draft"),
]
