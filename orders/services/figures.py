"""Exporting figures: permissioned by the view, logged here, safe to open in a spreadsheet."""

from __future__ import annotations

import io
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from office.audit import api as audit
from office.rulebook.calendar import ZONE
from office.staff.models import Employee
from office.subjects import Subject
from office.tables.workbook import text_cell
from orders.models import Shop
from orders.selectors import figures
from orders.selectors.watch import watch_gaps


def export_figures(*, period: figures.Period, scope: figures.Scope, by: Employee, now: datetime) -> bytes:
    """An XLSX workbook: arrivals, both distributions, kept and late per rule and person, watch gaps (C13.5: logged).

    Texts are written as texts, so a name that begins with `=` is no formula. The first sheet says who took it and when.
    """
    from openpyxl import Workbook  # half a second that every start of every process would pay

    content = figures.summary(period, now, scope)
    shop = Shop.objects.get(pk=scope.shop_id) if scope.shop_id is not None else None
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("About"))
    for line in (
        (_("Period"), f"{period.first} – {period.last}"),
        (_("Shop"), shop.name if shop else _("All shops")),
        (_("Taken by"), f"{by.name} ({by.number})"),
        (_("Taken at"), f"{now.astimezone(ZONE):%Y-%m-%d %H:%M}"),
    ):
        sheet.append([text_cell(sheet, cell) for cell in line])
    sheet = book.create_sheet(_("Arrivals"))
    sheet.append([_("Hour"), _("Number of orders"), _("Mean of a day")])
    for hour, (count, mean) in enumerate(zip(content["arrivals"], content["arrivals_mean"], strict=True)):
        sheet.append([hour, count, round(mean, 2)])
    for title, distribution in (
        (_("Time to accept"), content["accept"]),
        (_("Time to contact"), content["contact"]),
    ):
        sheet = book.create_sheet(title)
        sheet.append([_("Minutes"), _("Number of orders")])
        for label, count in zip(content["labels"], distribution.columns, strict=True):
            sheet.append([text_cell(sheet, label), count])
        for label, seconds in (
            (_("Median, seconds"), distribution.median),
            (_("90 % within, seconds"), distribution.p90),
            (_("95 % within, seconds"), distribution.p95),
        ):
            sheet.append([label, None if seconds is None else round(float(seconds), 1)])
    sheet = book.create_sheet(_("Kept and late"))
    sheet.append([_("Rule"), _("Clause"), _("Person"), _("Kept"), _("Late"), _("Running")])
    for row in content["rows"]:
        cells = [text_cell(sheet, cell) for cell in (row.rule, row.clause, row.holder)]
        sheet.append([*cells, row.kept, row.late, row.open])
    sheet = book.create_sheet(_("Unwatched"))
    sheet.append([_("From"), _("To"), _("Minutes")])
    for gap in watch_gaps(start=period.start, end=period.end, now=now):
        sheet.append(
            [
                text_cell(sheet, f"{gap.start.astimezone(ZONE):%Y-%m-%d %H:%M}"),
                text_cell(sheet, f"{gap.end.astimezone(ZONE):%Y-%m-%d %H:%M}"),
                round(gap.length.total_seconds() / 60, 1),
            ]
        )
    file = io.BytesIO()
    book.save(file)
    with transaction.atomic():
        audit.record(
            "orders.figures_exported",
            subject=Subject("figures", f"{period.first:%Y%m%d}-{period.last:%Y%m%d}"),
            by=by,
            now=now,
            data={"shop": shop.code if shop else "", "rows": len(content["rows"])},
            clause="C13.5",
        )
    return file.getvalue()
