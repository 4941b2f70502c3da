"""How long decisions take, and what is stuck."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from office.approvals import kinds
from office.approvals.forms import kind_filter, read_number
from office.approvals.selectors import figures as numbers
from office.approvals.selectors import queue
from office.approvals.selectors.runs import withheld
from office.approvals.services.exporting import export_figures
from office.rulebook.guards import entered, permitted, person
from office.rulebook.sudo import fresh

DAYS = (7, 28, 90)
PAGE = 50


@require_GET
@permitted("approvals.figures")
def figures(request: HttpRequest) -> HttpResponse:
    """By kind and by person for the last days, what waits now, and the runs that nobody can decide."""
    days, kind = _asked(request.GET)
    now = timezone.now()
    start = now - timedelta(days=days)
    columns = numbers.distribution(start, now, kind)
    labels = [_up_to(column.upto) for column in columns]
    stuck = queue.stuck(now)
    context = {
        "days": days,
        "choices": DAYS,
        "kind": kind,
        "known": kinds.known_kinds(),
        "kinds": [(kinds.name_of(row.kind), row) for row in numbers.by_kind(start, now)],
        "people": numbers.by_person(start, now, kind),
        "open": [(kinds.name_of(row.kind), row) for row in numbers.open_now(now)],
        "stuck": [(kinds.name_of(run.kind), run) for run in stuck],
        "withheld": withheld(stuck, person(request), now),
        "columns": list(zip(labels, columns, strict=True)),
        "chart": {
            "labels": labels,
            "kept": [column.steps - column.late for column in columns],
            "late": [column.late for column in columns],
            "names": {"kept": _("in time"), "late": _("late"), "axis": _("Time per step")},
        },
        "may_export": "approvals.export" in entered(request).permissions,
    }
    return render(request, "approvals/figures.html", context)


@require_GET
@permitted("approvals.figures")
def figure_rows(request: HttpRequest) -> HttpResponse:
    """The requests behind one number."""
    days, kind = _asked(request.GET)
    what, who = request.GET.get("what", ""), read_number(request.GET.get("person"))
    now = timezone.now()
    try:
        found = numbers.runs_behind(
            what, now - timedelta(days=days), now, kind=kind, person_id=who,
            before=read_number(request.GET.get("after")), limit=PAGE + 1,
        )  # fmt: skip
    except KeyError:
        raise Http404 from None
    asked = {"what": what, "days": days, "kind": kind, "person": who or ""}
    following = f"?{urlencode({**asked, 'after': found[PAGE - 1].pk})}" if len(found) > PAGE else ""
    rows = [(run, kinds.name_of(run.kind)) for run in found[:PAGE]]
    context = {
        "rows": rows,
        "withheld": withheld(found[:PAGE], person(request), now),
        "next_url": following,
        "days": days,
        "kind": kind,
    }
    return render(request, "approvals/figure_rows.html", context)


@require_POST
@permitted("approvals.export")
@fresh
def workbook(request: HttpRequest) -> HttpResponse | FileResponse:
    """The same figures as XLSX; who took them is in the trail (C13.5)."""
    days, kind = _asked(request.POST)
    now = timezone.now()
    file = export_figures(start=now - timedelta(days=days), end=now, kind=kind, by=person(request), now=now)
    return FileResponse(io.BytesIO(file), as_attachment=True, filename=f"approvals-{_stamp(now)}-{days}.xlsx")


def _asked(data: QueryDict) -> tuple[int, str]:
    """For how many days, and for which kind; what is no choice is the usual one."""
    text, kind = data.get("days", ""), kind_filter(data.get("kind"))
    days = int(text) if text in {str(each) for each in DAYS} else DAYS[1]
    return days, kind if kinds.find(kind) else ""


def _up_to(length: timedelta | None) -> str:
    if length is None:
        return _("longer")
    minutes = int(length.total_seconds()) // 60
    if minutes < 60:
        return _("within {n} min").format(n=minutes)
    if minutes < 24 * 60:
        return _("within {n} h").format(n=minutes // 60)
    days = minutes // (24 * 60)
    return ngettext("within {n} day", "within {n} days", days).format(n=days)


def _stamp(now: datetime) -> str:
    return f"{timezone.localtime(now):%Y%m%d}"
