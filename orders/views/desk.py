"""The desk: the list that stays open for nine hours, its live part, and the heartbeat."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from office.errors import Invalid
from office.rulebook.guards import permitted, person
from office.rulebook.sudo import fresh
from orders.forms.desk import UNMASK_REASONS, ExportForm, FilterForm
from orders.models import Batch, OrderProgress
from orders.searching import sealed
from orders.selectors import desk as selectors
from orders.selectors.order import ACCEPT, VIEW, Viewer
from orders.services import desk as verbs
from orders.services.export import PERMISSION as EXPORT
from orders.services.export import export_orders
from orders.views.order import answer, viewer_of

NOTHING_WAITS = _("Nothing is waiting that you could take.")


@require_GET
@permitted(VIEW)
def desk(request: HttpRequest) -> HttpResponse:
    """Pool, mine, late, all; search; one order beside the list."""
    if "q" in request.GET:
        return _searched(request, request.GET["q"])
    who = viewer_of(request)
    filters = FilterForm(request.GET).filters(who)
    if filters.sealed and not filters.query:
        messages.info(request, _("That search is over. Please search again."))
    return render(request, "orders/desk.html", _context(who, selectors.page(who, filters)))


@require_http_methods(["GET", "POST"])
@permitted(VIEW)
def search(request: HttpRequest) -> HttpResponse:
    """Look orders up. Posted, and on to an address that does not hold the text (orders.searching)."""
    return _searched(request, request.POST.get("q", ""))


@require_GET
@permitted(VIEW)
def live(request: HttpRequest) -> HttpResponse:
    """The live part again, or 204 when the fingerprint that the browser has (`v`) still holds."""
    who = viewer_of(request)
    version, filters = request.GET.get("v"), FilterForm(request.GET).filters(who)
    if version and selectors.fingerprint(who, filters) == version:
        return HttpResponse(status=204)
    return render(request, "orders/_live.html", _context(who, selectors.page(who, filters)))


@require_POST
@permitted(VIEW)
def accept_next(request: HttpRequest) -> HttpResponse:
    """Take whatever is due first."""
    progress = verbs.accept_next(by=person(request), now=timezone.now())
    if progress is None:
        if request.htmx:  # type: ignore[attr-defined]
            told = {"toast": {"text": str(NOTHING_WAITS), "tone": "info"}}
            return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(told)})
        messages.info(request, NOTHING_WAITS)
        return redirect("orders:desk")
    return answer(request, progress.pk, done="accept")


@require_POST
@permitted(VIEW)
def watch(request: HttpRequest) -> HttpResponse:
    """Somebody is looking (C7.1)."""
    verbs.watch_beat(by=person(request), now=timezone.now())
    return HttpResponse(status=204)


@require_POST
@permitted(EXPORT)
@fresh
def export(request: HttpRequest) -> HttpResponseBase:
    """The list at hand as a file; who took it is in the trail (C13.5)."""
    who, form = viewer_of(request), ExportForm(request.POST)
    filters = form.filters(who)
    if not form.cleaned_data.get("format"):
        raise Invalid(_("Choose a format."))
    return download(request, who, filters, form, name="orders")


def download(
    request: HttpRequest,
    who: Viewer,
    filters: selectors.Filters,
    form: ExportForm,
    *,
    name: str,
    batch: Batch | None = None,
) -> HttpResponseBase:
    """The answer to an export whose form is valid."""
    given = form.cleaned_data
    found = export_orders(
        who=who,
        filters=filters,
        format=given["format"],
        with_customers=given["with_customers"],
        reason=given["reason"],
        batch=batch,
        by=who.user,
        now=who.at,
    )
    return attachment(found, f"{name}-{timezone.localtime(who.at):%Y%m%d-%H%M}.{given['format']}")


def attachment(found: Any, name: str) -> HttpResponseBase:
    """A file, or the pieces of a CSV."""
    if hasattr(found, "read"):
        return FileResponse(found, as_attachment=True, filename=name)
    response = StreamingHttpResponse(found, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _searched(request: HttpRequest, text: str) -> HttpResponse:
    token = sealed(text, by=person(request).pk, now=timezone.now())
    return redirect(reverse("orders:desk") + (_query({"s": token}) if token else ""))


def _context(who: Viewer, page: selectors.Page) -> dict[str, Any]:
    chosen = page.filters
    here = {
        "tab": chosen.tab,
        "shop": chosen.shop,
        "state": chosen.state,
        "s": chosen.sealed if chosen.query else "",
        "sort": chosen.sort if page.sort is not page.sorts[0] else "",
        "since": chosen.since,
        "until": chosen.until,
    }
    return {
        "page": page,
        "who": who,
        "states": OrderProgress.State.choices,
        "takes_orders": who.may(ACCEPT),
        "search_text": chosen.query,
        "here": _query(here),
        "start_url": _query(here) if chosen.after else "",
        "next_url": _query({**here, "after": page.next_after}) if page.next_after else "",
        "live_url": reverse("orders:desk_live") + _query({**here, "after": chosen.after}),
        "filtered": bool(chosen.shop or chosen.state or chosen.query or chosen.since or chosen.until),
        "kept": {name: value for name, value in here.items() if value},
        "export_reasons": UNMASK_REASONS if who.may(EXPORT) else (),
    }


def _query(values: dict[str, Any]) -> str:
    return "?" + urlencode({name: value for name, value in values.items() if value})
