"""What pages read of batches: lists by key, one batch, its refused rows opened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from guardian.shortcuts import get_objects_for_user

from office import crypto
from office.errors import NotFound
from office.staff.models import Employee
from office.tables.table import header_name
from orders.intake.formats import GENERIC, MENDABLE
from orders.intake.formats.generic import FIELDS, guess_mapping
from orders.intake.kept import open_cells
from orders.models import Batch, Order, RejectedRow, Shop

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: A page shows mobile numbers masked; the download, which the trail records, shows them whole.
_MOBILE = re.compile(r"(?<!\d)(1\d{2})\d{4}(\d{4})(?!\d)", re.ASCII)
PAGE = 30
#: Imports of one export, the newest.
EXPORTED = 5_000
ROWS = 50
#: States in which a batch still moves by itself.
MOVING = (Batch.State.QUEUED, Batch.State.RUNNING)


def shops_for(employee: Employee) -> QuerySet[Shop]:
    """Active shops whose orders this person may work: a restricted one only when it was granted."""
    granted = get_objects_for_user(employee, "orders.work_shop", klass=Shop, with_superuser=False)
    return (
        Shop.objects.filter(active=True)
        .filter(Q(restricted=False) | Q(pk__in=granted.values("pk")))
        .order_by("code")
    )


def visible_batches(employee: Employee) -> QuerySet[Batch]:
    """Batches of the shops that this person may work, newest first."""
    granted = get_objects_for_user(employee, "orders.work_shop", klass=Shop, with_superuser=False)
    return (
        Batch.objects.filter(Q(shop__restricted=False) | Q(shop__in=granted.values("pk")))
        .select_related("shop", "by")
        .defer("wrapped_key", "header", "detail_header")
        .order_by("-pk")
    )


def batch_for(employee: Employee, batch_id: int) -> Batch:
    """One batch. Raises NotFound when there is none that this person may see."""
    batch = visible_batches(employee).defer(None).filter(pk=batch_id).first()
    if batch is None:
        raise NotFound(_("There is no such import."))
    return batch


def refused_rows(
    batch: Batch, key: bytes, *, in_detail: bool = False, after: int = 0, limit: int | None = None
) -> Iterator[tuple[RejectedRow, list[str]]]:
    """Refused and conflicting rows with their cells opened, in the file's order, behind the id `after`."""
    found = batch.rejected_rows.filter(in_detail=in_detail, pk__gt=after).order_by("pk")
    for row in found[:limit] if limit else found.iterator(chunk_size=1_000):
        yield row, open_cells(key, batch.pk, row.row, row.sealed)


def reason_text(row: RejectedRow) -> str:
    """Why, in the reader's language."""
    return str(_(row.message) % row.params)


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One line of the table of refused rows. `id` pages by key; `cells` is None when they were erased."""

    id: int
    row: int
    in_detail: bool
    conflict: bool
    column: str
    reason: str
    order_id: int | None
    cells: list[tuple[str, str, bool]] | None  # header, cell, whether it is the one that is wrong


def refused_page(batch: Batch, *, after: int = 0, limit: int = ROWS) -> tuple[list[RefusedRow], int | None]:
    """A page of refused rows, and the id behind which the next one begins (None: the last page)."""
    key = crypto.unwrap(batch.kek, batch.wrapped_key) if batch.wrapped_key else None
    rows = list(batch.rejected_rows.filter(pk__gt=after).order_by("pk")[: limit + 1])
    more = len(rows) > limit
    shown = [
        RefusedRow(
            id=row.pk,
            row=row.row,
            in_detail=row.in_detail,
            conflict=row.kind == RejectedRow.Reason.CONFLICT,
            column=row.column,
            reason=reason_text(row),
            order_id=row.order_id,
            cells=None
            if key is None
            else _labelled(batch, row, open_cells(key, batch.pk, row.row, row.sealed)),
        )
        for row in rows[:limit]
    ]
    return shown, shown[-1].id if more else None


def _labelled(batch: Batch, row: RejectedRow, cells: list[str]) -> list[tuple[str, str, bool]]:
    header = batch.detail_header if row.in_detail else batch.header
    labels = [*header, *[f"#{place + 1}" for place in range(len(header), len(cells))]]
    wrong = row.column
    return [
        (label, _MOBILE.sub(r"\1****\2", cell), bool(wrong) and header_name(label) == wrong)
        for label, cell in zip(labels, cells, strict=False)
        if cell.strip() or (wrong and header_name(label) == wrong)
    ]


def batch_orders(batch: Batch, *, after: int = 0, limit: int = ROWS) -> tuple[list[Order], int | None]:
    """Orders that the batch booked, by id behind `after`, and where the next page begins."""
    orders = list(
        Order.objects.filter(batch_id=batch.pk, pk__gt=after)
        .select_related("progress")
        .order_by("pk")[: limit + 1]
    )
    more = len(orders) > limit
    return orders[:limit], orders[limit - 1].pk if more else None


def duplicate_orders(batch: Batch, *, after: int = 0, limit: int = ROWS) -> tuple[list[Order], int | None]:
    """Known orders of which the batch brought news (a duplicate that says nothing new leaves no trace)."""
    found = Order.objects.filter(
        events__batch_id=batch.pk, events__kind__in=("shop", "shop_cancelled"), pk__gt=after
    )
    orders = list(
        found.exclude(batch_id=batch.pk).select_related("progress").distinct().order_by("pk")[: limit + 1]
    )
    more = len(orders) > limit
    return orders[:limit], orders[limit - 1].pk if more else None


@dataclass(frozen=True, slots=True)
class MappingRow:
    """One line of the mapping editor: a header of the file and what is proposed for it."""

    header: str
    field: str


def mapping_proposal(batch: Batch) -> list[MappingRow]:
    """The file's headers with the saved mapping where it fits, else a guess."""
    headers = list(dict.fromkeys(header for header in batch.header if header.strip()))
    saved = {
        header_name(header): name for name, header in (batch.mapping or batch.shop.mapping or {}).items()
    }
    known = {header: saved[header_name(header)] for header in headers if header_name(header) in saved}
    if not known:
        known = {header: name for name, header in guess_mapping(headers).items()}
    return [MappingRow(header, known.get(header, "")) for header in headers]


def saved_mapping(batch: Batch) -> list[tuple[StrOrPromise, str]]:
    """What the shop's columns are taken for (name of the field, header), when this batch was read by such a mapping."""
    if batch.format != GENERIC:
        return []
    return [(FIELDS[name], header) for name, header in batch.shop.mapping.items() if name in FIELDS]


def waits_for_mapping(batch: Batch) -> bool:
    """Whether the file is kept until a person says what its columns mean."""
    return batch.state == Batch.State.FAILED and batch.error_code in MENDABLE and bool(batch.stored_as)
