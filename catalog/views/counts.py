"""Stock counts: what is to be counted, and the sheet that is filled in on a phone."""

from __future__ import annotations

import io
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.forms.stock import CountLineForm, OpenCountForm, UploadForm, line_forms
from catalog.models import StockCount
from catalog.rules.count_file import read_counts
from catalog.selectors import stock as selectors
from catalog.services.stock import counting, imports
from catalog.services.stock.counting import Entry
from catalog.services.stock.writing import COUNT
from catalog.subjects import count_subject
from catalog.views.answers import explain, number
from catalog.views.stock import VIEW
from office.approvals import api as approvals
from office.audit import api as audit
from office.errors import Conflict, Invalid, Refused
from office.rulebook import api as rulebook
from office.rulebook.guards import entered, permitted, person
from office.staff.models import Employee
from office.tables.opening import open_tables
from office.tables.table import Source, UnusableFile


@require_GET
@permitted(VIEW)
def counts(request: HttpRequest) -> HttpResponse:
    """What is to be counted, by when; what was."""
    return _counts(request, OpenCountForm())


def _counts(request: HttpRequest, form: OpenCountForm, status: int = 200) -> HttpResponse:
    now = timezone.now()
    running, ended, following = selectors.counts_page(number(request.GET.get("before")))
    scheduled = rulebook.has_rule(counting.SCHEDULE, now)
    context = {
        "running": running,
        "ended": ended,
        "form": form,
        "may_count": COUNT in entered(request).permissions,
        "numbers": selectors.numbers(),
        "next_run": rulebook.next_run(rulebook.schedule_rule(counting.SCHEDULE, at=now), now)
        if scheduled
        else None,
        "next_url": f"?before={following}" if following else "",
    }
    return render(request, "catalog/counts.html", context, status=status)


@require_POST
@permitted(COUNT)
def count_open(request: HttpRequest) -> HttpResponse:
    """A count besides the schedule."""
    form = OpenCountForm(request.POST)
    if form.is_valid():
        try:
            count = counting.open_count(
                category_id=form.cleaned_data["category"].pk, by=person(request), now=timezone.now()
            )
        except Conflict as conflict:
            if conflict.params.get("count"):
                return redirect("catalog:count", conflict.params["count"])
            explain(form, conflict)
        else:
            return redirect("catalog:count", count.pk)
    return _counts(request, form, status=422)


@require_http_methods(["GET", "POST"])
@permitted(VIEW)
def count(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet. Saving keeps figures; handing in ends the count."""
    found = selectors.access_count(pk)
    lines = line_forms(selectors.sheet(found), request.POST or None, _draft(request, found))
    refusal: Refused | None = None
    if request.method == "POST":
        try:
            return _kept(request, found, lines)
        except Invalid as refused:
            refusal = refused
            _mark(lines, refused)
    return _sheet(request, found, lines, refusal=refusal, status=422 if refusal else 200)


def _draft(request: HttpRequest, found: StockCount) -> approvals.FormDraft:
    """What the reader has begun to fill in: figures of a larger difference are asked for with the hand-in."""
    return approvals.form_draft(person(request), counting.VARIANCE, found.pk, found.category.name)


def _drop_draft(request: HttpRequest, found: StockCount) -> None:
    draft = _draft(request, found)
    if draft.pk is not None:
        approvals.discard_draft(draft_id=draft.pk, by=person(request))


def _kept(request: HttpRequest, found: StockCount, lines: list[tuple[Any, CountLineForm]]) -> HttpResponse:
    me, now = person(request), timezone.now()
    wrong = [form for _row, form in lines if not form.is_valid()]
    if wrong:
        raise Invalid(counting.NOT_ENTERED)
    entries = [
        Entry(row.pk, data["counted"], data["reason"], data["note"])
        for row, form in lines
        if (data := form.cleaned_data)["counted"] is not None
    ]
    if not request.POST.get("hand_in"):
        counting.enter_counts(count_id=found.pk, entries=entries, by=me, now=now)
        _drop_draft(request, found)
        messages.success(request, _("Saved. The count goes on until you hand it in."))
        return redirect("catalog:count", found.pk)
    _done, run = counting.hand_in_count(
        count_id=found.pk, entries=entries, by=me, now=now, comment=request.POST.get("comment", "")[:500]
    )
    _drop_draft(request, found)
    if run is None:
        messages.success(request, _("Handed in. The stock is what you counted."))
    else:
        messages.success(request, _("Handed in. The larger differences wait for agreement."))
    return redirect("catalog:count", found.pk)


def _mark(lines: list[tuple[Any, CountLineForm]], refused: Invalid) -> None:
    by_path = {str(row.pk): form for row, form in lines}
    for error in refused.errors:
        form = by_path.get(error["path"])
        if form is not None:
            form.is_valid()
            field = {"reason": "reason", "note": "note"}.get(error["code"], "counted")
            form.add_error(field, error["message"])


def _sheet(
    request: HttpRequest,
    found: StockCount,
    lines: list[tuple[Any, CountLineForm]],
    *,
    refusal: Refused | None = None,
    upload: UploadForm | None = None,
    status: int = 200,
) -> HttpResponse:
    me, now = person(request), timezone.now()
    subject = count_subject(found)
    runs = approvals.runs_about(subject, me, now)
    context = {
        "count": found,
        "lines": lines,
        "open": found.state == StockCount.State.OPEN and COUNT in entered(request).permissions,
        "left": sum(row.line is None for row, _form in lines),
        "clock": selectors.due_of(found),
        "runs": runs,
        "again": _returned(runs, me),
        "draft": _draft(request, found),
        "imports": found.imports.select_related("by")[:5],
        "upload": upload or UploadForm(),
        "refusal": refusal,
        "timeline": audit.timeline(subject),
    }
    return render(request, "catalog/count.html", context, status=status)


def _returned(runs: list[approvals.Run], me: Employee) -> approvals.Run | None:
    """The request that came back to the reader."""
    mine = (run for run in runs if run.state == approvals.Run.State.RETURNED and run.requester_id == me.pk)
    return next(mine, None)


@require_POST
@permitted(COUNT)
def count_again(request: HttpRequest, pk: int) -> HttpResponse:
    """What came back is asked for again: the same figures, with a word."""
    found, me, now = selectors.access_count(pk), person(request), timezone.now()
    run = _returned(approvals.runs_about(count_subject(found), me, now), me)
    if run is None:
        raise Conflict(_("Nothing of this count has come back to you."), code="moved_on")
    comment = request.POST.get("comment", "").replace("\0", "")[:500]
    counting.ask_again(run_id=run.pk, by=me, now=now, comment=comment)
    messages.success(request, _("Handed in. The larger differences wait for agreement."))
    return redirect("catalog:count", pk)


@require_POST
@permitted(COUNT)
def count_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Figures from a file; refused rows stand whole on the page."""
    found = selectors.access_count(pk)
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        body = file.read()
        try:
            [table, *_more] = open_tables(Source(file.name, len(body), lambda: io.BytesIO(body)))
            done = imports.import_counts(
                count_id=pk,
                filename=file.name,
                content=read_counts(table.rows()),
                by=person(request),
                now=timezone.now(),
            )
        except UnusableFile as unusable:
            form.add_error("file", str(unusable.message))
        except Refused as refused:
            form.add_error("file", str(refused.message))
        else:
            told = ngettext("%(count)s figure was taken.", "%(count)s figures were taken.", done.taken)
            messages.success(request, told % {"count": done.taken})
            return redirect("catalog:count", pk)
    return _sheet(request, found, line_forms(selectors.sheet(found)), upload=form, status=422)
