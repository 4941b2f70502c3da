"""Watched sites: the list, one site, its approved text, its figures as a workbook."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cms.forms.acts import refuse
from cms.forms.watch import ApproveForm, SiteForm
from cms.models import WatchedSite
from cms.selectors import watch as selectors
from cms.selectors.said import timeline
from cms.services import exports, watching
from office.errors import NotFound, Refused
from office.rulebook import api as rulebook
from office.rulebook.guards import entered, permitted, person
from office.rulebook.sudo import fresh


@require_GET
@permitted("cms.watch")
def watch(request: HttpRequest) -> HttpResponse:
    """Every site with its latest looks, those in trouble first."""
    now = timezone.now()
    granted = entered(request).permissions
    context = {
        "lines": selectors.lines(now),
        "figures": selectors.figures(now - timedelta(days=90), now),
        "may_keep": "cms.site_upkeep" in granted,
        "may_export": "cms.export_watch" in granted,
        "clause": rulebook.schedule_rule(watching.SCHEDULE, now).clause,
    }
    return render(request, "cms/watch.html", context)


@require_GET
@permitted("cms.watch")
def watched(request: HttpRequest, pk: int) -> HttpResponse:
    """One site: facts, what can be done, how it was."""
    return show(request, selectors.site_of(pk))


def show(
    request: HttpRequest, site: WatchedSite, form: ApproveForm | None = None, status: int = 200
) -> HttpResponse:
    """The page of a site, with a refused approval in `form`."""
    now = timezone.now()
    asked = request.GET.get("days", "1")
    days = int(asked) if asked in {str(each) for each in selectors.DAYS} else 1
    columns = selectors.columns(site, days=days, now=now)
    baseline = selectors.newest_baseline(site)
    changed = bool(site.seen_digest) and (baseline is None or baseline.digest != site.seen_digest)
    granted = entered(request).permissions
    context = {
        "line": selectors.lines(now, [site.pk])[0],
        "site": site,
        "baseline": baseline,
        "changed": changed,
        "differences": selectors.differences(baseline.text, site.seen_text) if baseline and changed else [],
        "form": form or ApproveForm(initial={"digest": site.seen_digest}),
        "may_keep": "cms.site_upkeep" in granted,
        "days": days,
        "choices": selectors.DAYS,
        "columns": columns[::-1],
        "probes": selectors.newest_probes(site),
        "chart": _chart(columns, now),
        "incidents": site.incidents.order_by("-pk")[:10],
        "rows": timeline(site.subject),
        "limits": watching.limits_at(now),
    }
    return render(request, "cms/watched.html", context, status=status)


def _chart(columns: list[selectors.Column], now: Any) -> dict[str, Any]:
    return {
        "labels": [timezone.localtime(column.at).strftime("%m-%d %H:%M") for column in columns],
        "median": [column.median for column in columns],
        "longest": [column.longest for column in columns],
        "limit": watching.limits_at(now).slow_ms,
        "names": {"median": _("Median, ms"), "longest": _("Longest, ms"), "limit": _("Slow from")},
    }


@require_http_methods(["GET", "POST"])
@permitted("cms.site_upkeep")
def edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A new site, or one to change."""
    site = None if pk is None else selectors.site_of(pk)
    form = SiteForm.of(site, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            saved = watching.save_site(site_id=pk, **form.arguments(), by=person(request), now=timezone.now())
            messages.success(request, _("Saved. The next look comes within a minute."))
            return redirect("cms:watched", pk=saved.pk)
        except NotFound:
            raise
        except Refused as refused:
            refuse(form, refused)
    status = 422 if request.method == "POST" else 200
    return render(request, "cms/watched_edit.html", {"form": form, "site": site}, status=status)


@require_POST
@permitted("cms.site_upkeep")
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """The text that stands there now is right, for a reason."""
    site = selectors.site_of(pk)
    form = ApproveForm(request.POST)
    if form.is_valid():
        try:
            watching.approve_text(
                site_id=pk,
                digest=form.cleaned_data["digest"],
                reason=form.cleaned_data["reason"],
                by=person(request),
                now=timezone.now(),
            )
            messages.success(request, _("From now on this text counts as approved."))
            return redirect("cms:watched", pk=pk)
        except Refused as refused:
            refuse(form, refused)
    return show(request, site, form, status=422)


@require_POST
@permitted("cms.export_watch")
@fresh
def workbook(request: HttpRequest) -> FileResponse:
    """Sites, looks per day and incidents as XLSX; who took them is in the trail (C13.5)."""
    now = timezone.now()
    file = exports.export_watch(by=person(request), now=now)
    name = f"sites-{timezone.localtime(now):%Y%m%d}.xlsx"
    return FileResponse(io.BytesIO(file), as_attachment=True, filename=name)
