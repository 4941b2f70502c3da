"""What the approvals engine asks about a count whose variance needs agreement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Reason, Sku, StockCount, StockCountLine
from catalog.rules.stock import value_of
from office.approvals import api as approvals
from office.errors import Invalid
from office.rulebook.selectors import holds
from office.staff.models import Employee


def fields(subject_id: str) -> Mapping[str, str]:
    """What was counted over the limit; fixed once it is handed in."""
    lines = StockCountLine.objects.filter(count_id=int(subject_id), beyond=True).select_related("sku")
    return {line.sku.code: f"{line.book} → {line.counted}" for line in lines}


def changes(run: approvals.Run) -> list[approvals.Change]:
    """The book's figure before, the shelf's after, with the reason and what it costs."""
    rows = run.payload["rows"]
    skus = Sku.objects.select_related("product").in_bulk([row["sku"] for row in rows])
    found = []
    for index, row in enumerate(rows):
        sku = skus[row["sku"]]
        name = f"{sku.code} {sku.product.title} {sku.spec}".strip()
        value = value_of(row["change"], sku.cost)
        words = [str(Reason(row["reason"]).label)] if row["reason"] else []
        words += [row["note"]] if row["note"] else []
        words += [_("{amount} yuan at cost").format(amount=f"{value:+,.2f}")] if value is not None else []
        if row.get("before"):
            words += [_("entered lately without an agreement: {pieces}").format(pieces=f"{row['before']:+d}")]
        after = f"{row['counted']} ({row['change']:+d})"
        found += [
            approvals.Change("stock", _("Stock"), str(row["book"]), after, row=name, index=index),
            approvals.Change("reason", _("Reason"), "", " · ".join(words), row=name, index=index),
        ]
    return found


def check(payload: Mapping[str, Any]) -> None:
    """Only what the count found, as it found it. Raises Invalid."""
    lines = {
        line.sku_id: line.variance
        for line in StockCountLine.objects.filter(
            count_id=payload.get("count"), beyond=True, count__state=StockCount.State.DONE
        )
    }
    asked = {row.get("sku"): row.get("change") for row in payload.get("rows", [])}
    if not asked or asked != lines:
        raise Invalid(_("This is not what the count found."), code="not_counted")


def visible(person: Employee, subject_id: str) -> bool:
    """Whoever may look at the stock may look at its counts."""
    return holds(person, "catalog.view_stock", timezone.now())
