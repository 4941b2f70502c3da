"""Reads: one's own offers, what is wrong on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from office.errors import NotFound
from office.files import store
from office.files.models import Offer, StoredFile
from office.files.services import OFFER_KEPT

if TYPE_CHECKING:
    from office.staff.models import Employee


def own_offer(by: Employee, offer_id: int, now: datetime) -> Offer:
    """NotFound for somebody else's, and for one that is used up or too old."""
    offer = Offer.objects.filter(pk=offer_id, made_for=by, made_at__gt=now - OFFER_KEPT).first()
    if offer is None:
        raise NotFound(_("There is no such picture."))
    return offer


def content_of(stored: StoredFile) -> bytes:
    """All of it, for a desk that reads a document. NotFound when the bytes are gone from the disk."""
    try:
        return store.path_of(stored.sha256).read_bytes()
    except FileNotFoundError as error:
        raise NotFound(_("The file is missing from the disk.")) from error


def damaged() -> Iterator[tuple[str, str]]:
    """(SHA-256, "missing" or "changed") of every kept content that is not what it was."""
    for sha256 in (
        StoredFile.objects.order_by("sha256").values_list("sha256", flat=True).distinct().iterator()
    ):
        found = store.digest_of(sha256)
        if found != sha256:
            yield sha256, "changed" if found else "missing"
