"""Cases: those the reader may see, one, opening one, and what is done with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from attendance.forms.acts import number, refuse
from attendance.forms.cases import AnswerForm, CloseForm, OpenForm, ProposeForm
from attendance.limits import upload_limits
from attendance.models import Case, CaseFile
from attendance.selectors import cases as selectors
from attendance.services import cases as verbs
from office.errors import NotFound, Refused
from office.files import api as files
from office.files.forms import sent_file, takes_files
from office.rulebook.guards import permitted, person


@require_GET
@login_required
def cases(request: HttpRequest) -> HttpResponse:
    """The own ones; for the posts that decide, all."""
    me, now = person(request), timezone.now()
    ended = request.GET.get("tab") == "ended"
    rows = selectors.listed(me, ended=ended, now=now, before=number(request.GET.get("before")))
    context = {
        "cases": rows[: selectors.PAGE],
        "more": rows[selectors.PAGE - 1].pk if len(rows) > selectors.PAGE else None,
        "ended": ended,
    }
    return render(request, "attendance/cases.html", context)


@require_http_methods(["GET", "POST"])
@permitted(selectors.OPEN)
def open_case(request: HttpRequest) -> HttpResponse:
    me, now = person(request), timezone.now()
    form = OpenForm(request.POST or None, now=now, me=me)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            case = verbs.open_case(
                employee_id=given["employee"].pk, clause=given["clause"], facts=given["facts"], by=me, now=now
            )
            messages.success(request, _("Opened. The person is told and answers first."))
            return redirect("attendance:case", pk=case.pk)
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
    return render(request, "attendance/case_open.html", {"form": form}, status=status)


@require_GET
@login_required
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """One case: the matter, what can be done, timeline. Hidden from others: 404."""
    return show(request, pk)


def show(
    request: HttpRequest,
    pk: int,
    *,
    bound: dict[str, forms.Form] | None = None,
    refusal: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, with what was refused and typed."""
    now = timezone.now()
    page = selectors.case_page(pk, person(request), now)
    bound = bound or {}
    shown = {key: bound.get(key) or _form(key, page.case) for key in KEYS if key in page.acts}
    context = {
        "page": page,
        "case": page.case,
        "forms": shown,
        "refused": refusal,
        "lost": [form for key, form in bound.items() if key not in shown],
    }
    return render(request, "attendance/case.html", context, status=status)


KEYS = ("answer", "propose", "close")


def _form(key: str, case: Case, data: Mapping[str, Any] | None = None) -> forms.Form:
    if key == "propose":
        return ProposeForm(data, case=case, now=timezone.now(), auto_id="propose-%s")
    make = AnswerForm if key == "answer" else CloseForm
    return make(data, auto_id=f"{key}-%s")


@require_POST
@login_required
def act(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Answer, propose, close: what was refused shows the case as it is now, with what was typed."""
    if key not in KEYS:
        raise Http404
    me, now = person(request), timezone.now()
    found = selectors.access_case(case_id=pk, person=me, now=now)  # hidden from others: 404
    form = _form(key, found, request.POST)
    if not form.is_valid():
        return show(request, pk, bound={key: form}, status=422)
    seen = number(request.POST.get("seen"))
    try:
        if isinstance(form, ProposeForm):
            run = verbs.propose(case_id=pk, proposal=form.proposal(), by=me, now=now, seen=seen)
            return redirect("approvals:run", run.pk)
        verb = verbs.answer if key == "answer" else verbs.close_case
        verb(case_id=pk, by=me, now=now, seen=seen, **form.cleaned_data)
    except NotFound:
        raise
    except Refused as refused:
        refuse(form, refused)
        return show(request, pk, bound={key: form}, refusal=refused, status=refused.status)
    messages.success(request, _("Recorded."))
    return redirect("attendance:case", pk=pk)


@require_POST
@login_required
@takes_files(upload_limits)
def add_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    me, now = person(request), timezone.now()
    selectors.access_case(case_id=pk, person=me, now=now)
    limits = upload_limits(now)
    try:
        content, name = sent_file(request, limits)
        stored = files.keep_file(content=content, name=name, by=me, now=now, limits=limits)
        verbs.add_file(case_id=pk, file_id=stored.pk, by=me, now=now)
    except NotFound:
        raise
    except Refused as refused:
        return show(request, pk, refusal=refused, status=refused.status)
    messages.success(request, _("The file is kept with the case."))
    return redirect("attendance:case", pk=pk)


@require_GET
@login_required
def file(request: HttpRequest, pk: int, file: int) -> HttpResponseBase:
    found = selectors.access_case(case_id=pk, person=person(request), now=timezone.now())
    kept = CaseFile.objects.select_related("file").filter(pk=file, case=found).first()
    if kept is None:
        raise NotFound(_("There is no such file."))
    return files.serve(request, kept.file)
