"""Stock for pages: the list, one SKU, counts, what waits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from catalog.models import Sku, StockBalance, StockCount, StockCountLine, StockMovement, UnmatchedGoods
from catalog.selectors.tree import with_below
from catalog.services.stock.counting import goods_of
from catalog.services.stock.writing import Source
from office.deadlines.models import Deadline
from office.errors import NotFound
from office.finding import wanted

PAGE = 50
STATES = ("oversold", "zero", "left")


@dataclass(frozen=True, slots=True)
class Filters:
    """`query` over style number, name and barcode; `state` one of STATES or ""; `after`: the style number before the
    page."""

    query: str = ""
    category: int | None = None
    state: str = ""
    after: str = ""


def stock_list(filters: Filters) -> tuple[list[Any], str]:
    """SKUs with `quantity` and `counted_at`, by style number, and where the next page begins ("" for nowhere)."""
    rows = narrowed(filters)
    if filters.after:
        rows = rows.filter(code__gt=filters.after)
    found = list(rows[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].code if len(found) > PAGE else ""


def narrowed(filters: Filters) -> QuerySet[Any]:
    """All that the filters let through, by style number, with `quantity`, `moved_at` and `counted_at`."""
    rows = Sku.objects.select_related("product__category").annotate(
        quantity=Coalesce(F("balance__quantity"), 0),
        moved_at=F("balance__moved_at"),
        counted_at=_counted_at(),
    )
    if filters.query:
        rows = rows.filter(product__words__contains=wanted(filters.query))
    if filters.category is not None:
        rows = rows.filter(product__category_id__in=with_below(filters.category))
    match filters.state:
        case "oversold":
            rows = rows.filter(balance__quantity__lt=0)
        case "zero":
            rows = rows.filter(Q(balance=None) | Q(balance__quantity=0), active=True)
        case "left":
            rows = rows.filter(balance__quantity__gt=0)
    return rows.order_by("code")


def _counted_at() -> Subquery:
    lines = StockCountLine.objects.filter(sku=OuterRef("pk"), count__state=StockCount.State.DONE)
    return Subquery(lines.order_by("-entered_at").values("entered_at")[:1])


def numbers() -> Mapping[str, int]:
    """How much there is to see to: oversold SKUs, unmatched goods, open counts."""
    return {
        "oversold": StockBalance.objects.filter(quantity__lt=0).count(),
        "unmatched": UnmatchedGoods.objects.filter(state=UnmatchedGoods.State.WAITING).count(),
        "counts": StockCount.objects.filter(state=StockCount.State.OPEN).count(),
    }


def stock_now(sku_ids: Iterable[int]) -> dict[int, tuple[int, datetime | None]]:
    """SKU → (pieces, when it was last counted); one query."""
    rows = Sku.objects.filter(pk__in=list(sku_ids)).annotate(
        quantity=Coalesce(F("balance__quantity"), 0), counted_at=_counted_at()
    )
    return {row.pk: (row.quantity, row.counted_at) for row in rows}


def counted_and_there(sku_ids: Iterable[int]) -> set[int]:
    """The SKUs with pieces left that somebody counted since goods last came in, in a count that was handed in; one
    query. For whoever asks whether goods may be listed (C11.2, J6)."""
    receipts = StockMovement.objects.filter(
        sku=OuterRef("pk"), source__in=[Source.RECEIPT, Source.PURCHASE], change__gt=0
    )
    rows = Sku.objects.filter(pk__in=list(sku_ids), balance__quantity__gt=0).annotate(
        counted_at=_counted_at(), received_at=Subquery(receipts.order_by("-id").values("at")[:1])
    )
    known = rows.filter(counted_at__isnull=False)
    return set(
        known.filter(Q(received_at=None) | Q(counted_at__gte=F("received_at"))).values_list("pk", flat=True)
    )


def movements(sku_id: int, before: int | None) -> tuple[list[Any], int | None]:
    """The latest first, with `back`: how many pieces of an order's line are in stock again."""
    returned = (
        StockMovement.objects.filter(
            order_id=OuterRef("order_id"), position=OuterRef("position"), source=Source.ORDER_BACK
        )
        .values("order_id")
        .annotate(pieces=Sum("change"))
        .values("pieces")
    )
    rows = (
        StockMovement.objects.filter(sku_id=sku_id)
        .select_related("by", "count__category")
        .annotate(back=Coalesce(Subquery(returned), 0))
    )
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found: list[Any] = list(rows.order_by("-pk")[: PAGE + 1])
    for row in found:
        row.may_come_back = -row.change - row.back if row.source == Source.ORDER else 0
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def unmatched_page(before: int | None) -> tuple[list[Any], int | None]:
    """What waits first, one line for each name that a shop uses (`same`: how many more wait under it), then what was
    settled, the latest first."""
    rows = UnmatchedGoods.objects.exclude(state=UnmatchedGoods.State.WAITING).select_related(
        "sku", "resolved_by"
    )
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found: list[Any] = list(rows.order_by("-pk")[: PAGE + 1])
    following = found[PAGE - 1].pk if len(found) > PAGE else None
    return ([] if before is not None else _waiting_names()) + found[:PAGE], following


def _waiting_names() -> list[Any]:
    shown: dict[tuple[str, str], Any] = {}
    for row in UnmatchedGoods.objects.filter(state=UnmatchedGoods.State.WAITING).order_by("-pk")[:1000]:
        key = (row.shop, row.code or f"#{row.pk}")
        if key in shown:
            shown[key].same += 1
        else:
            shown[key] = row
            shown[key].same = 0
    return list(shown.values())


def counts_page(before: int | None) -> tuple[list[Any], list[Any], int | None]:
    """The open counts with their deadline, the ended ones a page by key."""
    rows = StockCount.objects.select_related("category", "handed_in_by").annotate(
        differing=Count("lines", filter=~Q(lines__counted=F("lines__book"))), counted=Count("lines")
    )
    running: list[Any] = list(rows.filter(state=StockCount.State.OPEN).order_by("category__name"))
    due = _due(running)
    for count in running:
        count.due_at = due.get(str(count.pk))
    ended = rows.exclude(state=StockCount.State.OPEN)
    if before is not None:
        ended = ended.filter(pk__lt=before)
    found = list(ended.order_by("-pk")[: PAGE + 1])
    return running, found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def due_of(count: StockCount) -> Deadline | None:
    """The clock of a count, running or not."""
    return (
        Deadline.objects.filter(subject_type="stock_count", subject_id=str(count.pk)).order_by("-pk").first()
    )


def _due(counts: Iterable[StockCount]) -> dict[str, datetime]:
    rows = Deadline.objects.filter(
        subject_type="stock_count", subject_id__in=[str(count.pk) for count in counts], state="open"
    )
    return dict(rows.values_list("subject_id", "due_at"))


def access_count(count_id: int) -> StockCount:
    """Raises NotFound."""
    found = (
        StockCount.objects.select_related("category", "opened_by", "handed_in_by").filter(pk=count_id).first()
    )
    if found is None:
        raise NotFound(_("There is no such stock count."))
    return found


def sheet(count: StockCount) -> list[Any]:
    """The goods of the count by style number, each with its `line` or None, and `stock` of now."""
    lines = {line.sku_id: line for line in count.lines.select_related("entered_by")}
    ids = set(lines)
    if count.state == StockCount.State.OPEN:
        ids |= set(goods_of(count.category_id).values_list("pk", flat=True))
    rows: list[Any] = list(
        Sku.objects.filter(pk__in=ids).select_related("product", "balance").order_by("code")
    )
    moving = dict(count.movements.values_list("sku_id", "change"))
    for row in rows:
        row.line = lines.get(row.pk)
        row.entered = moving.get(row.pk)
    return rows


def day_counts() -> list[tuple[StockCount, datetime | None, datetime]]:
    """(count, due, begun) of the open counts, for one's day."""
    running = list(StockCount.objects.filter(state=StockCount.State.OPEN).select_related("category"))
    due = _due(running)
    return [(count, due.get(str(count.pk)), count.scheduled_at or count.opened_at) for count in running]
