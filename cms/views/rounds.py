"""Recurring looks, and how fresh the columns are."""

from __future__ import annotations

import io

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cms.selectors import rounds as selectors
from cms.services import exports
from cms.services import rounds as verbs
from office.errors import NotFound, Refused
from office.rulebook import api as rulebook
from office.rulebook.guards import entered, permitted, person
from office.rulebook.sudo import fresh


@require_GET
@login_required
def round_list(request: HttpRequest) -> HttpResponse:
    """The rounds that this person looks after, what is to be done first."""
    granted = entered(request).permissions
    if not granted & set(selectors.MAY.values()):
        raise PermissionDenied
    return render(request, "cms/rounds.html", {"lines": selectors.listed(granted)})


@require_GET
@login_required
def round_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The points, what can be done, the timeline."""
    return show(request, pk)


def show(request: HttpRequest, pk: int, *, refusal: Refused | None = None, status: int = 200) -> HttpResponse:
    """The page of a round, with what was refused and typed."""
    page = selectors.round_page(pk, entered(request).permissions)
    context = {"page": page, "round": page.round, "refused": refusal, "typed": request.POST}
    return render(request, "cms/round.html", context, status=status)


@require_POST
@login_required
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """One point ticked, or the whole round finished."""
    selectors.round_page(pk, entered(request).permissions)  # hidden from others: 404
    by, now = person(request), timezone.now()
    note, point = request.POST.get("note", ""), request.POST.get("point", "")
    try:
        if request.POST.get("finish"):
            verbs.finish(round_id=pk, note=note, by=by, now=now)
            messages.success(request, _("Finished."))
        else:
            well = request.POST.get("well") == "1"
            verbs.tick(round_id=pk, point=point[:40], well=well, note=note, by=by, now=now)
    except NotFound:
        raise
    except Refused as refused:
        return show(request, pk, refusal=refused, status=refused.status)
    return redirect("cms:round", pk=pk)


@require_GET
@permitted("cms.freshness")
def freshness(request: HttpRequest) -> HttpResponse:
    """How old the newest of each column is, against how old it may be."""
    now = timezone.now()
    rows = selectors.freshness(now)
    chart = {
        "labels": [each.column.name for each in rows],
        "ages": [each.days for each in rows],
        "targets": [each.target for each in rows],
        "late": [each.stale for each in rows],
        "names": {"age": _("Days old"), "target": _("May be"), "days": _("Days")},
    }
    rule = rulebook.schedule_rule(verbs.REPORT, now)
    context = {
        "rows": rows,
        "chart": chart,
        "reports": selectors.reports(),
        "clause": rule.clause,
        "next_run": rulebook.next_run(rule, now),
        "may_export": "cms.export_watch" in entered(request).permissions,
    }
    return render(request, "cms/freshness.html", context)


@require_POST
@permitted("cms.export_watch")
@fresh
def freshness_workbook(request: HttpRequest) -> FileResponse:
    """The same as XLSX; who took it is in the trail (C13.5)."""
    now = timezone.now()
    file = exports.export_freshness(by=person(request), now=now)
    name = f"columns-{timezone.localtime(now):%Y%m%d}.xlsx"
    return FileResponse(io.BytesIO(file), as_attachment=True, filename=name)
