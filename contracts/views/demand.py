"""Demand plans.

The job: write down what is needed until when, and turn it into orders without ordering twice. Gone wrong first:
more ordered than needed (refused), a need nobody sees is still open (shown with what is left), a need ordered
late.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contracts.forms import purchase as forms
from contracts.models import DemandLine, DemandPlan, PurchaseOrder
from contracts.order_subjects import demand_subject
from contracts.selectors import purchase as selectors
from contracts.services import demand as verbs
from contracts.services.sides import ORDER
from contracts.views.purchase import VIEW, explain, number
from office.audit import api as audit
from office.errors import Forbidden, NotFound, Refused
from office.rulebook.guards import entered, permitted, person

PAGE = 50


@require_http_methods(["GET", "POST"])
@permitted(VIEW)
def plans(request: HttpRequest) -> HttpResponse:
    """Plans, the newest first."""
    may = ORDER in entered(request).permissions
    form = forms.PlanForm(request.POST or None)
    if request.method == "POST":
        if not may:
            raise PermissionDenied(ORDER)
        if form.is_valid():
            try:
                made = verbs.begin_plan(**form.cleaned_data, by=person(request), now=timezone.now())
                return redirect("contracts:demand_plan", made.pk)
            except Refused as refused:
                explain(form, refused)
    rows = DemandPlan.objects.select_related("created_by").prefetch_related("lines").order_by("-pk")
    before = number(request.GET.get("before"))
    found = list((rows.filter(pk__lt=before) if before else rows)[: PAGE + 1])
    context = {
        "rows": found[:PAGE],
        "form": form,
        "may": may,
        "next_url": f"?before={found[PAGE - 1].pk}" if len(found) > PAGE else "",
    }
    return render(
        request, "contracts/demand_plans.html", context, status=422 if request.method == "POST" else 200
    )


@require_GET
@permitted(VIEW)
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, pk, None)


@require_POST
@permitted(ORDER)
def plan_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """A need more; or the plan is closed."""
    found = _access(pk)
    by: dict[str, Any] = {"by": person(request), "now": timezone.now()}
    if act == "close":
        verbs.close_plan(plan_id=found.pk, **by)
        return redirect("contracts:demand_plan", pk)
    if act != "need":
        raise NotFound(_("There is no such demand plan."))
    form = forms.NeedForm(request.POST)
    if form.is_valid():
        try:
            verbs.add_need(plan_id=pk, **form.cleaned_data, **by)
            return redirect("contracts:demand_plan", pk)
        except (Forbidden, NotFound):
            raise
        except Refused as refused:
            explain(form, refused)
    return _page(request, pk, form, status=422)


@require_http_methods(["GET", "POST"])
@permitted(ORDER)
def order_need(request: HttpRequest, pk: int, order_id: int) -> HttpResponse:
    """A line of a draft order out of a need."""
    found = selectors.access_order(order_id)
    need = DemandLine.objects.select_related("plan").filter(pk=pk).first()
    if need is None or found.state != PurchaseOrder.State.DRAFT:
        raise NotFound(_("There is no such need."))
    left = verbs.still_needed([need])[need.pk]
    initial = {
        "name": need.name, "sku": need.sku, "spec": need.spec, "quantity": left or None, "due_on": need.needed_on,
        "warehouse": forms.place_of(found, timezone.now()),
    }  # fmt: skip
    form = forms.LineForm(request.POST or None, order=found, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            verbs.order_need(
                demand_id=pk, order_id=order_id, wish=form.wish(), by=person(request), now=timezone.now()
            )
            return redirect("contracts:order", order_id)
        except (Forbidden, NotFound):
            raise
        except Refused as refused:
            explain(form, refused)
    status = 422 if request.method == "POST" else 200
    context = {"order": found, "form": form, "need": need, "left": left}
    return render(request, "contracts/order_line.html", context, status=status)


def _access(pk: int) -> DemandPlan:
    found = DemandPlan.objects.select_related("created_by").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such demand plan."))
    return found


def _page(request: HttpRequest, pk: int, form: Any, status: int = 200) -> HttpResponse:
    found = _access(pk)
    needs = list(found.lines.order_by("n").prefetch_related("ordered__order"))
    left = verbs.still_needed(needs)
    may = ORDER in entered(request).permissions and found.closed_at is None
    drafts = PurchaseOrder.objects.filter(state=PurchaseOrder.State.DRAFT).select_related("supplier")
    context = {
        "plan": found,
        "rows": [(need, left[need.pk]) for need in needs],
        "form": (form or forms.NeedForm()) if may else None,
        "drafts": list(drafts.order_by("-pk")[:20]) if may else [],
        "may": may,
        "timeline": audit.timeline(demand_subject(found), latest=60),
    }
    return render(request, "contracts/demand_plan.html", context, status=status)
