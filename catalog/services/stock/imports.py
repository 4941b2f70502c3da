"""Counted figures from a file: what fits is entered, what does not is kept as it was written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, override

from catalog.models import CountImport, Reason, Sku, StockCount
from catalog.models.stock import VARIANCE_REASONS
from catalog.rules.count_file import CountFile, RefusedRow
from catalog.services.stock.counting import Entry, enter_counts, goods_of
from catalog.services.stock.writing import COUNT, require
from catalog.subjects import count_subject
from office.audit import api as audit
from office.errors import Invalid, NotFound
from office.tables.text import clean_tree

if TYPE_CHECKING:
    from office.staff.models import Employee

VERBS = {"catalog.counts_imported": _("Counted figures read from a file")}
#: Refused rows that are kept; beyond them only their number is.
KEPT = 2_000


@transaction.atomic
def import_counts(
    *, count_id: int, filename: str, content: CountFile, by: Employee, now: datetime
) -> CountImport:
    """Enter the figures of a file that fit this count. Raises Forbidden, NotFound, Conflict (`ended`), Invalid
    (`unknown_header`)."""
    require(by, COUNT, now)
    count = StockCount.objects.filter(pk=count_id).first()
    if count is None:
        raise NotFound(_("There is no such stock count."))
    if content.header is None:
        raise Invalid(
            _(
                "No row names the columns. The file needs a column “款号” (or “条码”) and a column “实盘数量”; a column"
                " “差异原因” may say why."
            ),
            code="unknown_header",
        )
    goods = {**_by(goods_of(count.category_id), "barcode"), **_by(goods_of(count.category_id), "code")}
    entries: dict[int, Entry] = {}
    refused = list(content.refused)
    reasons = _reasons()
    for row in content.rows:
        sku = goods.get(row.code)
        if sku is None:
            refused.append(
                RefusedRow(row.row, row.cells, gettext_noop("This is not among the goods of this count."))
            )
        elif sku.pk in entries:
            refused.append(
                RefusedRow(row.row, row.cells, gettext_noop("The same goods stand in another row."))
            )
        else:
            reason = reasons.get(row.reason, Reason.OTHER if row.reason else "")
            note = row.reason if reason == Reason.OTHER else ""
            entries[sku.pk] = Entry(sku.pk, row.counted, str(reason), note)
    if entries:
        enter_counts(count_id=count_id, entries=list(entries.values()), by=by, now=now)
    refused.sort(key=lambda row: row.row)
    kept = CountImport.objects.create(
        count=count,
        filename=filename[-120:],
        header=clean_tree(list(content.header)),
        taken=len(entries),
        refused=[
            clean_tree(
                {"row": row.row, "cells": list(row.cells), "code": row.message, "params": dict(row.params)}
            )
            for row in refused[:KEPT]
        ],
        more=max(0, len(refused) - KEPT),
        at=now,
        by=by,
    )
    audit.record(
        "catalog.counts_imported",
        subject=count_subject(count),
        by=by,
        now=now,
        clause=count.clause,
        data={"file": kept.filename, "taken": kept.taken, "refused": len(refused)},
    )
    return kept


def _by(goods: object, name: str) -> Mapping[str, Sku]:
    return {value: sku for sku in goods if (value := getattr(sku, name))}  # type: ignore[attr-defined]


def _reasons() -> Mapping[str, Reason]:
    """What a file may say in the column of reasons: the value, or the words of either language."""
    found: dict[str, Reason] = {}
    for language in ("zh-hans", "en"):
        with override(language):
            found |= {str(reason.label): reason for reason in VARIANCE_REASONS}
    return found | {str(reason.value): reason for reason in VARIANCE_REASONS}
