"""The market: competitors' prices, their chart, and the week's summary."""

from __future__ import annotations

import io
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.forms.market import AnswerForm, NoteForm, SummaryForm
from catalog.forms.stock import UploadForm
from catalog.models import MarketSummary, Sku
from catalog.rules.market_file import BadRow, read_market
from catalog.selectors import market as selectors
from catalog.services import market as verbs
from catalog.services.market import MARKET, SeenPrice
from catalog.services.market_export import export_market
from catalog.subjects import summary_subject
from catalog.views.answers import explain, number
from office.audit import api as audit
from office.errors import NotFound, Refused
from office.rulebook.guards import entered, permitted, person
from office.rulebook.sudo import fresh
from office.staff import api as staff
from office.tables.opening import open_tables
from office.tables.table import Source, UnusableFile

VIEW = "catalog.market_view"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
@permitted(VIEW)
def market(request: HttpRequest) -> HttpResponse:
    """What was noted, with the chart of one SKU when it is asked for."""
    return _market(request)


def _market(
    request: HttpRequest,
    *,
    form: NoteForm | None = None,
    upload: UploadForm | None = None,
    bad: list[BadRow] | None = None,
    header: tuple[str, ...] | None = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    code = request.GET.get("sku", "").strip()[:40]
    sku = Sku.objects.select_related("product").filter(code=code).first() if code else None
    rows, following = selectors.noted(sku, number(request.GET.get("before")))
    content = selectors.chart(sku, now) if sku else None
    context = {
        "code": code,
        "sku": sku,
        "rows": rows,
        "chart": content,
        "lines": list(zip(content["days"], *(each["values"] for each in content["series"]), strict=True))[
            ::-1
        ]
        if content
        else [],
        "drawn": selectors.drawn(content) if content else None,
        "summaries": selectors.summaries(),
        "form": form or NoteForm(initial={"sku_code": code, "on": timezone.localdate()}),
        "upload": upload or UploadForm(),
        "header": header,
        "bad": [
            {"row": row.row, "cells": row.cells, "code": row.message, "params": row.params}
            for row in (bad or [])[:500]
        ],
        "bad_more": max(0, len(bad or []) - 500),
        "may_note": MARKET in entered(request).permissions,
        "next_url": f"?sku={code}&before={following}" if following else "",
    }
    return render(request, "catalog/market.html", context, status=status)


@require_POST
@permitted(MARKET)
def market_note(request: HttpRequest) -> HttpResponse:
    """One price by hand."""
    form = NoteForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        seen = SeenPrice(0, data["competitor"], data["price"], data["on"], data["url"])
        try:
            row = verbs.note_price(
                sku_code=data["sku_code"], seen=seen, by=person(request), now=timezone.now()
            )
        except Refused as refused:
            explain(form, refused)
        else:
            messages.success(request, _("The price is noted."))
            return redirect(f"{request.path.removesuffix('note/')}?sku={row.sku.code}")
    return _market(request, form=form, status=422)


@require_POST
@permitted(MARKET)
def market_import(request: HttpRequest) -> HttpResponse:
    """Prices from a file; refused rows stand whole on the page that answers."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _market(request, upload=form, status=422)
    file = form.cleaned_data["file"]
    body = file.read()
    now = timezone.now()
    try:
        [table, *_more] = open_tables(Source(file.name, len(body), lambda: io.BytesIO(body)))
        content = read_market(table.rows(), timezone.localdate(now))
        made, bad = verbs.import_prices(filename=file.name, content=content, by=person(request), now=now)
    except UnusableFile as unusable:
        form.add_error("file", str(unusable.message))
        return _market(request, upload=form, status=422)
    except Refused as refused:
        form.add_error("file", str(refused.message))
        return _market(request, upload=form, status=422)
    messages.success(request, _("%(count)s prices are new.") % {"count": made})
    if not bad:
        return redirect("catalog:market")
    return _market(request, bad=bad, header=content.header, status=422)


@require_POST
@permitted(VIEW)
@fresh
def market_workbook(request: HttpRequest, pk: int) -> HttpResponse:
    """The chart of a SKU as a workbook; logged."""
    content = export_market(sku_id=pk, by=person(request), now=timezone.now())
    answer = HttpResponse(content, content_type=XLSX)
    answer["Content-Disposition"] = 'attachment; filename="market.xlsx"'
    return answer


@require_http_methods(["GET", "POST"])
@permitted(VIEW)
def summary(request: HttpRequest, pk: int) -> HttpResponse:
    """A week: written and handed in, or read and acknowledged."""
    found = selectors.access_summary(pk)
    writes = found.state == MarketSummary.State.OPEN
    form: forms.Form = (SummaryForm if writes else AnswerForm)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        verb: Any = verbs.hand_in_summary if writes else verbs.acknowledge_summary
        try:
            verb(summary_id=pk, by=person(request), now=timezone.now(), **form.cleaned_data)
        except NotFound:
            raise
        except Refused as refused:
            if refused.status == 403:
                raise
            explain(form, refused)
        else:
            messages.success(request, _("Handed to the superior.") if writes else _("Acknowledged."))
            return redirect("catalog:summary", pk)
    return _summary(request, found, form, status=422 if request.method == "POST" else 200)


def _summary(request: HttpRequest, found: MarketSummary, form: forms.Form, status: int) -> HttpResponse:
    me, now = person(request), timezone.now()
    reads = (
        found.state == MarketSummary.State.DONE
        and found.by_id != me.pk
        and bool(set(found.readers) & staff.positions_of(me, now))
    )
    context = {
        "summary": found,
        "form": form,
        "writes": found.state == MarketSummary.State.OPEN and MARKET in entered(request).permissions,
        "reads": reads,
        "clock": selectors.clock_of(found),
        "standings": selectors.standings(found, now),
        "sellers": selectors.best_sellers(found),
        "timeline": audit.timeline(summary_subject(found)),
    }
    return render(request, "catalog/summary.html", context, status=status)
