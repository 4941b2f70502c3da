"""Lists of goods that leave the house: permissioned, in the trail, safe to open in a spreadsheet (C13.5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import ChannelListing, Price, Sku
from catalog.selectors import pages, stock
from catalog.selectors.goods import access_sku
from catalog.selectors.prices import bases_at
from catalog.selectors.tree import paths
from catalog.services.stock.writing import require
from catalog.subjects import sku_subject
from office.audit import api as audit
from office.enumerating import enumerated
from office.errors import Invalid, Refused
from office.rulebook import api as rulebook
from office.subjects import Subject
from office.tables.marks import new_mark
from office.tables.writing import Cell, csv_pieces, workbook

if TYPE_CHECKING:
    from office.staff.models import Employee

EXPORT, COST = "catalog.export", "catalog.view_cost"
#: Rows of one export.
MOST = 20_000
FORMATS = ("xlsx", "csv")
VERBS = {"catalog.list_exported": gettext_lazy("List of goods exported")}


def export_products(
    *, filters: pages.Filters, format: str, by: Employee, now: datetime
) -> BinaryIO | Iterator[bytes]:
    """The list at hand, a row for each SKU in the range; costs only for whoever may see them. Raises Forbidden,
    Invalid, Refused (`too_many`)."""
    _require(by, format, now)
    skus = (
        Sku.objects.filter(product__in=pages.narrowed(filters), active=True)
        .select_related("product")
        .order_by("-product_id", "code")
    )
    rows = list(skus[: MOST + 1])
    _require_few(len(rows))
    ids = [sku.pk for sku in rows]
    bases, on = bases_at(ids, now), _listed(ids)
    where = paths(sku.product.category_id for sku in rows)
    costs = rulebook.may(by, COST, now)
    head = [
        _("Product"), _("Brand"), _("Category"), _("Style number"), _("Specification"), _("Barcode"),
        *([_("Cost")] if costs else []), _("Selling price"), _("On sale"),
    ]  # fmt: skip
    table: list[list[Cell]] = [[*head]]
    for sku in rows:
        table.append(
            [
                sku.product.title, sku.product.brand, where[sku.product.category_id], sku.code, sku.spec, sku.barcode,
                *([sku.cost] if costs else []), bases.get(sku.pk), enumerated(on.get(sku.pk, [])),
            ]
        )  # fmt: skip
    subject = Subject("goods_list", "products", _("Products"))
    return _given(_("Products"), table, subject, format, by, now)


def export_stock(
    *, filters: stock.Filters, format: str, by: Employee, now: datetime
) -> BinaryIO | Iterator[bytes]:
    """Every SKU of the list at hand with what is left of it. Raises Forbidden, Invalid, Refused (`too_many`)."""
    _require(by, format, now)
    rows = list(stock.narrowed(filters)[: MOST + 1])
    _require_few(len(rows))
    where = paths(sku.product.category_id for sku in rows)
    table: list[list[Cell]] = [
        [
            _("Style number"), _("Product"), _("Specification"), _("Category"), _("Pieces left"), _("Last moved"),
            _("Last counted"),
        ]
    ]  # fmt: skip
    for sku in rows:
        table.append(
            [
                sku.code, sku.product.title, sku.spec, where[sku.product.category_id], sku.quantity, sku.moved_at,
                sku.counted_at,
            ]
        )  # fmt: skip
    return _given(_("Stock"), table, Subject("goods_list", "stock", _("Stock")), format, by, now)


def export_prices(*, sku_id: int, format: str, by: Employee, now: datetime) -> BinaryIO | Iterator[bytes]:
    """Every agreed price of a SKU, the latest written first. Raises NotFound, Forbidden, Invalid, Refused."""
    sku = access_sku(sku_id)
    _require(by, format, now)
    prices = list(
        Price.objects.filter(sku=sku).select_related("channel", "run__requester").order_by("-pk")[: MOST + 1]
    )
    _require_few(len(prices))
    table: list[list[Cell]] = [
        [
            _("Style number"), _("Effective from"), _("Sales channel"), _("Selling price"), _("Written at"),
            _("Request"), _("Asked by"), _("Clause"),
        ]
    ]  # fmt: skip
    for price in prices:
        run = price.run
        table.append(
            [
                sku.code, price.starts_at, price.channel.name if price.channel else _("All channels"), price.amount,
                price.at, run.pk if run else None, run.requester.name if run else "",
                run.clause if run else price.authority_clause,
            ]
        )  # fmt: skip
    return _given(_("Price history"), table, sku_subject(sku), format, by, now)


def _require(by: Employee, format: str, now: datetime) -> None:
    require(by, EXPORT, now)
    if format not in FORMATS:
        raise Invalid(_("Choose a format."), code="format")


def _require_few(count: int) -> None:
    if count > MOST:
        raise Refused(
            _("These are more than {count} rows. Narrow the list down, and take it in parts.").format(
                count=f"{MOST:,}"
            ),
            code="too_many",
        )


def _listed(sku_ids: Sequence[int]) -> dict[int, list[str]]:
    """SKU → the channels on which it is on sale."""
    found: dict[int, list[str]] = {}
    rows = ChannelListing.objects.filter(sku_id__in=sku_ids, listed=True).order_by("channel__code")
    for sku_id, name in rows.values_list("sku_id", "channel__name"):
        found.setdefault(sku_id, []).append(name)
    return found


def _given(
    title: str, table: list[list[Cell]], subject: Subject, format: str, by: Employee, now: datetime
) -> BinaryIO | Iterator[bytes]:
    """What was looked for stays out of the trail; who took how many rows stands in it."""
    mark = new_mark(by, now)
    audit.record_export(
        "catalog.list_exported",
        mark=mark,
        subject=subject,
        by=by,
        now=now,
        clause=rulebook.permission_rule(EXPORT, at=now).clause,
        rows=len(table) - 1,
        format=format,
        filters={"list": title},
    )
    if format == "csv":
        return csv_pieces(table, mark)
    about: list[list[Cell]] = [
        [title, len(table) - 1],
        [_("Taken by"), f"{by.name} ({by.number})"],
        [_("Taken at"), now],
    ]
    return workbook([(title, table), (_("About"), about)], mark)
