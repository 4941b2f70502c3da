"""Inspections, for an inspector with a phone at the supplier's.

The job: which lot, how many pieces, how many bad, and it is said at once whether it passes. Gone wrong first:
too few pieces looked at, a failure without words, a repair believed without looking.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from contracts.forms import purchase as forms
from contracts.limits import upload_limits
from contracts.order_subjects import order_subject
from contracts.selectors import inspections as selectors
from contracts.services import drawing, inspecting
from contracts.services.sides import INSPECT
from contracts.views.purchase import VIEW, explain, kept, number
from office.audit import api as audit
from office.errors import Conflict, Forbidden, NotFound, Refused
from office.files import api as files
from office.rulebook.guards import entered, permitted, person


@require_GET
@permitted(VIEW)
def inspections(request: HttpRequest) -> HttpResponse:
    """What is to be looked at, what is to be put right, what is done."""
    tab = request.GET.get("tab", "todo")
    tab = tab if tab in selectors.TABS else "todo"
    rows, following = selectors.inspection_list(tab, number(request.GET.get("before")))
    context = {
        "rows": rows,
        "tab": tab,
        "counts": selectors.counts(),
        "draws": selectors.draws(),
        "may": INSPECT in entered(request).permissions,
        "next_url": f"?tab={tab}&before={following}" if following else "",
    }
    return render(request, "contracts/inspections.html", context)


@require_POST
@permitted(INSPECT)
def draw_now(request: HttpRequest) -> HttpResponse:
    """One more draw."""
    try:
        made = drawing.draw_now(by=person(request), now=timezone.now())
    except Conflict as refused:
        messages.error(request, str(refused.message))
        return redirect("contracts:inspections")
    return redirect("contracts:draw", made.pk)


@require_GET
@permitted(VIEW)
def draw(request: HttpRequest, pk: int) -> HttpResponse:
    """The lottery as it was drawn, and how to repeat it."""
    return render(request, "contracts/draw.html", selectors.draw_page(pk))


@require_GET
@permitted(VIEW)
def inspection(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, pk, {})


@require_POST
@permitted(INSPECT)
@files.takes_files(upload_limits)
def inspection_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """What was found; what the supplier says; whether it is right now."""
    found = selectors.access_inspection(pk)
    made: dict[str, type[forms.Dressed]] = {
        "report": forms.ResultForm, "answer": forms.AnswerForm, "judge": forms.JudgeForm,
    }  # fmt: skip
    result = getattr(found, "result", None)
    mended: Any = getattr(result, "rectification", None)
    if act not in made or (act != "report" and mended is None):
        raise NotFound(_("There is no such rectification."))
    form = made[act](request.POST, request.FILES)
    if form.is_valid():
        data = dict(form.cleaned_data)
        by: dict[str, Any] = {"by": person(request), "now": timezone.now()}
        try:
            if act == "report":
                inspecting.report(inspection_id=pk, **{**data, "file": kept(request)}, **by)
            elif act == "answer":
                inspecting.answer(rectification_id=mended.pk, text=data["text"], file=kept(request), **by)
            else:
                inspecting.judge(
                    rectification_id=mended.pk,
                    good=data["good"] == "yes",
                    text=data["text"],
                    **by,
                )
        except (Forbidden, NotFound):
            raise
        except Refused as refused:
            explain(form, refused)
        else:
            messages.success(request, _("Done."))
            return redirect("contracts:inspection", pk)
    return _page(request, pk, {act: form}, status=422)


def _page(request: HttpRequest, pk: int, bound: dict[str, Any], status: int = 200) -> HttpResponse:
    found = selectors.access_inspection(pk)
    result = getattr(found, "result", None)
    mended = getattr(result, "rectification", None)
    events = list(mended.events.order_by("pk").select_related("by", "contact", "file")) if mended else []
    last = events[-1].word if events else "refused"
    context = {
        "inspection": found,
        "result": result,
        "mended": mended,
        "events": events,
        "over": last == "done",
        "clock": selectors.clock_of(mended) if mended else None,
        "may": INSPECT in entered(request).permissions,
        "report_form": bound.get("report") or forms.ResultForm(initial={"checked": found.sample}),
        "answer_form": (bound.get("answer") or forms.AnswerForm()) if mended and last == "refused" else None,
        "judge_form": (bound.get("judge") or forms.JudgeForm()) if mended and last == "answered" else None,
        "timeline": audit.timeline(order_subject(found.line.order), latest=60),
    }
    return render(request, "contracts/inspection.html", context, status=status)


@require_GET
@permitted(VIEW)
def inspection_file(request: HttpRequest, pk: int, file_id: int) -> HttpResponseBase:
    """A photo or paper of this very inspection."""
    return files.serve(request, selectors.file_of(pk, file_id))
