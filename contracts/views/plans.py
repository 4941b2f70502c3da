"""Work plans: the list, a plan with its time line, its steps and its documents."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contracts.forms.acts import Offer, number, refuse, sent
from contracts.forms.plans import (
    ChangeStepForm,
    CloseForm,
    DocumentForm,
    DropForm,
    NoteForm,
    PaperForm,
    PlanForm,
    StepForm,
)
from contracts.limits import upload_limits
from contracts.models import DocumentPaper, Milestone, PlanDocument
from contracts.rules.days import today
from contracts.selectors import plans as selectors
from contracts.services import plan_documents, plans
from office.errors import NotFound, Refused
from office.files import api as files
from office.rulebook.guards import entered, permitted, person

KEEP = "work.plans"


@require_GET
@login_required
def plan_list(request: HttpRequest) -> HttpResponse:
    """All of them for who keeps plans; for others those in which something is theirs."""
    closed, before = request.GET.get("tab") == "closed", number(request.GET.get("before"))
    lines, following = selectors.plan_list(person(request), closed=closed, before=before, at=timezone.now())
    kept = "tab=closed&" if closed else ""
    context = {
        "lines": lines,
        "closed": closed,
        "next_url": f"?{kept}before={following}" if following else "",
        "first_url": f"?{kept}" if before else "",
        "may": entered(request).permissions,
    }
    return render(request, "contracts/plans.html", context)


@require_http_methods(["GET", "POST"])
@permitted(KEEP)
def plan_new(request: HttpRequest) -> HttpResponse:
    me, now = person(request), timezone.now()
    form = PlanForm(request.POST or None, now=now, initial={"owner": me.pk, "starts_on": today(now)})
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            made = plans.make_plan(**form.asked(), by=me, now=now)
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
        else:
            messages.success(request, _("Made. Give each step to who does it."))
            return redirect("contracts:plan", pk=made.pk)
    return render(request, "contracts/plan_new.html", {"form": form}, status=status)


@require_GET
@login_required
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    return show(request, pk)


def show(
    request: HttpRequest, pk: int, *, bound: dict[str, forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    """The plan, with what was refused and typed."""
    page, bound = selectors.plan_page(pk, person(request), timezone.now()), bound or {}
    context = {"page": page, "plan": page.plan, "offers": _offers(page, bound), "kept_bound": bound}
    return render(request, "contracts/plan.html", context, status=status)


def _offers(page: selectors.PlanPage, bound: dict[str, forms.Form]) -> list[Offer]:
    if not page.keeps or page.plan.closed_at is not None:
        return []
    closing = _("Close it: everything is done")
    effect = ""
    if page.open_count:
        closing, effect = _("Give the plan up"), _("What is open is given up and every clock stops.")
    return [
        Offer("step", _("Add a step"), bound.get("step") or StepForm(auto_id="step-%s")),
        Offer(
            "document",
            _("Another document for the plan"),
            bound.get("document") or DocumentForm(auto_id="document-%s"),
        ),
        Offer("close", closing, bound.get("close") or CloseForm(auto_id="close-%s"), ask=effect),
    ]


KEYS = {"step": StepForm, "document": DocumentForm, "close": CloseForm}


@require_POST
@permitted(KEEP)
def plan_act(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Add a step or a document, or close."""
    if key not in KEYS:
        raise Http404
    me, now = person(request), timezone.now()
    selectors.access_plan(pk, me, now)
    form = KEYS[key](request.POST, auto_id=f"{key}-%s")
    if not form.is_valid():
        return show(request, pk, bound={key: form}, status=422)
    try:
        if isinstance(form, StepForm):
            plans.add_milestone(plan_id=pk, **form.asked(), by=me, now=now)
        elif isinstance(form, DocumentForm):
            plan_documents.add_document(plan_id=pk, **form.asked(), by=me, now=now)
        else:
            plans.close_plan(plan_id=pk, reason=form.cleaned_data["reason"], by=me, now=now)
    except NotFound:
        raise
    except Refused as refused:
        refuse(form, refused)
        return show(request, pk, bound={key: form}, status=refused.status)
    messages.success(request, _("Recorded."))
    return redirect("contracts:plan", pk=pk)


@require_http_methods(["GET", "POST"])
@login_required
def step(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Finish, change or drop a step, each on a page of its own. Hidden from others: 404."""
    me, now = person(request), timezone.now()
    found = Milestone.objects.select_related("plan", "owner").filter(pk=pk).first()
    if found is None or key not in {"finish", "change", "drop"}:
        raise NotFound(_("There is no such step."))
    selectors.access_plan(found.plan_id, me, now)
    posted = request.method == "POST"
    form = _step_form(key, found, request.POST if posted else None)
    status = 422 if posted else 200
    if posted and form.is_valid():
        try:
            if isinstance(form, ChangeStepForm):
                plans.change_milestone(milestone_id=pk, **form.asked(), by=me, now=now)
            elif key == "finish":
                plans.finish_milestone(milestone_id=pk, note=form.cleaned_data["note"], by=me, now=now)
            else:
                plans.drop_milestone(milestone_id=pk, reason=form.cleaned_data["reason"], by=me, now=now)
        except NotFound:
            raise
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
        else:
            messages.success(request, _("Recorded."))
            return redirect("contracts:plan", pk=found.plan_id)
    words = {"finish": _("Finish the step"), "change": _("Change the step"), "drop": _("Take the step out")}
    context = {"form": form, "title": words[key], "what": found.title, "plan": found.plan}
    return render(request, "contracts/plan_form.html", context, status=status)


def _step_form(key: str, found: Milestone, data: QueryDict | None) -> forms.Form:
    if key == "change":
        known = {
            "title": found.title,
            "owner": found.owner_id,
            "starts_on": found.starts_on,
            "due_on": found.due_on,
        }
        return ChangeStepForm(data, initial=known)
    return NoteForm(data) if key == "finish" else DropForm(data)


@require_http_methods(["GET", "POST"])
@login_required
@files.takes_files(upload_limits)
def document(request: HttpRequest, pk: int, key: str) -> HttpResponseBase:
    """Hand a document in, or drop it. Hidden from others: 404."""
    me, now = person(request), timezone.now()
    found = PlanDocument.objects.select_related("plan").filter(pk=pk).first()
    if found is None or key not in {"hand-in", "drop"}:
        raise NotFound(_("There is no such document."))
    selectors.access_plan(found.plan_id, me, now)
    posted = request.method == "POST"
    form: forms.Form = DropForm(request.POST if posted else None)
    if key == "hand-in":
        form = PaperForm(request.POST if posted else None, request.FILES if posted else None)
    status = 422 if posted else 200
    if posted and form.is_valid():
        try:
            if key == "hand-in":
                given = sent(form)
                given["name_of_file"] = given.pop("name")
                plan_documents.hand_in_document(document_id=pk, **given, by=me, now=now)
            else:
                plan_documents.drop_document(
                    document_id=pk, reason=form.cleaned_data["reason"], by=me, now=now
                )
        except NotFound:
            raise
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
        else:
            messages.success(request, _("Recorded."))
            return redirect("contracts:plan", pk=found.plan_id)
    title = _("Hand the document in") if key == "hand-in" else _("Take the document out")
    context = {
        "form": form,
        "title": title,
        "what": found.name,
        "plan": found.plan,
        "sends": key == "hand-in",
    }
    return render(request, "contracts/plan_form.html", context, status=status)


@require_GET
@login_required
def paper(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The scan that was handed in."""
    found = DocumentPaper.objects.select_related("file", "document").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such document."))
    selectors.access_plan(found.document.plan_id, person(request), timezone.now())
    return files.serve(request, found.file)
