"""The inbox: a person's own notices, nobody else's."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from office.notices import selectors, services
from office.notices.forms import read_key
from office.rulebook.guards import person
from office.subjects import subject_url


@require_GET
@login_required
def inbox(request: HttpRequest) -> HttpResponse:
    """By subject, newest first; filters unread, urgent, all."""
    reader = person(request)
    view = request.GET.get("view", "unread")
    view = view if view in selectors.VIEWS else "unread"
    page = selectors.inbox(reader, view, read_key(request.GET.get("before")))
    following = {"view": view, "before": page.next_before}
    context = {
        "page": page,
        "view": view,
        "unread": selectors.unread_count(reader.pk),
        "muted": selectors.muted_kinds(reader),
        "next_url": f"?{urlencode(following)}" if page.next_before else "",
    }
    return render(request, "notices/inbox.html", context)


@require_GET
@login_required
def unread(request: HttpRequest) -> HttpResponse:
    """The count in the frame, polled by htmx."""
    return render(request, "notices/_unread.html", {"unread": selectors.unread_count(person(request).pk)})


@require_POST
@login_required
def read(request: HttpRequest) -> HttpResponse:
    """One subject has been seen; with `go`, on to its page."""
    type_, id_ = _word(request, "type", 40), _word(request, "id", 64)
    services.mark_subject_read(subject_type=type_, subject_id=id_, by=person(request), now=timezone.now())
    url = subject_url(type_, id_) if request.POST.get("go") else ""
    return redirect(url or _back(request))


@require_POST
@login_required
def read_all(request: HttpRequest) -> HttpResponse:
    """Everything up to what the page showed."""
    up_to = read_key(request.POST.get("up_to"))
    services.mark_all_read(by=person(request), now=timezone.now(), up_to=up_to)
    return redirect(_back(request))


@require_POST
@login_required
def mute(request: HttpRequest) -> HttpResponse:
    """Mute a kind, or with `off` hear it again."""
    kind = _word(request, "kind", 90)
    act = services.unmute if request.POST.get("off") else services.mute
    act(kind=kind, by=person(request), now=timezone.now())
    return redirect(_back(request))


def _word(request: HttpRequest, name: str, longest: int) -> str:
    """A key out of a form; "" for what can be none: too long, or with control characters."""
    text = request.POST.get(name, "")
    return text if len(text) <= longest and text.isprintable() else ""


def _back(request: HttpRequest) -> str:
    view = request.POST.get("view", "")
    return reverse("notices:inbox") + (f"?view={view}" if view in selectors.VIEWS else "")
