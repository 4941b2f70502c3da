"""The list of products and the page of one: all that they show, in a bounded number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet

from catalog.models import Channel, ChannelListing, Debut, Product, Season, SeasonPick, Sku, StockBalance
from catalog.rules import pricing
from catalog.selectors.content import first_pictures
from catalog.selectors.prices import Live, bases_at, live_prices
from catalog.selectors.tree import with_below
from catalog.subjects import product_subject, season_subject, sku_subject
from office.approvals.models import Run
from office.audit import api as audit
from office.audit.selectors import TimelineRow
from office.finding import wanted

PAGE = 40
#: What the list may be narrowed to: on sale, on sale nowhere, new and waiting to be published.
ON = ("listed", "unlisted", "new")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to. `on`: one of ON, on the channel or on any. `before`: a product."""

    query: str = ""
    category: int | None = None
    channel: int | None = None
    on: str = ""
    before: int | None = None

    @property
    def narrowed(self) -> bool:
        return bool(self.query or self.category or self.channel or self.on)


@dataclass(slots=True)
class Line:
    """One product in the list; `lowest` and `highest` price for every channel, `listed`: the channels it is on."""

    product: Product
    codes: list[str] = field(default_factory=list)
    lowest: Decimal | None = None
    highest: Decimal | None = None
    listed: list[str] = field(default_factory=list)
    picture: int | None = None


def product_list(filters: Filters, now: datetime) -> tuple[list[Line], int | None]:
    """A page, the latest products first, and the key to go on after; seven queries at most, whatever the size."""
    rows = narrowed(filters)
    if filters.before is not None:
        rows = rows.filter(pk__lt=filters.before)
    found = list(rows[: PAGE + 1])
    following = found[PAGE - 1].pk if len(found) > PAGE else None
    return _lines(found[:PAGE], now), following


def narrowed(filters: Filters) -> QuerySet[Product]:
    """All that the filters let through, the latest first."""
    rows = Product.objects.select_related("category").order_by("-pk")
    if filters.query:
        grams = wanted(filters.query)
        rows = rows.filter(words__contains=grams) if grams else rows.none()
    if filters.category is not None:
        rows = rows.filter(category_id__in=with_below(filters.category))
    if filters.on == "new":
        rows = rows.filter(debut__state=Debut.State.OPEN)
    if filters.on in {"listed", "unlisted"} or filters.channel is not None:
        listings = ChannelListing.objects.filter(sku__product_id=OuterRef("pk"), listed=True)
        if filters.channel is not None:
            listings = listings.filter(channel_id=filters.channel)
        there = Exists(listings)
        rows = rows.filter(~there if filters.on == "unlisted" else there)
    return rows


def _lines(products: Sequence[Product], now: datetime) -> list[Line]:
    lines = {product.pk: Line(product) for product in products}
    skus = list(Sku.objects.filter(product_id__in=lines, active=True).order_by("code"))
    bases = bases_at([sku.pk for sku in skus], now)
    for sku in skus:
        line, price = lines[sku.product_id], bases.get(sku.pk)
        line.codes.append(sku.code)
        if price is not None:
            line.lowest = price if line.lowest is None else min(line.lowest, price)
            line.highest = price if line.highest is None else max(line.highest, price)
    on = ChannelListing.objects.filter(sku__product_id__in=lines, listed=True)
    for product_id, name in (
        on.order_by("channel__code").values_list("sku__product_id", "channel__name").distinct()
    ):
        lines[product_id].listed.append(name)
    for product_id, picture in first_pictures(list(lines)).items():
        lines[product_id].picture = picture
    return list(lines.values())


@dataclass(frozen=True, slots=True)
class Cell:
    """A SKU on a channel: on sale since when, and what it costs there now."""

    channel: Channel
    listed: bool
    since: datetime | None
    by_itself: bool
    live: Live | None


@dataclass(frozen=True, slots=True)
class SkuLine:
    """A SKU on the product's page; `price` for every channel, `margin` in percent, `stock` None before the first
    movement."""

    sku: Sku
    stock: int | None
    price: Decimal | None
    margin: Decimal | None
    cells: tuple[Cell, ...]


def sku_lines(product: Product, now: datetime) -> tuple[list[SkuLine], list[Channel]]:
    """The SKUs with their state on every channel; seven queries."""
    skus = list(product.skus.order_by("-active", "code"))
    channels = list(Channel.objects.filter(active=True).order_by("code"))
    ids = [sku.pk for sku in skus]
    bases = bases_at(ids, now)
    live = live_prices(ids, [channel.pk for channel in channels], now)
    listings = {
        (row.sku_id, row.channel_id): row
        for row in ChannelListing.objects.filter(sku_id__in=ids).select_related("fact")
    }
    stock = dict(StockBalance.objects.filter(sku_id__in=ids).values_list("sku_id", "quantity"))
    lines = []
    for sku in skus:
        cells = []
        for channel in channels:
            row = listings.get((sku.pk, channel.pk))
            by_itself = bool(row and row.fact and row.fact.authority_clause)
            cells.append(
                Cell(
                    channel,
                    bool(row and row.listed),
                    row.since if row else None,
                    by_itself,
                    live.get((sku.pk, channel.pk)),
                )
            )
        price = bases.get(sku.pk)
        lines.append(SkuLine(sku, stock.get(sku.pk), price, pricing.margin(price, sku.cost), tuple(cells)))
    return lines, channels


def requests_about(product: Product, sku_ids: Sequence[int]) -> list[Run]:
    """What is on its way about the product, its SKUs and its shelves; tables of prices name many and are left out."""
    about = (
        Q(subject_type="product", subject_id=str(product.pk))
        | Q(subject_type="shelf", subject_id__startswith=f"{product.pk}-")
        | Q(subject_type="pricing", subject_id__in=[f"sku-{pk}" for pk in sku_ids])
    )
    rows = Run.objects.filter(about, state__in=["running", "returned", "agreed"]).select_related("requester")
    return list(rows.order_by("-pk")[:20])


@dataclass(frozen=True, slots=True)
class Moment:
    """A line of the timeline, with what it was about: which SKU, which channel, how much."""

    at: datetime
    verb_label: str
    actor_name: str
    acting_for: str
    clause: str
    sealed: bool
    entry_id: int
    summary: str


def moments(product: Product, skus: Sequence[Sku]) -> list[Moment]:
    """The latest entries about the product and its SKUs, oldest first."""
    subjects = [product_subject(product), *(sku_subject(sku) for sku in skus)]
    return sorted((_moment(row) for row in audit.timeline(*subjects, latest=60)), key=lambda row: row.at)


def sku_moments(sku: Sku) -> list[Moment]:
    """The latest entries about one SKU, oldest first."""
    return [_moment(row) for row in audit.timeline(sku_subject(sku), latest=60)]


def season_moments(season: Season) -> list[Moment]:
    """The latest entries about a season, oldest first: which style, as what, and why."""
    return [_moment(row) for row in audit.timeline(season_subject(season), latest=60)]


def _moment(row: TimelineRow) -> Moment:
    said = row.data
    parts = [row.subject_label if row.subject_type == "sku" else ""]
    parts += [str(said.get("channel", ""))] if isinstance(said.get("channel"), str) else []
    if said.get("price"):
        parts.append(f"¥{said['price']}")
    if said.get("role") in SeasonPick.Role.values:
        parts += [
            str(said.get("sku", "")),
            str(SeasonPick.Role(said["role"]).label),
            str(said.get("why", "")),
        ]
    if isinstance(said.get("version"), int):
        parts.append(f"v{said['version']}")
    summary = " · ".join(part for part in parts if part)
    return Moment(
        row.at, row.verb_label, row.actor_name, row.acting_for, row.clause, row.sealed, row.entry_id, summary
    )


def skus_on(product: Product, channel: Channel, *, listed: bool) -> list[Sku]:
    """The SKUs in the range that are, or are not, on sale on the channel."""
    on = ChannelListing.objects.filter(sku=OuterRef("pk"), channel=channel, listed=True)
    rows = Sku.objects.filter(product=product, active=True)
    return list(rows.filter(Exists(on) if listed else ~Exists(on)).order_by("code"))
