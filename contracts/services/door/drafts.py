"""What a contact had typed when its visit was over is kept for it, and comes back after the next code.

Only for a browser that has been inside by this link, and only words: a file is chosen again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction

from contracts.models import DoorDraft, DoorLink, SupplierContact
from contracts.selectors import door as selectors
from contracts.selectors.door import State

#: More than any form of the door holds.
MOST_FIELDS, LONGEST = 120, 2000


@transaction.atomic
def keep(*, link: DoorLink, key: str, page: str, typed: Mapping[str, str], now: datetime) -> bool:
    """Whether it was kept: not for a browser that never showed a code of this link, nor for a link that was ended."""
    known = selectors.was_inside(link, key)
    fields = {
        name[:60]: text.replace("\x00", "")[:LONGEST]
        for name, text in list(typed.items())[:MOST_FIELDS]
        if name != "csrfmiddlewaretoken" and text.strip()
    }
    if not known or not fields or selectors.state_of(link, now) is State.SHUT or len(page) > 80:
        return False
    DoorDraft.objects.update_or_create(
        contact_id=link.contact_id, page=page, defaults={"fields": fields, "at": now}
    )
    return True


def typed(contact: SupplierContact, pages: Iterable[str], now: datetime) -> dict[str, str]:
    """What was typed on these pages, by field; kept as long as a link is good."""
    since = now - selectors.terms(now).link
    rows = DoorDraft.objects.filter(contact=contact, page__in=list(pages), at__gt=since).order_by("at")
    found: dict[str, str] = {}
    for row in rows:
        found |= row.fields
    return found


def forget(*, contact: SupplierContact, page: str) -> None:
    """It was handed in."""
    DoorDraft.objects.filter(contact=contact, page=page).delete()


def forget_old(*, now: datetime) -> None:
    DoorDraft.objects.filter(at__lte=now - selectors.terms(now).link).delete()
