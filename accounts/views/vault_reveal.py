"""Looking at a secret: shown for some seconds, copied without being shown, a code, a file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from accounts import vault_book
from accounts.models import Reveal
from accounts.rules import fields
from accounts.services.vault import revealing
from accounts.services.vault.revealing import Shown
from accounts.views import vault as pages
from accounts.views.vault_doors import factor, opened_of, quiet, to_unlock
from office.errors import Invalid, NotFound, Refused
from office.rulebook.guards import permitted, person


@require_POST
@permitted(vault_book.CUSTODIANS)
@factor
@quiet
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """One secret, with the reason. Htmx is answered the piece, a script JSON, a plain form a page."""
    me, now = person(request), timezone.now()
    sealed = revealing.find(pk, me, now)
    opened = opened_of(request)
    if opened is None:
        return to_unlock(request)
    reason = request.POST.get("reason", "")
    try:
        shown = revealing.reveal(
            sealed_id=pk, way=way_of(request), reason=reason, opened=opened, by=me, now=now
        )
    except NotFound:
        raise
    except Refused as refused:
        if isinstance(refused, Invalid) and not _script(request):
            return pages.show(request, sealed.account_id, refused=refused, at=pk, reason=reason)
        raise
    return answer(
        request,
        shown,
        reverse("accounts:account", args=[sealed.account_id]),
        reverse("accounts:masked", args=[pk]),
    )


def way_of(request: HttpRequest) -> str:
    """How it is looked at. Only a script copies without showing: whatever else says so is shown, and on record so."""
    way = request.POST.get("way", "")
    asked_by_script = request.headers.get("Accept") == "application/json"
    return str(Reveal.Way.SHOWN) if way == Reveal.Way.COPIED and not asked_by_script else way


def _script(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true" or request.headers.get("Accept") == "application/json"


def answer(request: HttpRequest, shown: Shown, back: str, masked: str) -> HttpResponse:
    """What was opened, in the form that was asked for."""
    way = request.POST.get("way")
    if way == Reveal.Way.SAVED:
        saved = HttpResponse(shown.data, content_type="application/octet-stream")
        saved["Content-Disposition"] = content_disposition_header(True, shown.sealed.label or "file")
        saved["X-Content-Type-Options"] = "nosniff"
        return saved
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"text": shown.text})
    seconds = int(vault_book.span("shown_for", timezone.now()).total_seconds())
    context = {
        "shown": shown,
        "name": fields.name_of(shown.sealed.field, shown.sealed.label),
        "seconds": min(seconds, shown.left) if shown.left else seconds,
        "back": back,
        "masked": masked,
    }
    piece = request.headers.get("HX-Request") == "true"
    return render(request, "accounts/_shown.html" if piece else "accounts/shown.html", context)


@require_GET
@permitted(vault_book.CUSTODIANS)
@quiet
def masked(request: HttpRequest, pk: int) -> HttpResponse:
    """What stands in the place of a secret that was shown."""
    revealing.find(pk, person(request), timezone.now())
    return render(request, "accounts/_masked.html")
