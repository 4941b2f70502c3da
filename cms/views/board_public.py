"""The public board: what anybody may read, and the form to write.

The form carries Django's CSRF token like every other, though nobody is signed in: it cannot act in anybody's name, but
the token keeps other sites from posting through visitors' browsers, whose address would then pay for the limit. A
website of ours on another host therefore does not post here: its server signs (cms/views/hooks.py).
"""

from __future__ import annotations

import ipaddress
from typing import Any

from axes.helpers import get_client_ip_address
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from cms.forms.acts import refuse
from cms.forms.board import AskForm
from cms.rules.board import FIELDS
from cms.selectors import board as selectors
from cms.selectors import takedowns
from cms.services import board, board_traffic
from office.errors import Refused
from office.rulebook import api as rulebook
from office.rulebook.guards import entered

PAGE = 20


@require_GET
def entries(request: HttpRequest) -> HttpResponse:
    """Questions and answers that were agreed to, newest first; whose post takes content down does so from here."""
    before = request.GET.get("before", "")
    found = selectors.public_entries(before=int(before) if before.isdecimal() and len(before) < 18 else None)
    context: dict[str, Any] = {
        "entries": found[:PAGE],
        "following": found[PAGE - 1].pk if len(found) > PAGE else None,
        "thanks": request.GET.get("thanks") == "1",
    }
    if not _may_take_down(request):
        return render(request, "cms/board_public.html", context)
    context["forbidden"] = takedowns.categories(timezone.now())
    answer = render(request, "cms/board_public.html", context)
    add_never_cache_headers(answer)
    return answer


def _may_take_down(request: HttpRequest) -> bool:
    """Whether the reader is signed in and his post hides what must not be there (C6.7)."""
    return request.user.is_authenticated and "cms.takedown" in entered(request).permissions


@require_http_methods(["GET", "POST"])
@never_cache
def ask(request: HttpRequest) -> HttpResponse:
    """The form; too many from one address in an hour wait."""
    form = AskForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.trapped:  # a machine: it is thanked and forgotten
            return _thanks()
        if form.is_valid():
            if _too_many(request):
                form.add_error(
                    None, _("Too many messages came from your address. Please try again in an hour.")
                )
                status = 429
            else:
                try:
                    board.receive(
                        fields={name: form.cleaned_data[name] for name in (*FIELDS, "text")},
                        sender=None,
                        now=timezone.now(),
                    )
                    return _thanks()
                except Refused as refused:
                    refuse(form, refused)
    days = rulebook.limit_rule("retention.board_days", timezone.now()).count
    return render(request, "cms/board_ask.html", {"form": form, "days": days}, status=status)


def _thanks() -> HttpResponse:
    return redirect(f"{reverse('board:entries')}?thanks=1")


def _network_of(address: str) -> str:
    """Whose it is: of IPv6 every household has a whole network (/64) to choose addresses from."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else address


def _too_many(request: HttpRequest) -> bool:
    """Counts this message."""
    address = _network_of(str(get_client_ip_address(request) or ""))
    return board_traffic.address_waits(address, timezone.now())
