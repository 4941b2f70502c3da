"""A SKU's market as a workbook: permissioned by the view, logged here, safe to open (C13.5)."""

from __future__ import annotations

import io
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.selectors.goods import access_sku
from catalog.selectors.market import chart
from catalog.subjects import sku_subject
from office.audit import api as audit
from office.tables.marks import new_mark

if TYPE_CHECKING:
    from office.staff.models import Employee

VERBS = {"catalog.market_exported": gettext_lazy("Market exported")}


def export_market(*, sku_id: int, by: Employee, now: datetime) -> bytes:
    """Days and prices, ours first. Texts are written as texts. Raises NotFound."""
    from openpyxl import Workbook  # half a second that every start of every process would pay

    sku = access_sku(sku_id)
    content = chart(sku, now)
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Prices"))
    sheet.append([_text(sheet, _("Day")), *(_text(sheet, each["name"]) for each in content["series"])])
    for place, day in enumerate(content["days"]):
        sheet.append([day, *(each["values"][place] for each in content["series"])])
    mark = new_mark(by, now)
    mark.put_on(book)
    file = io.BytesIO()
    book.save(file)
    audit.record_export(
        "catalog.market_exported",
        mark=mark,
        subject=sku_subject(sku),
        by=by,
        now=now,
        rows=len(content["days"]),
        format="xlsx",
    )
    return file.getvalue()


def _text(sheet: Any, value: str) -> Any:
    """A cell that stays text whatever it begins with."""
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, value=value)
    cell.data_type = "s"
    return cell
