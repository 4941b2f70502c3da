"""Differences between channels and what was agreed, for pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Channel, LiveCheck, LiveDifference
from office.deadlines.models import Deadline
from office.errors import NotFound

PAGE = 50
RIGHT = "catalog.live_difference"


def channels() -> list[Any]:
    """The channels with their feed, `differing` now, and `checked`: the last comparison."""
    rows: list[Any] = list(
        Channel.objects.filter(active=True)
        .select_related("feed")
        .annotate(differing=Count("differences", filter=Q(differences__closed_at=None)))
        .order_by("code")
    )
    last = {
        check.channel_id: check
        for check in LiveCheck.objects.order_by("channel_id", "-id").distinct("channel_id").defer("refused")
    }
    for row in rows:
        row.checked = last.get(row.pk)
        row.source = getattr(row, "feed", None)
    return rows


def differences(
    *, channel: int | None, kind: str, closed: bool, before: int | None
) -> tuple[list[LiveDifference], int | None]:
    """The latest first, a page by key."""
    rows = LiveDifference.objects.filter(closed_at__isnull=not closed).select_related(
        "channel", "sku__product", "holder"
    )
    if channel is not None:
        rows = rows.filter(channel_id=channel)
    if kind:
        rows = rows.filter(kind=kind)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def with_due(rows: Sequence[Any]) -> None:
    """`clock`: until when each is to be put right, None where no such time runs; one query."""
    clocks = Deadline.objects.filter(
        rule=RIGHT, subject_type="live_difference", subject_id__in=[str(row.pk) for row in rows]
    ).exclude(state=Deadline.State.CANCELLED)
    found = {clock.subject_id: clock for clock in clocks.order_by("pk")}
    for row in rows:
        row.clock = found.get(str(row.pk))


def access_difference(difference_id: int) -> LiveDifference:
    """Raises NotFound."""
    found = (
        LiveDifference.objects.select_related("channel", "sku__product", "holder")
        .filter(pk=difference_id)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such difference."))
    return found


def access_check(check_id: int) -> LiveCheck:
    """Raises NotFound."""
    found = LiveCheck.objects.select_related("channel", "by").filter(pk=check_id).first()
    if found is None:
        raise NotFound(_("There is no such check."))
    return found


def access_channel(channel_id: int) -> Channel:
    """Raises NotFound."""
    found = Channel.objects.filter(pk=channel_id, active=True).first()
    if found is None:
        raise NotFound(_("There is no such channel."))
    return found
