"""Prices: the history of one SKU, and asking for a new one."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from catalog.forms.pricing import PREFIX, CompetitorFormSet, PriceForm, competitors_in, padded
from catalog.models import EvidenceFile, Sku
from catalog.selectors import goods, history, pages
from catalog.selectors.prices import later_agreed, promotions_met
from catalog.services.pricing import KIND, Competitor, Proposed, propose_prices
from catalog.subjects import sku_pricing
from catalog.views.answers import explain, number
from catalog.views.goods import COST, VIEW
from catalog.views.sending import kept_evidence
from office.approvals import api as approvals
from office.approvals.selectors.runs import access_run
from office.errors import Invalid, NotFound, Refused
from office.rulebook import api as rulebook
from office.rulebook.guards import entered, permitted, person


@require_GET
@permitted(VIEW)
def prices(request: HttpRequest, pk: int) -> HttpResponse:
    """How the price came to be what it is: chart, table, what is being decided."""
    sku, now, me = goods.access_sku(pk), timezone.now(), person(request)
    may = entered(request).permissions
    asked = _moment(request.GET.get("at", ""))
    page = history.price_page(sku, now, before=number(request.GET.get("before")), asked=asked)
    context = {
        "sku": sku,
        "page": page,
        "asked": asked,
        "now": now,
        "chart": history.chart(page.rows, now),
        "may": may,
        "may_ask": approvals.may_ask(KIND, me, now) and sku.active,
        "runs": approvals.runs_about(sku_pricing(sku), me, now) if COST in may else [],
        "timeline": pages.sku_moments(sku),
        "next_url": f"?before={page.following}" if page.following else "",
        "first_url": "?" if request.GET.get("before") else "",
    }
    return render(request, "catalog/prices.html", context)


def _moment(text: str) -> datetime | None:
    """What a field of day and time holds; None for what is none."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    if found is None or not 1970 < found.year < 2200:
        return None
    return found if timezone.is_aware(found) else timezone.make_aware(found)


@require_http_methods(["GET", "POST"])
@permitted(COST)
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a price, or ask again after a return."""
    sku, now, me = goods.access_sku(pk), timezone.now(), person(request)
    if not approvals.may_ask(KIND, me, now):
        raise PermissionDenied
    runs = approvals.runs_about(sku_pricing(sku), me, now)
    again = next((run for run in runs if run.state == "returned" and run.requester_id == me.pk), None)
    draft = approvals.form_draft(me, KIND, f"sku-{pk}", sku.label)
    status = 200
    if request.method == "POST":
        sent = kept_evidence(request, me, now)
        form, rows = PriceForm(sent.data), CompetitorFormSet(sent.data, prefix=PREFIX)
        if form.is_valid() & rows.is_valid() & sent.whole:
            try:
                run = propose_prices(
                    rows=[_proposed(sku, form.cleaned_data, rows.cleaned_data, now)], by=me, now=now,
                    comment=form.cleaned_data["comment"], again=again,
                )  # fmt: skip
            except Refused as refused:
                _explain(form, rows, refused)
            else:
                messages.success(request, _("The price is asked for."))
                return redirect("approvals:run", run.pk)
        sent.show(rows)
        status = 422
    else:
        initial, given = _initial(again, now)
        kept = competitors_in(draft.initial)
        form = PriceForm(initial={**initial, **draft.initial})
        rows = CompetitorFormSet(initial=padded(kept or given), prefix=PREFIX)
    context = {
        "sku": sku,
        "form": form,
        "rows": rows,
        "draft": draft,
        "again": again,
        "live": history.standing(sku, now),
        "offered": any(getattr(row, "offer", None) for row in rows.forms),
        "met": promotions_met(sku.pk, None, now),
        "later": later_agreed(sku.pk, now),
        "running": next((run for run in runs if run.live and run != again), None),
        "band": rulebook.limit_rule("catalog.price_band", at=now),
        "age": rulebook.limit_rule("catalog.price_evidence", at=now),
        "today": timezone.localdate(now),
    }
    return render(request, "catalog/propose.html", context, status=status)


def _initial(again: approvals.Run | None, now: datetime) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the form begins with: what was returned, else today."""
    if again is None:
        return {"starts_on": timezone.localdate(now)}, []
    row = again.payload["rows"][0]
    wanted = timezone.localtime(datetime.fromisoformat(row["from"])).date()
    first = {
        "channel": row["channel"],
        "price": row["price"],
        "starts_on": max(wanted, timezone.localdate(now)),
    }
    given = again.payload["evidence"]["competitor_prices"]
    return first, [{**each, "kept": each["file"]} for each in given]


def _proposed(sku: Sku, given: dict[str, Any], rows: list[dict[str, Any]], now: datetime) -> Proposed:
    midnight = timezone.make_aware(datetime.combine(given["starts_on"], time()))
    return Proposed(
        sku.pk,
        given["channel"].pk if given["channel"] else None,
        given["price"],
        max(midnight, now) if midnight.date() == timezone.localdate(now) else midnight,
        tuple(
            Competitor(row["source"], row["price"], row["on"], row["url"], row["kept"]) for row in rows if row
        ),
    )


def _explain(form: PriceForm, rows: Any, refused: Refused) -> None:
    """The verb's paths are "rows.0.price" and "rows.0.competitors.1.on"."""
    told = refused.errors if isinstance(refused, Invalid) else []
    for error in told:
        parts = error["path"].split(".")
        if len(parts) == 5 and int(parts[3]) < len(rows.forms):
            rows.forms[int(parts[3])].add_error(parts[4], error["message"])
        else:
            field = {"from": "starts_on"}.get(parts[-1], parts[-1])
            form.add_error(field if field in form.fields else None, error["message"])
    if not told:
        explain(form, refused)


@require_GET
@permitted(VIEW)
def evidence(request: HttpRequest, run: int, pk: int) -> HttpResponse:
    """A file of a request, for whoever may read the request; a download where a browser would run it."""
    found = access_run(run_id=run, person=person(request), now=timezone.now())
    named = found.payload.get("evidence", {}).get("competitor_prices", [])
    if pk not in [each.get("file") for each in named if isinstance(each, dict)]:
        raise NotFound(_("There is no such file."))
    file = EvidenceFile.objects.filter(pk=pk).first()
    if file is None:
        raise Http404
    shown = file.mime.startswith("image/")
    answer = HttpResponse(bytes(file.content), content_type=file.mime)
    answer["Content-Disposition"] = f"{'inline' if shown else 'attachment'}; filename=evidence-{file.pk}"
    answer["Cache-Control"] = "private, no-store"
    return answer
