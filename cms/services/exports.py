"""Workbooks of this desk: permissioned by the view, logged here, safe to open in a spreadsheet (C13.5)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from cms.models import SiteIncident
from cms.selectors import rounds, watch
from office.audit import api as audit
from office.rulebook.calendar import ZONE
from office.staff.models import Employee
from office.subjects import Subject
from office.tables.marks import Mark, new_mark

Row = Sequence[Any]
Sheet = tuple[str, Row, Iterable[Row]]
DAYS = 90


def workbook(sheets: Iterable[Sheet], *, mark: Mark, by: Employee, now: datetime) -> bytes:
    """(title, head, rows) each. Texts stay texts, so a name that begins with = is no formula; instants are local. The
    last sheet says who took it and when."""
    from openpyxl import Workbook  # half a second that every start of every process would pay

    book = Workbook(write_only=True)
    about = (
        _("About"),
        (_("Taken by"), _("Taken at")),
        [(f"{by.name} ({by.number})", now)],
    )
    for title, head, rows in (*sheets, about):
        sheet = book.create_sheet(str(title)[:31])
        for row in (head, *rows):
            sheet.append([_cell(sheet, value) for value in row])
    mark.put_on(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _cell(sheet: Any, value: Any) -> Any:
    from openpyxl.cell import WriteOnlyCell

    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    if isinstance(value, datetime):
        value = f"{value.astimezone(ZONE):%Y-%m-%d %H:%M}"
    cell = WriteOnlyCell(sheet, value="".join(c for c in str(value) if c >= " " or c == "\n"))
    cell.data_type = "s"
    return cell


_DAILY = """
SELECT s.name, (p.at AT TIME ZONE 'Asia/Shanghai')::date AS day, count(*), count(*) FILTER (WHERE NOT p.well),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY p.ms), max(p.ms)
FROM cms_probe p JOIN cms_watchedsite s ON s.id = p.site_id
WHERE p.at >= %(since)s AND p.at <= %(until)s GROUP BY s.id, s.name, day ORDER BY s.name, day
"""


def export_watch(*, by: Employee, now: datetime) -> bytes:
    """Sites, looks per site and day, incidents of the last 90 days."""
    since = now - timedelta(days=DAYS)
    with connection.cursor() as cursor:
        cursor.execute(_DAILY, {"since": since, "until": now})
        daily = cursor.fetchall()
    sites = [
        (
            line.site.name,
            line.site.url,
            None if line.share is None else round(line.share, 2),
            line.site.last_at,
        )
        for line in watch.lines(now)
    ]
    incidents = list(SiteIncident.objects.filter(opened_at__gte=since).select_related("site").order_by("pk"))
    sheets: list[Sheet] = [
        (_("Watched sites"), (_("Name"), _("Web address"), _("Well in 30 days, %"), _("Last look")), sites),
        (
            _("Looks"),
            (_("Name"), _("Day"), _("Looks"), _("Failed"), _("Median, ms"), _("Longest, ms")),
            [(name, str(day), n, ill, median, longest) for name, day, n, ill, median, longest in daily],
        ),
        (
            _("Site incidents"),
            (
                _("Incident number"), _("Site"), _("Kind"), _("What is seen"), _("State"), _("Opened"), _("Taken on"),
                _("Partner told"), _("Solved"), _("Closed"), _("Cause"),
            ),
            [
                (
                    each.pk, each.site.name, each.get_kind_display(), each.headline, each.get_state_display(),
                    each.opened_at, each.acknowledged_at, each.told_at, each.resolved_at, each.closed_at, each.cause,
                )
                for each in incidents
            ],
        ),
    ]  # fmt: skip
    mark = new_mark(by, now)
    file = workbook(sheets, mark=mark, by=by, now=now)
    audit.record_export(
        "cms.watch_exported",
        mark=mark,
        subject=Subject("site_watch", f"{now:%Y%m%d}", ""),
        by=by,
        now=now,
        rows=len(sites) + len(daily) + len(incidents),
        format="xlsx",
        filters={"days": DAYS},
    )
    return file


def export_freshness(*, by: Employee, now: datetime) -> bytes:
    """How old each column is against how old it may be, and the reports so far."""
    columns = [
        (each.column.name, each.at, each.days, each.target, _yes(each.stale))
        for each in rounds.freshness(now)
    ]
    history = [
        (str(report.period), row["name"], row["days"], row["target"], _yes(row["stale"]))
        for report in rounds.reports()
        for row in report.rows
    ]
    head = (_("Days old"), _("May be"), _("out of date"))
    sheets: list[Sheet] = [
        (_("Columns"), (_("Columns"), _("Newest"), *head), columns),
        (_("Reports"), (_("Day"), _("Columns"), *head), history),
    ]
    mark = new_mark(by, now)
    file = workbook(sheets, mark=mark, by=by, now=now)
    audit.record_export(
        "cms.freshness_exported",
        mark=mark,
        subject=Subject("freshness", f"{now:%Y%m%d}", ""),
        by=by,
        now=now,
        rows=len(columns) + len(history),
        format="xlsx",
    )
    return file


def _yes(value: bool) -> str:
    return _("yes") if value else ""
