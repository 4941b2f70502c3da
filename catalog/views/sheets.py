"""Tables of prices: send one, mend its rows, ask for all of them at once."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from catalog.forms.pricing import SheetForm
from catalog.models import PriceSheet
from catalog.rules.sheets import COLUMNS
from catalog.services import sheets as verbs
from catalog.subjects import sheet_pricing
from catalog.views.answers import explain
from catalog.views.goods import COST, TABLES
from office.approvals import api as approvals
from office.errors import NotFound, Refused
from office.rulebook.guards import permitted, person


@require_http_methods(["GET", "POST"])
@permitted(TABLES)
def sheets(request: HttpRequest) -> HttpResponse:
    """One's own tables, and the form that takes another."""
    form = SheetForm(request.POST or None, request.FILES or None)
    me = person(request)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            content = sent.read(verbs.MOST_BYTES + 1)  # of a monster only as much as shows that it is one
            made = verbs.take_sheet(name=str(sent.name), content=content, by=me, now=timezone.now())
        except Refused as refused:
            explain(form, refused)
        else:
            return redirect("catalog:sheet", made.pk)
    mine = PriceSheet.objects.filter(by=me).defer("lines").order_by("-pk")[:20]
    context = {"form": form, "sheets": mine, "columns": [label for label, _names in COLUMNS.values()]}
    return render(request, "catalog/sheets.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "POST"])
@permitted(COST)
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Every row with what is wrong with it; mended in place, then asked for."""
    me, now = person(request), timezone.now()
    found = PriceSheet.objects.filter(pk=pk).select_related("by").first()
    if found is None or (
        found.by_id != me.pk and not approvals.may_read_about(sheet_pricing(found), me, now)
    ):
        raise NotFound(_("There is no such table."))
    runs = approvals.runs_about(sheet_pricing(found), me, now)
    again = next((run for run in runs if run.state == "returned" and run.requester_id == me.pk), None)
    waiting = next((run for run in runs if run.live and run != again), None)
    refusal: Refused | None = None
    if request.method == "POST":
        if found.by_id != me.pk:
            raise PermissionDenied
        found = verbs.mend_sheet(sheet_id=pk, cells=_cells(request), drop=_dropped(request), by=me, now=now)
        if not request.POST.get("ask"):
            return redirect("catalog:sheet", pk)
        try:
            run = verbs.ask_sheet(
                sheet_id=pk, by=me, now=now, comment=request.POST.get("comment", "")[:500], again=again
            )
        except Refused as refused:
            refusal = refused
        else:
            messages.success(request, _("The prices are asked for."))
            return redirect("approvals:run", run.pk)
    lines = verbs.judged(found, now)
    context = {
        "sheet": found,
        "lines": sorted(lines, key=lambda line: not line.wrong),
        "bad": sum(bool(line.wrong) for line in lines),
        "columns": list(COLUMNS.items()),
        "runs": runs,
        "open": found.by_id == me.pk and not waiting and not any(run.state == "executed" for run in runs),
        "refusal": refusal,
        "errors": getattr(refusal, "errors", []),
        "comment": request.POST.get("comment", ""),
    }
    return render(request, "catalog/sheet.html", context, status=refusal.status if refusal else 200)


def _cells(request: HttpRequest) -> dict[tuple[int, str], str]:
    """{(row, column): text} of the fields "r<row>-<column>"."""
    found = {}
    for name, value in request.POST.items():
        row, _dash, column = name.partition("-")
        if row[:1] == "r" and row[1:].isdecimal() and len(row) < 9 and column in COLUMNS:
            found[int(row[1:]), column] = str(value)
    return found


def _dropped(request: HttpRequest) -> list[int]:
    return [int(text) for text in request.POST.getlist("drop") if text.isdecimal() and len(text) < 9]


@require_GET
@permitted(TABLES)
def sheet_template(request: HttpRequest) -> HttpResponse:
    """An empty table with the columns."""
    answer = HttpResponse(
        verbs.template(), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    answer["Content-Disposition"] = 'attachment; filename="prices.xlsx"'
    return answer
