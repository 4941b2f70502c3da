"""What one person has begun at this desk and not brought to an end: others go on with it when he leaves."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.models import PriceSheet, Promotion, StockCount
from catalog.subjects import sheet_pricing
from office.approvals.models import Run
from office.staff.models import Employee

SHEETS = 100


class Held(NamedTuple):
    """`key` names it within the desk; `label` is what people call it."""

    key: str
    label: str
    url: str


def held_by(person: Employee, now: datetime) -> list[Held]:
    """Promotions that are not over, counts that he took part in, price tables whose prices nobody was asked for."""
    return [*_promotions(person, now), *_counts(person), *_sheets(person)]


def _promotions(person: Employee, now: datetime) -> list[Held]:
    rows = Promotion.objects.filter(by=person, ends_at__gt=now, stopped_at=None).order_by("starts_at", "pk")
    return [
        Held(
            f"promotion-{row.pk}",
            f"{_('Promotion')} · {row.title}",
            reverse("catalog:promotion", args=[row.pk]),
        )
        for row in rows
    ]


def _counts(person: Employee) -> list[Held]:
    rows = (
        StockCount.objects.filter(state=StockCount.State.OPEN, lines__entered_by=person)
        .select_related("category")
        .distinct()
        .order_by("pk")
    )
    return [
        Held(
            f"count-{row.pk}",
            f"{_('Stock count')} · {row.category.name}",
            reverse("catalog:count", args=[row.pk]),
        )
        for row in rows
    ]


def _sheets(person: Employee) -> list[Held]:
    """The newest tables. One whose request was refused or taken back may be asked for again, so it is still held."""
    rows = list(PriceSheet.objects.filter(by=person).defer("lines").order_by("-pk")[:SHEETS])
    subjects = {sheet_pricing(row).id: row for row in rows}
    if not rows:
        return []
    done = set(
        Run.objects.filter(
            subject_type=sheet_pricing(rows[0]).type, subject_id__in=subjects, state=Run.State.EXECUTED
        ).values_list("subject_id", flat=True)
    )
    return [
        Held(
            f"sheet-{row.pk}",
            f"{_('Price table')} · {row.filename}",
            reverse("catalog:sheet", args=[row.pk]),
        )
        for key, row in sorted(subjects.items(), key=lambda pair: pair[1].pk)
        if key not in done
    ]
