"""Files of punches and their sources, for HR."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from attendance.forms.punches import (
    FILE_MB,
    ColumnsForm,
    NumberForm,
    PunchFileForm,
    SourceChangeForm,
    SourceForm,
    TerminalForm,
)
from attendance.models import DeviceUser, PunchBatch, PunchSource, RejectedPunch, Terminal
from attendance.selectors.sources import access_source
from attendance.services import batches, rejects, sources, terminals
from attendance.services.batches import IMPORT, MENDABLE, UNKNOWN
from attendance.views.answers import explain, number
from office.audit import api as audit
from office.errors import Invalid, NotFound, Refused
from office.rulebook.guards import permitted, person
from office.rulebook.sudo import fresh
from office.tables.marks import new_mark

PAGE = 30
ROWS = 200


@require_http_methods(["GET", "POST"])
@permitted(IMPORT)
def imports(request: HttpRequest) -> HttpResponse:
    """The newest batches, and the form that starts one."""
    mended = PunchBatch.objects.filter(pk=number(request.GET.get("mends")) or 0).first()
    initial = {"mends": mended.pk, "source": mended.source_id} if mended else {}
    form = PunchFileForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        again = PunchBatch.objects.filter(pk=data["mends"] or 0, source=data["source"]).first()
        try:
            batch = batches.start_batch(
                source_id=data["source"].pk,
                filename=data["file"].name,
                upload=data["file"],
                by=person(request),
                now=timezone.now(),
                mapping=again.mapping if again else None,
                mends_id=again.pk if again else None,
            )
        except Invalid as refused:
            form.add_error("file", str(refused.message))
        else:
            return redirect("attendance:batch", batch.pk)
    return _imports(request, form, mended, 422 if request.method == "POST" else 200)


def _imports(
    request: HttpRequest, form: PunchFileForm, mended: PunchBatch | None, status: int
) -> HttpResponse:
    before = number(request.GET.get("before"))
    rows = PunchBatch.objects.select_related("source", "by")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE + 1])
    context = {
        "form": form,
        "mended": mended,
        "batches": found[:PAGE],
        "next_url": f"?before={found[PAGE - 1].pk}" if len(found) > PAGE else "",
        "sources": PunchSource.objects.exists(),
        "max_mb": FILE_MB,
    }
    return render(request, "attendance/imports.html", context, status=status)


@require_GET
@permitted(IMPORT)
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """What became of a file, row by row for what was refused."""
    return _batch(request, _access(pk))


def _access(pk: int) -> PunchBatch:
    found = PunchBatch.objects.select_related("source", "by", "mends").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such import."))
    return found


def _batch(request: HttpRequest, found: PunchBatch, *, status: int = 200, **more: Any) -> HttpResponse:
    refused = list(RejectedPunch.objects.filter(batch=found)[: ROWS + 1])
    unknown = (
        RejectedPunch.objects.filter(batch=found, code=UNKNOWN)
        .values("number")
        .annotate(rows=Count("pk"))
        .order_by("-rows", "number")[:50]
    )
    mendable = found.state == PunchBatch.State.FAILED and found.error_code in MENDABLE and bool(found.header)
    context = {
        "batch": found,
        "running": found.state in (PunchBatch.State.QUEUED, PunchBatch.State.RUNNING),
        "refused": [(row, rejects.reason_of(row)) for row in refused[:ROWS]],
        "more": max(0, found.rejected - ROWS),
        "unknown": unknown,
        "number_form": NumberForm() if unknown else None,
        "columns": ColumnsForm(header=found.header) if mendable else None,
        "timeline": audit.timeline(found.subject),
        **more,
    }
    return render(request, "attendance/batch.html", context, status=status)


@require_POST
@permitted(IMPORT)
def batch_columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Name the columns of a file that was not recognised; it is read again."""
    found = _access(pk)
    form = ColumnsForm(request.POST, header=found.header)
    if form.is_valid():
        columns = {field: header for field, header in form.cleaned_data.items() if header}
        try:
            batches.map_batch(batch_id=pk, columns=columns, by=person(request), now=timezone.now())
        except Invalid as refused:
            explain(form, refused)
        else:
            return redirect("attendance:batch", pk)
    return _batch(request, found, status=422, columns=form)


@require_POST
@permitted(IMPORT)
@fresh
def batch_rejected(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The refused rows as CSV; logged."""
    by, now = person(request), timezone.now()
    found, mark = _access(pk), new_mark(by, now)
    pieces = rejects.download_rejected(batch=found, mark=mark, by=by, now=now)
    answer = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    name = mark.name(f"punches-{found.pk}-refused.csv")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_http_methods(["GET", "POST"])
@permitted(IMPORT)
def source_list(request: HttpRequest) -> HttpResponse:
    """Devices and systems, and a new one."""
    form = SourceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = sources.add_source(by=person(request), now=timezone.now(), **form.cleaned_data)
        except Refused as refused:
            explain(form, refused)
        else:
            messages.success(request, _("The source is added."))
            return redirect("attendance:source", made.pk)
    rows = PunchSource.objects.annotate(numbers=Count("users", distinct=True))
    context = {"form": form, "rows": rows}
    return render(
        request, "attendance/sources.html", context, status=422 if request.method == "POST" else 200
    )


@require_http_methods(["GET", "POST"])
@permitted(IMPORT)
def source(request: HttpRequest, pk: int) -> HttpResponse:
    """One source: its name, its numbers, its secret."""
    found = access_source(pk)
    initial = {"name": found.name, "own_numbers": found.own_numbers, "active": found.active}
    form = SourceChangeForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            sources.change_source(source_id=pk, by=person(request), now=timezone.now(), **form.cleaned_data)
        except Refused as refused:
            explain(form, refused)
        else:
            messages.success(request, _("Saved."))
            return redirect("attendance:source", pk)
    return _source(request, found, form=form, status=422 if request.method == "POST" else 200)


def _source(request: HttpRequest, found: PunchSource, *, status: int = 200, **more: Any) -> HttpResponse:
    initial = {"name": found.name, "own_numbers": found.own_numbers, "active": found.active}
    terminal = Terminal.objects.filter(source=found).first()
    device: dict[str, Any] = {"zone": 8}
    if terminal is not None:
        device = {"serial": terminal.serial, "networks": " ".join(terminal.networks), "zone": terminal.zone}
    context = {
        "source": found,
        "form": SourceChangeForm(initial=initial),
        "number_form": NumberForm(initial={"number": request.GET.get("number", "")[:60]}),
        "terminal": terminal,
        "terminal_form": TerminalForm(initial=device),
        "users": DeviceUser.objects.filter(source=found).select_related("employee").order_by("number")[:1000],
        "where": request.build_absolute_uri(reverse("punch_hooks:punch_hook", args=[found.code])),
        "timeline": audit.timeline(found.subject),
        **more,
    }
    return render(request, "attendance/source.html", context, status=status)


@require_POST
@permitted(IMPORT)
def source_secret(request: HttpRequest, pk: int) -> HttpResponse:
    """A new signing secret, shown on this one page."""
    found = access_source(pk)
    secret = sources.renew_secret(source_id=pk, by=person(request), now=timezone.now())
    answer = _source(request, found, secret=secret)
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@permitted(IMPORT)
def source_terminal(request: HttpRequest, pk: int) -> HttpResponse:
    """The device of a source that pushes: registered, given a new address (shown on this one page), or removed."""
    found = access_source(pk)
    if request.POST.get("act") == "remove":
        terminals.remove_terminal(source_id=pk, by=person(request), now=timezone.now())
        messages.success(request, _("Its address answers nobody any more."))
        return redirect("attendance:source", pk)
    form = TerminalForm(request.POST)
    if form.is_valid():
        try:
            token = terminals.register_terminal(
                source_id=pk,
                serial=form.cleaned_data["serial"],
                networks=form.cleaned_data["networks"].split(),
                zone=form.cleaned_data["zone"],
                by=person(request),
                now=timezone.now(),
            )
        except Refused as refused:
            explain(form, refused)
        else:
            where = reverse("punch_hooks:iclock_cdata", args=[token]).removesuffix("/iclock/cdata")
            answer = _source(request, found, device_path=where)
            answer["Cache-Control"] = "no-store"
            return answer
    return _source(request, found, status=422, terminal_form=form)


@require_POST
@permitted(IMPORT)
def source_number(request: HttpRequest, pk: int) -> HttpResponse:
    """Say who a number is; the rows that waited for it are taken."""
    found = access_source(pk)
    form = NumberForm(request.POST)
    if form.is_valid():
        try:
            taken = sources.name_number(
                source_id=pk,
                number=form.cleaned_data["number"],
                employee_id=form.cleaned_data["employee"].pk,
                by=person(request),
                now=timezone.now(),
            )
        except Refused as refused:
            explain(form, refused)
        else:
            told = ngettext(
                "Saved. %(n)s punch that waited was taken.",
                "Saved. %(n)s punches that waited were taken.",
                taken,
            )
            messages.success(request, told % {"n": taken})
            back = number(request.POST.get("batch"))
            if back is not None:
                return redirect("attendance:batch", back)
            return redirect("attendance:source", pk)
    return _source(request, found, status=422, number_form=form)


@require_POST
@permitted(IMPORT)
def number_free(request: HttpRequest, pk: int) -> HttpResponse:
    """The number means nobody any more."""
    known = DeviceUser.objects.filter(pk=pk).first()
    sources.free_number(user_id=pk, by=person(request), now=timezone.now())
    return redirect("attendance:source", known.source_id if known else 0)
