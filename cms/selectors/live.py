"""What is on the site at an instant, computed from times alone: nothing has to happen for it to begin or to end."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from cms.models import Item, LiabilityCase, Publication, Takedown


def not_hidden(now: datetime) -> Q:
    """The publications that no takedown hides: made after it, by an approval of their own."""
    return Q(item__hidden_at=None) | Q(item__hidden_at__gt=now) | Q(at__gt=F("item__hidden_at"))


def live_at(now: datetime) -> QuerySet[Publication]:
    """The publications that are shown at the instant: begun, not over, not ended, followed by no other of the same
    item, and not hidden by a takedown."""
    later = Publication.objects.filter(not_hidden(now), item=OuterRef("item"), starts_at__lte=now).filter(
        Q(starts_at__gt=OuterRef("starts_at")) | Q(starts_at=OuterRef("starts_at"), id__gt=OuterRef("id"))
    )
    return (
        Publication.objects.filter(not_hidden(now), starts_at__lte=now)
        .filter(Q(ends_at=None) | Q(ends_at__gt=now))
        .filter(Q(ending=None) | Q(ending__at__gt=now))
        .exclude(Exists(later))
    )


def kept_hidden(item: Item) -> bool:
    """Whether the item was taken down and has not come back since."""
    return item.hidden_at is not None and not item.publications.filter(at__gt=item.hidden_at).exists()


def may_return(item: Item) -> bool:
    """Whether every case about the item was closed as unfounded: then the same content may be asked for again."""
    cases = LiabilityCase.objects.filter(takedown__item=item)
    return Takedown.objects.filter(item=item).exists() and not cases.filter(unfounded=False).exists()


def to_come(now: datetime) -> QuerySet[Publication]:
    """Those that will begin."""
    return Publication.objects.filter(not_hidden(now), starts_at__gt=now, ending=None)


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
