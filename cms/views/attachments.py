"""The bytes of attachments: for staff who may see the content, for anybody while it is on the site."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe

from cms.selectors import attachments
from cms.services import packs
from cms.views.public import nothing
from office.errors import NotFound
from office.files import api as files
from office.rulebook import sudo
from office.rulebook.guards import person


@require_GET
@login_required
def attachment(request: HttpRequest, pk: int, number: int, place: int) -> HttpResponseBase:
    """Of one version."""
    stored = attachments.staff_file(person(request), pk, number, place, timezone.now())
    return files.serve(request, stored)


@require_POST
@login_required
@sudo.fresh
def attachment_pack(request: HttpRequest, pk: int, number: int) -> HttpResponseBase:
    """All of one version in one ZIP; logged."""
    now = timezone.now()
    name, parts = packs.pack_attachments(item_id=pk, number=number, by=person(request), now=now)
    return files.serve_pack(parts, name=name, at=now)


@require_safe
def public_file(request: HttpRequest, slug: str, pk: str, sha256: str) -> HttpResponseBase:
    """Of what is on the site."""
    try:
        return files.serve(request, attachments.public_file(int(pk), sha256, timezone.now()), public=True)
    except NotFound:
        return nothing()
