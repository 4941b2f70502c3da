"""Retention: what is held about people, and forgetting one of them."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from office.errors import Invalid
from office.rulebook import api as rulebook
from office.rulebook.guards import permitted, person
from orders.forms.ledger import EraseForm, FindOrderForm
from orders.models import CustomerKey, Order
from orders.selectors import retention as selectors
from orders.services.erasure import PERMISSION, erase_customer
from orders.services.intake.batches import raw_days


@require_GET
@permitted("orders.retention")
def retention(request: HttpRequest) -> HttpResponse:
    """What is held, how long, what was erased; the manager finds an order to forget its customer."""
    now = timezone.now()
    before = request.GET.get("before", "")
    erased = selectors.erased_customers(int(before) if before.isdecimal() and len(before) <= 18 else None)
    form = FindOrderForm(request.GET if "number" in request.GET else None)
    customers, batches = selectors.counts_of_erased()
    found = []
    if form.is_bound and form.is_valid():
        found = list(Order.objects.filter(number=form.cleaned_data["number"]).select_related("shop")[:20])
    return render(
        request,
        "orders/retention.html",
        {
            "held": selectors.held(raw_days(now)),
            "erased": erased[: selectors.PAGE],
            "next_before": erased[selectors.PAGE - 1].pk if len(erased) > selectors.PAGE else None,
            "erased_customers": customers,
            "erased_batches": batches,
            "form": form,
            "found": found,
            "may_erase": rulebook.may(person(request), PERMISSION, now),
        },
    )


@require_http_methods(["GET", "POST"])
@permitted(PERMISSION)
def erase(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once, with the effect spelled out; then forget."""
    order = Order.objects.filter(pk=pk).select_related("shop").first()
    if order is None:
        raise Http404
    form = EraseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            done = erase_customer(
                order_id=pk,
                reason=form.cleaned_data["reason"],
                note=form.cleaned_data["note"],
                by=person(request),
                now=timezone.now(),
            )
        except Invalid as refused:
            for error in refused.errors:
                form.add_error(error["path"], error["message"])
        else:
            text = ngettext(
                "The customer is forgotten; %(n)d order is concerned.",
                "The customer is forgotten; %(n)d orders are concerned.",
                done.orders,
            )
            messages.success(request, text % {"n": done.orders})
            return redirect("orders:retention")
    context = {
        "order": order,
        "form": form,
        "orders": Order.objects.filter(customer_key_id=order.customer_key_id).count(),
        "erased": CustomerKey.objects.filter(pk=order.customer_key_id, erased_at__isnull=False).first(),
        "title": _("Forget a customer"),
    }
    return render(request, "orders/retention_erase.html", context, status=422 if form.errors else 200)
