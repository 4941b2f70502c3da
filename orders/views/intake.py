"""Import files: send one, watch it, see what became of every row; and one order typed by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from office.audit import api as audit
from office.errors import Conflict, Invalid
from office.rulebook.guards import entered, permitted, person
from office.rulebook.sudo import fresh
from office.tables.marks import new_mark
from orders.forms.desk import UNMASK_REASONS, ExportForm
from orders.forms.intake import ImportForm, LineFormSet, MappingForm, OrderForm, max_bytes
from orders.intake.format_names import FORMAT_NAMES
from orders.models import Batch, Shop
from orders.selectors import intake as selectors
from orders.services import intake as verbs
from orders.services.export import PERMISSION as EXPORT
from orders.services.export import export_batches
from orders.services.intake.uploads import SealedUpload, SealingUploadHandler, remove
from orders.views.desk import attachment, download
from orders.views.order import viewer_of

IMPORT = "orders.import"


@csrf_exempt  # protected all the same, by csrf_protect below: the body is read only after these doors
@require_http_methods(["GET", "POST"])
@permitted(IMPORT)
def imports(request: HttpRequest) -> HttpResponseBase:
    """The newest batches, and the form that starts one. What is too large is refused before it is read."""
    if request.method == "POST":
        declared = str(request.META.get("CONTENT_LENGTH", ""))
        if declared.isdecimal() and int(declared[:18]) > max_bytes() + (1 << 20):
            return _too_large(request)
        request.upload_handlers = [SealingUploadHandler(request)]
    return _imports(request)


@csrf_protect
def _imports(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _start(request)
    mended = _mended(request)
    initial: dict[str, Any] = {}
    if mended:
        initial = {
            "shop": mended.shop_id,
            "format": mended.format,
            "historical": mended.historical,
            "mends": mended.pk,
        }
    elif request.GET.get("shop", "").isdecimal():
        initial = {"shop": request.GET["shop"][:18]}
    return _page(request, ImportForm(initial=initial, shops=_shops(request)), mended=mended)


def _start(request: HttpRequest) -> HttpResponse:
    form = ImportForm(request.POST, request.FILES, shops=_shops(request))
    files = [file for file in request.FILES.values() if isinstance(file, SealedUpload)]
    if form.is_valid():
        data = form.cleaned_data
        mended = selectors.visible_batches(person(request)).filter(pk=data["mends"] or 0).first()
        try:
            batch = verbs.start_batch(
                shop=data["shop"],
                filename=data["file"].name,
                by=person(request),
                now=timezone.now(),
                upload=data["file"],
                detail=data["detail"] or None,
                format=data["format"],
                historical=data["historical"],
                mapping=mended.mapping if mended and mended.shop_id == data["shop"].pk else None,
                mends_id=mended.pk if mended else None,
            )
        except Invalid as refused:
            form.add_error(refused.params.get("path", "file"), str(refused.message))
        else:
            return redirect("orders:batch", batch.pk)
    remove(*(file.stored_as for file in files))
    return _page(request, form, status=422)


def _too_large(request: HttpRequest) -> HttpResponse:
    form = ImportForm(shops=_shops(request))
    told = _("The file is larger than %(limit)s MB. Export a shorter period and send the parts one by one.")
    return _page(request, form, status=413, refusal=told % {"limit": settings.ECDEPT_MAX_IMPORT_MB})


def _page(request: HttpRequest, form: ImportForm, *, status: int = 200, **context: Any) -> HttpResponse:
    before = _number(request, "before")
    batches = selectors.visible_batches(person(request))
    found = list((batches.filter(pk__lt=before) if before else batches)[: selectors.PAGE + 1])
    more = found[selectors.PAGE - 1].pk if len(found) > selectors.PAGE else None
    context |= {
        "form": form,
        "batches": found[: selectors.PAGE],
        "next_url": f"?before={more}" if more else "",
        "first_url": request.path if before else "",
        "max_mb": settings.ECDEPT_MAX_IMPORT_MB,
        "may_export": EXPORT in entered(request).permissions,
    }
    return render(request, "orders/imports.html", context, status=status)


@require_GET
@never_cache
@permitted(IMPORT)
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """One batch: how far it is, what became of its rows, and what can be done."""
    return _batch_page(request, selectors.batch_for(person(request), pk))


def _batch_page(
    request: HttpRequest, batch: Batch, *, mapping: MappingForm | None = None, status: int = 200
) -> HttpResponse:
    after = _number(request, "after")
    rows, more = selectors.refused_page(batch, after=after)
    context = {
        "batch": batch,
        "rows": rows,
        "next_url": f"?after={more}#rejected" if more else "",
        "first_url": f"{request.path}#rejected" if after else "",
        "mapping": mapping or _mapping_form(batch),
        "saved_mapping": selectors.saved_mapping(batch),
        "format_label": FORMAT_NAMES.get(batch.format, ""),
        "timeline": audit.timeline(verbs.subject_of_batch(batch)),
    }
    return render(request, "orders/batch.html", context, status=status)


def _mapping_form(batch: Batch, data: Any = None) -> MappingForm | None:
    if not selectors.waits_for_mapping(batch):
        return None
    rows = selectors.mapping_proposal(batch)
    proposal = {row.header: row.field for row in rows}
    return MappingForm(data, headers=[row.header for row in rows], proposal=proposal)


@require_GET
@never_cache
@permitted(IMPORT)
def batch_state(request: HttpRequest, pk: int) -> HttpResponse:
    """The moving part of a batch's page; a finished batch reloads the page once."""
    batch = selectors.batch_for(person(request), pk)
    response = render(request, "orders/_batch_state.html", {"batch": batch})
    if batch.state not in selectors.MOVING:
        response["HX-Refresh"] = "true"
    return response


@require_GET
@never_cache
@permitted(IMPORT)
def batch_orders(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The orders behind one of the counts."""
    batch = selectors.batch_for(person(request), pk)
    finders = {"inserted": selectors.batch_orders, "duplicates": selectors.duplicate_orders}
    if kind not in finders:
        raise Http404
    orders, more = finders[kind](batch, after=_number(request, "after"))
    context = {
        "batch": batch,
        "kind": kind,
        "orders": orders,
        "next_url": f"?after={more}" if more else "",
        "export_reasons": UNMASK_REASONS if EXPORT in entered(request).permissions else (),
    }
    return render(request, "orders/batch_orders.html", context)


@require_POST
@permitted(EXPORT)
@fresh
def export_orders_of(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The orders that a batch inserted, as a file."""
    batch = selectors.batch_for(person(request), pk)
    who, form = viewer_of(request), ExportForm(request.POST)
    filters = replace(form.filters(who), batch=batch.pk, query="", sort="old")
    if not form.cleaned_data.get("format"):
        raise Invalid(_("Choose a format."))
    return download(request, who, filters, form, name=f"import-{pk}-orders", batch=batch)


@require_POST
@permitted(EXPORT)
@fresh
def export(request: HttpRequest) -> HttpResponseBase:
    """The newest imports with their counts, as a file."""
    by, now = person(request), timezone.now()
    form = ExportForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("Choose a format."))
    given = form.cleaned_data["format"]
    batches = selectors.visible_batches(by)[: selectors.EXPORTED]
    found = export_batches(batches=batches, format=given, by=by, now=now)
    return attachment(found, f"imports-{timezone.localtime(now):%Y%m%d-%H%M}.{given}")


@require_POST
@permitted(IMPORT)
def map_columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what the columns are; the file is read again."""
    batch = selectors.batch_for(person(request), pk)
    form = _mapping_form(batch, request.POST)
    if form is None:
        raise Conflict(_("This import does not wait for its columns to be named."), code="not_mappable")
    if form.is_valid():
        try:
            verbs.map_batch(batch_id=pk, columns=form.columns, by=person(request), now=timezone.now())
        except Invalid as refused:
            form.add_error(None, str(refused.message))
        else:
            return redirect("orders:batch", pk)
    return _batch_page(request, batch, mapping=form, status=422)


@require_POST
@permitted(IMPORT)
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on with a batch that broke off."""
    selectors.batch_for(person(request), pk)
    verbs.retry_batch(batch_id=pk, by=person(request), now=timezone.now())
    return redirect("orders:batch", pk)


@require_POST
@permitted(IMPORT)
def forget_mapping(request: HttpRequest, pk: int) -> HttpResponse:
    """The shop's saved columns were wrong: ask again at the next file."""
    batch = selectors.batch_for(person(request), pk)
    verbs.save_mapping(shop=batch.shop, mapping={}, by=person(request), now=timezone.now())
    messages.success(request, _("The column mapping of %(shop)s is forgotten.") % {"shop": batch.shop.name})
    return redirect("orders:batch", pk)


@require_POST
@permitted(IMPORT)
@fresh
def rejected(request: HttpRequest, pk: int, part: str) -> HttpResponseBase:
    """The refused rows as CSV, to be mended and sent again. Recorded, hence a POST."""
    if part not in ("list", "detail"):
        raise Http404
    by, now = person(request), timezone.now()
    batch, mark = selectors.batch_for(by, pk), new_mark(by, now)
    pieces = verbs.download_rejected(batch=batch, mark=mark, by=by, now=now, in_detail=part == "detail")
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    name = mark.name(f"rejected-{batch.pk}-{part}.csv")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_http_methods(["GET", "POST"])
@permitted(IMPORT)
def new_order(request: HttpRequest) -> HttpResponse:
    """One order typed by hand."""
    form = OrderForm(request.POST or None, shops=_shops(request))
    lines = LineFormSet(request.POST or None, prefix="lines")
    if request.method == "POST" and form.is_valid() and lines.is_valid():
        filled = [line for line in lines.forms if line.filled]
        try:
            order_id = verbs.enter_order(
                shop=form.cleaned_data["shop"],
                order=form.incoming(filled),
                by=person(request),
                now=timezone.now(),
            )
        except (Invalid, Conflict) as refused:
            form.add_error("number" if isinstance(refused, Conflict) else None, str(refused.message))
            known = refused.params.get("order_id")
            return render(
                request,
                "orders/new.html",
                {"form": form, "lines": lines, "known": known},
                status=refused.status,
            )
        messages.success(request, _("The order is booked."))
        return redirect("orders:order", order_id)
    status = 422 if request.method == "POST" else 200
    return render(request, "orders/new.html", {"form": form, "lines": lines}, status=status)


def _shops(request: HttpRequest) -> QuerySet[Shop]:
    return selectors.shops_for(person(request))


def _mended(request: HttpRequest) -> Batch | None:
    number = _number(request, "mends")
    return selectors.visible_batches(person(request)).filter(pk=number).first() if number else None


def _number(request: HttpRequest, name: str) -> int:
    """A key from the query; 0 for anything else."""
    value = request.GET.get(name, "")
    return int(value) if value.isdecimal() and value.isascii() and len(value) <= 18 else 0
