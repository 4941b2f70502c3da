"""What is on the site at an instant, computed from times alone: nothing has to happen for it to begin or to end."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from cms.models import Item, Publication


def live_at(now: datetime) -> QuerySet[Publication]:
    """The publications that are shown at the instant: begun, not over, not ended, followed by no other of the same
    item, and the item not taken down."""
    later = Publication.objects.filter(item=OuterRef("item"), starts_at__lte=now).filter(
        Q(starts_at__gt=OuterRef("starts_at")) | Q(starts_at=OuterRef("starts_at"), id__gt=OuterRef("id"))
    )
    return (
        Publication.objects.filter(starts_at__lte=now)
        .filter(Q(ends_at=None) | Q(ends_at__gt=now))
        .filter(Q(ending=None) | Q(ending__at__gt=now))
        .filter(Q(item__hidden_at=None) | Q(item__hidden_at__gt=now))
        .exclude(Exists(later))
    )


def to_come(now: datetime) -> QuerySet[Publication]:
    """Those that will begin."""
    return Publication.objects.filter(starts_at__gt=now, ending=None, item__hidden_at=None)


def live_of(item: Item, now: datetime) -> Publication | None:
    """What of the item is on the site."""
    return live_at(now).filter(item=item).select_related("version", "column", "run", "by").first()


def newest_of(item: Item) -> Publication | None:
    """The latest that was ever carried out: live, to come or over."""
    return (
        item.publications.select_related("version", "column", "run", "by", "ending")
        .order_by("-starts_at", "-id")
        .first()
    )


def ending_next(item: Item, now: datetime) -> Publication | None:
    """What somebody who takes the item off the site means: the one that is live, else the next to begin."""
    found = live_at(now).filter(item=item).select_related("item").first()
    return found or to_come(now).filter(item=item).select_related("item").order_by("starts_at", "id").first()


def next_change(now: datetime, found: QuerySet[Publication] | None = None) -> datetime | None:
    """When time alone will change what is shown: the next beginning or end after the instant."""
    rows = Publication.objects.all() if found is None else found
    begins = rows.filter(starts_at__gt=now).order_by("starts_at").values_list("starts_at", flat=True).first()
    ends = rows.filter(ends_at__gt=now).order_by(F("ends_at").asc()).values_list("ends_at", flat=True).first()
    known = [each for each in (begins, ends) if each is not None]
    return min(known) if known else None
