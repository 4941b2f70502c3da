"""The two pictures of one's own offer, for the comparison. Kept files are served by the desks that own them."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_GET

from office.files import selectors
from office.files.serving import serve_bytes
from office.rulebook.guards import person


@require_GET
@login_required
def offer_picture(request: HttpRequest, pk: int, which: str) -> HttpResponseBase:
    """`which`: original or smaller."""
    offer = selectors.own_offer(person(request), pk, timezone.now())
    original = which == "original"
    return serve_bytes(
        request,
        offer.original_sha256 if original else offer.smaller_sha256,
        mime=offer.original_mime if original else offer.smaller_mime,
        name=offer.name,
        inline=True,
    )
