"""The entrance: who holds the link proves that he is its contact."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_GET, require_POST

from contracts.models import DoorLink
from contracts.selectors import door as selectors
from contracts.selectors import door_money, door_papers
from contracts.selectors.door import State
from contracts.services.door import codes, links
from contracts.views.door.guard import COOKIE, Inside, door_page, inside, known, remember
from office.errors import Invalid, Refused


@require_GET
@door_page
def enter(request: HttpRequest, token: str) -> HttpResponseBase:
    """Inside already: the papers. Else the entrance, and nothing is counted or opened by looking at it: programs that
    look at links before people do find nothing."""
    now = timezone.now()
    link = known(request, token, now)
    if selectors.visit_of(link, request.COOKIES.get(COOKIE, ""), now) is not None:
        return redirect(_home(link, token))
    return _entrance(request, token, link, now)


@require_POST
@door_page
def code(request: HttpRequest, token: str) -> HttpResponseBase:
    """Send the digits."""
    now = timezone.now()
    link = known(request, token, now)
    try:
        codes.send_code(link=link, way=request.POST.get("way", "")[:10], now=now)
    except Refused as refused:
        return _entrance(request, token, link, now, refused)
    onward = request.POST.get("next", "")[:300]
    query = urlencode({"sent": "1"} | ({"next": onward} if onward else {}))
    return redirect(f"{reverse('door:enter', args=[token])}?{query}")


@require_POST
@door_page
def come_in(request: HttpRequest, token: str) -> HttpResponseBase:
    """The digits were typed."""
    now = timezone.now()
    link = known(request, token, now)
    try:
        key = codes.enter(link=link, typed=request.POST.get("code", "")[:40], now=now)
    except Refused as refused:
        return _entrance(request, token, link, now, refused)
    onward = request.POST.get("next", "")
    own = onward.startswith(reverse("door:enter", args=[token])) and url_has_allowed_host_and_scheme(
        onward, None
    )
    answer = redirect(onward if own else _home(link, token))
    # The browser keeps the key beyond its visit: what is typed until then may come back by it (drafts), nothing else.
    remember(answer, token, key, int((link.expires_at - now).total_seconds()))
    return answer


@require_POST
@door_page
def again(request: HttpRequest, token: str) -> HttpResponseBase:
    """The link's time is over: a new one to the contact's own phone or mailbox."""
    now = timezone.now()
    link = known(request, token, now)
    try:
        links.renew(link=link, way=request.POST.get("way", "")[:10], now=now)
    except Refused as refused:
        return _entrance(request, token, link, now, refused)
    return render(request, "contracts/door/sent_again.html", {"token": token})


@require_POST
@inside
def leave(request: HttpRequest, who: Inside) -> HttpResponseBase:
    codes.leave(visit=who.visit, now=who.now)
    answer = redirect("door:enter", token=who.token)
    answer.delete_cookie(COOKIE, path=reverse("door:enter", args=[who.token]))
    return answer


@require_GET
@inside
def papers(request: HttpRequest, who: Inside) -> HttpResponse:
    """What waits for the supplier, then everything else of its own."""
    found = door_papers.papers(who.link, who.now)
    everything = who.link.purpose == DoorLink.Purpose.PAPERS
    money = door_money.of_supplier(who.contact.supplier_id) if everything else None
    return render(request, "contracts/door/papers.html", {"who": who, "found": found, "money": money})


def _entrance(
    request: HttpRequest, token: str, link: DoorLink, now: datetime, refused: Refused | None = None
) -> HttpResponse:
    state = selectors.state_of(selectors.link(link.pk), now)
    ways = selectors.ways(link.contact, now) if state is not State.SHUT else {}
    terms = selectors.terms(now)
    context = {
        "token": token,
        "link": link,
        "state": state.value,
        "ways": ways,
        "renewable": state is State.OVER and bool(ways) and now < link.expires_at + terms.renew,
        "sent": "sent" in request.GET and request.method == "GET",
        "minutes": int(terms.code.total_seconds() // 60),
        "kept": "kept" in request.GET and request.method == "GET",
        "next": (request.POST if request.method == "POST" else request.GET).get("next", "")[:300],
        "refused": refused,
        "wrong": refused is not None and isinstance(refused, Invalid),
    }
    status = refused.status if refused else 200 if state is State.LIVE else 410
    return render(request, "contracts/door/enter.html", context, status=status)


def _home(link: DoorLink, token: str) -> str:
    """The one paper of the link, or the list."""
    page = door_papers.page_of(link.purpose)
    if link.paper_id is None or not page:
        return reverse("door:papers", args=[token])
    return reverse(page, args=[token, link.paper_id])


urlpatterns = [
    path("<str:token>/", enter, name="enter"),
    path("<str:token>/code/", code, name="code"),
    path("<str:token>/in/", come_in, name="come_in"),
    path("<str:token>/again/", again, name="again"),
    path("<str:token>/out/", leave, name="leave"),
    path("<str:token>/papers/", papers, name="papers"),
]
