"""Reading promotions: one, the list, what is due to begin or end, what a new one would meet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Count, F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Promotion, PromotionPrice, PromotionStop
from office.approvals.models import Run
from office.errors import NotFound

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: State of a promotion → what it is called, and the shape of its mark.
STATES: dict[str, tuple[StrOrPromise, str]] = {
    "planned": (_("being planned"), "stop"),
    "plan_asked": (_("plan is being decided"), "wait"),
    "passed": (_("plan has passed"), "active"),
    "prices_asked": (_("prices are being decided"), "wait"),
    "agreed": (_("agreed, to be carried out"), "wait"),
    "waiting": (_("waits for its begin"), "active"),
    "running": (_("running"), "done"),
    "over": (_("over"), "stop"),
    "stopped": (_("stopped early"), "stop"),
    "lapsed": (_("never carried out"), "stop"),
}


def access_promotion(promotion_id: int) -> Promotion:
    """Raises NotFound."""
    found = Promotion.objects.select_related("by").filter(pk=promotion_id).first()
    if found is None:
        raise NotFound(_("There is no such promotion."))
    return found


def passed_plan(promotion: Promotion) -> Run | None:
    """The plan's executed run, as long as the promotion still says what was agreed."""
    run = (
        Run.objects.filter(
            kind="catalog.promotion_plan",
            subject_type="promotion",
            subject_id=str(promotion.pk),
            state="executed",
        )
        .order_by("-pk")
        .first()
    )
    if run is None:
        return None
    said = run.payload
    same = (
        said["title"] == promotion.title
        and said["goal"] == promotion.goal
        and datetime.fromisoformat(said["from"]) == promotion.starts_at
        and datetime.fromisoformat(said["until"]) == promotion.ends_at
        and said["channels"] == list(promotion.channels)
        and said["may_overlap"] == promotion.may_overlap
    )
    return run if same else None


def plan_has_passed(runs: Sequence[Run]) -> bool:
    """Whether one of these is an executed plan; whether it still says the same, the promotion's page and verbs ask."""
    return any(run.kind == "catalog.promotion_plan" and run.state == "executed" for run in runs)


def still_holding(at: datetime) -> Q:
    """Promotion prices whose promotion was not stopped by `at`, nor before they began."""
    stopped_at = F("promotion__stopped_at")
    return Q(promotion__stopped_at=None) | Q(promotion__stopped_at__gt=at, during__startswith__lt=stopped_at)


def overlaps(
    pairs: Sequence[tuple[int, int]], since: datetime, until: datetime, *, may_overlap: bool
) -> list[PromotionPrice]:
    """Promotion prices on one of the (SKU, channel) pairs that [since, until) would meet although a plan forbids it."""
    if not pairs:
        return []
    wanted = set(pairs)
    rows = PromotionPrice.objects.filter(
        still_holding(since),
        sku_id__in={sku for sku, _channel in wanted},
        during__overlap=(since, until),
    ).select_related("promotion", "sku", "channel")
    if may_overlap:
        rows = rows.filter(may_overlap=False)
    return [row for row in rows.order_by("pk") if (row.sku_id, row.channel_id) in wanted]


def state_of(promotion: Promotion, now: datetime, live: Sequence[Run], passed: bool) -> str:
    """A key of STATES; by the clock, not by when it was noticed. `live`: its runs that have not ended."""
    if promotion.priced_at is not None:
        if promotion.stopped_at is not None and now >= promotion.stopped_at:
            return "stopped"
        if now >= promotion.ends_at:
            return "over"
        return "running" if now >= max(promotion.starts_at, promotion.priced_at) else "waiting"
    if now >= promotion.ends_at:
        return "lapsed"
    for run in live:
        if run.kind == "catalog.promotion":
            return "agreed" if run.state == "agreed" else "prices_asked"
    if passed:
        return "passed"
    return "plan_asked" if live else "planned"


def listed(*, before: int | None = None, limit: int = 30) -> list[Promotion]:
    """The latest first, with the number of prices; a page by key."""
    rows = Promotion.objects.select_related("by").annotate(count=Count("prices"))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows.order_by("-pk")[:limit])


def between(first: datetime, last: datetime) -> list[Promotion]:
    """Those that run in [first, last), for the calendar."""
    rows = Promotion.objects.filter(starts_at__lt=last, ends_at__gt=first)
    return list(rows.order_by("starts_at", "pk")[:200])


def runs_of(promotion_ids: Sequence[int]) -> dict[int, list[Run]]:
    """Promotion → its runs, the latest first; one query."""
    rows = Run.objects.filter(
        Q(state__in=["running", "returned", "agreed"]) | Q(state="executed", kind="catalog.promotion_plan"),
        subject_type="promotion",
        subject_id__in=[str(pk) for pk in promotion_ids],
    )
    found: dict[int, list[Run]] = {pk: [] for pk in promotion_ids}
    for run in rows.order_by("-pk"):
        found[int(run.subject_id)].append(run)
    return found


def stop_of(promotion: Promotion) -> PromotionStop | None:
    """How it was stopped early, if it was."""
    if promotion.stopped_at is None:
        return None
    found: PromotionStop = PromotionStop.objects.select_related("run__executed_by").get(promotion=promotion)
    return found


def prices_of(promotion_id: int) -> list[PromotionPrice]:
    """By SKU and channel."""
    rows = PromotionPrice.objects.filter(promotion_id=promotion_id)
    return list(rows.select_related("sku", "channel").order_by("sku__code", "channel__code"))
