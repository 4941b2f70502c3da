"""What one person has begun at this desk and not brought to an end: others go on with it when he leaves."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Exists, F, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from cms.models import Asset, Item, Publication, Redesign, SiteIncident
from office.staff.models import Employee


class Held(NamedTuple):
    """`key` names it within the desk; `label` is what people call it. A confidential title stays out of it."""

    key: str
    label: str
    url: str


def held_by(person: Employee) -> list[Held]:
    """Drafts of his, posters that are not final, redesigns that are not carried out, incidents that he took on."""
    return [*_drafts(person), *_posters(person), *_redesigns(person), *_incidents(person)]


def _drafts(person: Employee) -> list[Held]:
    """Content whose newest version is his and was never published."""
    out = Publication.objects.filter(version=OuterRef("newest"))
    rows = Item.objects.filter(newest__written_by=person, hidden_at=None).exclude(Exists(out)).order_by("pk")
    return [
        Held(f"item-{row.pk}", f"{_('Content')} · {row.subject.label}", reverse("cms:item", args=[row.pk]))
        for row in rows
    ]


def _posters(person: Employee) -> list[Held]:
    rows = (
        Asset.objects.filter(created_by=person, purpose=Asset.Purpose.POSTER, retired_at=None)
        .exclude(final__version=F("newest"))
        .order_by("pk")
    )
    return [
        Held(f"asset-{row.pk}", f"{_('Poster')} · {row.title}", reverse("cms:asset", args=[row.pk]))
        for row in rows
    ]


def _redesigns(person: Employee) -> list[Held]:
    rows = Redesign.objects.filter(created_by=person, dropped_at=None, done=None).order_by("pk")
    return [
        Held(f"redesign-{row.pk}", f"{_('Redesign')} · {row.title}", reverse("cms:redesign", args=[row.pk]))
        for row in rows
    ]


def _incidents(person: Employee) -> list[Held]:
    """Taken on and not closed: the post-mortem is still due."""
    rows = (
        SiteIncident.objects.filter(acknowledged_by=person)
        .exclude(state__in=(SiteIncident.State.OPEN, SiteIncident.State.CLOSED))
        .select_related("site")
        .order_by("pk")
    )
    return [
        Held(
            f"incident-{row.pk}",
            f"{_('Incident')} · {row.site.name} #{row.pk}",
            reverse("cms:incident", args=[row.pk]),
        )
        for row in rows
    ]
