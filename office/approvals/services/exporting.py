"""The figures as a workbook: permissioned by the view, each time in the trail (C13.5)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from office.approvals.kinds import name_of
from office.approvals.selectors import figures, queue
from office.approvals.selectors.runs import withheld
from office.audit import api as audit
from office.subjects import Subject
from office.tables.marks import new_mark
from office.tables.workbook import Workbook

if TYPE_CHECKING:
    from office.staff.models import Employee


def export_figures(*, start: datetime, end: datetime, kind: str, by: Employee, now: datetime) -> bytes:
    """Everything the page of figures shows, spans in minutes. The first sheet says who took it and when."""
    book = Workbook()
    taken = f"{by.name} ({by.number}) {localtime(now):%Y-%m-%d %H:%M}"
    period = f"{localtime(start):%Y-%m-%d %H:%M} – {localtime(end):%Y-%m-%d %H:%M}"
    about: list[list[object]] = [
        [_("Kind"), name_of(kind) if kind else _("Every kind")],
        [_("Taken by"), taken],
    ]
    book.sheet(_("About"), [_("Period"), period], about)
    by_kind = [row for row in figures.by_kind(start, end) if kind in ("", row.kind)]
    by_person = figures.by_person(start, end, kind)
    book.sheet(
        _("By kind"),
        [_("Kind"), _("Handed in"), _("Agreed"), _("Turned down"), _("Returned"), _("Steps decided"),
         _("Median, minutes"), _("Longest, minutes"), _("Late")],
        [[name_of(row.kind), *row[1:]] for row in by_kind],
    )  # fmt: skip
    book.sheet(
        _("Time per step"),
        [_("Up to, minutes"), _("Steps decided"), _("Late")],
        [list(row) for row in figures.distribution(start, end, kind)],
    )
    book.sheet(
        _("By person"),
        [_("Person"), _("Decisions"), _("Agreed"), _("Median, minutes"), _("Late")],
        [list(row[1:]) for row in by_person],
    )
    book.sheet(
        _("Waiting now"),
        [_("Kind"), _("Steps open"), _("Overdue"), _("Stuck")],
        [[name_of(row.kind), *row[1:]] for row in figures.open_now(now) if kind in ("", row.kind)],
    )
    stuck = [run for run in queue.stuck(now) if kind in ("", run.kind)]
    kept = withheld(stuck, by, now)
    book.sheet(
        _("Stuck now"),
        [_("Request number"), _("Request"), _("Kind"), _("Requester"), _("Clause")],
        [
            [
                run.pk,
                _("not open to you") if run.pk in kept else run.said,
                name_of(run.kind),
                run.requester.name,
                run.clause,
            ]
            for run in stuck
        ],
    )
    mark = new_mark(by, now)
    audit.record_export(
        "approvals.figures_exported",
        mark=mark,
        subject=Subject("approval_figures", f"{localtime(start):%Y%m%d}-{localtime(end):%Y%m%d}"),
        by=by,
        now=now,
        rows=len(by_kind) + len(by_person) + len(stuck),
        format="xlsx",
        filters={"kind": kind},
    )
    return book.content(mark)
