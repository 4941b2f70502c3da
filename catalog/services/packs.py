"""A product's data pack (J4): its pictures, its final text and its SKUs as files for shops and distributors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import FinalText, Picture, Product, ProductPicture
from catalog.selectors.content import final_text, pictures_of
from catalog.selectors.goods import access_product
from catalog.selectors.prices import bases_at
from catalog.subjects import product_subject
from office.audit import api as audit
from office.errors import Conflict
from office.files import api as files
from office.tables.marks import new_mark
from office.tables.writing import csv_pieces

if TYPE_CHECKING:
    from office.staff.models import Employee

VERBS = {"catalog.take_pack": gettext_lazy("Data pack taken")}


def pack_product(*, product_id: int, by: Employee, now: datetime) -> tuple[str, list[files.Part]]:
    """The pack's name and its files: pictures in their order, the final text, the SKUs in the range with their prices
    for every channel; no cost and nothing that waits for an agreement; its mark last. Raises NotFound,
    Conflict (`empty`)."""
    product = access_product(product_id)
    pictures, final = pictures_of(product_id), final_text(product_id)
    if not pictures and final is None:
        raise Conflict(_("There is nothing to hand out yet: no picture and no final text."), code="empty")
    parts = [_picture(place, row, product) for place, row in enumerate(pictures, 1)]
    if final is not None:
        parts.append(files.text_part(f"{_('Product text')}.txt", _words(final)))
    parts.append(_skus(product, now))
    mark = new_mark(by, now)
    audit.record_export(
        "catalog.take_pack",
        mark=mark,
        subject=product_subject(product),
        by=by,
        now=now,
        rows=len(parts),
        format="zip",
        data={"pictures": [row.picture_id for row in pictures], "text": final.text_id if final else None},
    )
    return product.title, [*parts, files.mark_part(mark)]


def _picture(place: int, row: ProductPicture, product: Product) -> files.Part:
    def pieces() -> Iterator[bytes]:  # one picture at a time in memory
        yield bytes(Picture.objects.values_list("content", flat=True).get(pk=row.picture_id))

    extension = row.picture.mime.rpartition("/")[2].replace("jpeg", "jpg")
    return files.Part(f"{place:02} {row.caption or product.title}.{extension}", row.picture.size, pieces)


def _words(final: FinalText) -> str:
    text = final.text
    return "\n\n".join(part for part in (text.title, text.points, text.body) if part).replace("\n", "\r\n")


def _skus(product: Product, now: datetime) -> files.Part:
    skus = list(product.skus.filter(active=True).order_by("code"))
    prices = bases_at([sku.pk for sku in skus], now)
    head = (_("Style number"), _("Specification"), _("Barcode"), _("Selling price"))
    rows = [(sku.code, sku.spec, sku.barcode, prices.get(sku.pk)) for sku in skus]
    content = b"".join(csv_pieces([head, *rows]))
    return files.Part(f"{_('SKUs and prices')}.csv", len(content), lambda: iter([content]), text=True)
