"""Lists of money over all suppliers: claims of ours, breaches."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from contracts.forms.acts import number
from contracts.forms.choosing import SupplierFilter
from contracts.selectors import money_lists as lists
from office.rulebook.guards import entered, permitted

SEE = "contracts.money"


@require_GET
@permitted(SEE)
def claims(request: HttpRequest) -> HttpResponse:
    """What is left to be set off; all of them on another tab; of one supplier."""
    every = request.GET.get("tab") == "all"
    narrow, before = SupplierFilter(request.GET), number(request.GET.get("before"))
    supplier, chosen = narrow.narrowed()
    rows, following = lists.claims(
        open_only=not every, supplier_id=supplier, before=before, permissions=entered(request).permissions
    )
    kept = {**({"tab": "all"} if every else {}), **chosen}
    context = {
        "rows": rows,
        "every": every,
        "narrow": narrow,
        "first_url": f"?{urlencode(kept)}" if before else "",
        "next_url": f"?{urlencode({**kept, 'before': following})}" if following else "",
        "here": "claims",
    }
    return render(request, "contracts/claims.html", context)


@require_GET
@permitted(SEE)
def breaches(request: HttpRequest) -> HttpResponse:
    """Breaches, what they withhold, and what waits to be asked for."""
    before = number(request.GET.get("before"))
    rows, following = lists.breaches(before=before, at=timezone.now())
    context = {
        "rows": rows,
        "first_url": "?" if before else "",
        "next_url": f"?{urlencode({'before': following})}" if following else "",
        "here": "breaches",
    }
    return render(request, "contracts/breaches.html", context)
