"""Tax invoices of one supplier.

The job: write down what stands on the paper that came with the goods, so that nobody pays twice on it. Gone wrong
first: the same invoice entered again with another sum (refused), another company's invoice (refused), a typing error
found later (struck out, while no payment names it). The scan may come later than the figures.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from contracts.forms.acts import number
from contracts.forms.money import InvoiceForm, ScanForm, StrikeOutForm, refuse
from contracts.limits import upload_limits
from contracts.models import Supplier
from contracts.selectors import invoices as selectors
from contracts.services import booking, invoices
from contracts.views.uploads import upload_of
from office.errors import Refused
from office.files import api as files
from office.rulebook.guards import entered, permitted, person

SEE, SETTLE = "contracts.money", booking.SETTLE


@require_http_methods(["GET", "POST"])
@permitted(SEE)
@files.takes_files(lambda: upload_limits(timezone.now()))
def listed(request: HttpRequest, pk: int) -> HttpResponse:
    """What is left of each; another one is recorded here, and leads back to the payment that waits for it."""
    may, payment = SETTLE in entered(request).permissions, number(request.GET.get("payment"))
    if request.method == "POST" and not may:
        raise PermissionDenied(SETTLE)
    supplier = booking.access_supplier(pk)
    form, status = _fresh(supplier), 200
    if request.method == "POST":
        form, status = InvoiceForm(request.POST, request.FILES), 422
        if form.is_valid():
            try:
                given = {name: value for name, value in form.cleaned_data.items() if name != "file"}
                paper = invoices.Paper(**given, upload=upload_of(request))
                made = invoices.record(supplier_id=pk, paper=paper, by=person(request), now=timezone.now())
                messages.success(request, _("Invoice {number} is recorded.").format(number=made.number))
                if payment:
                    return redirect("contracts:payment", payment)
                return redirect("contracts:invoices", pk)
            except Refused as refused:
                refuse(form, refused)
                status = refused.status
    return _page(request, supplier, form=form if may else None, payment=payment, status=status)


def _page(
    request: HttpRequest,
    supplier: Supplier,
    *,
    form: InvoiceForm | None = None,
    payment: int | None = None,
    about: tuple[int, str, BaseForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    """`about`: (invoice, "strike" or "attach", the form that was refused): its page, with what was typed."""
    before = about[0] + 1 if about else number(request.GET.get("before"))
    rows, following = selectors.of_supplier(supplier, before)
    for each in rows:
        bound = {about[1]: about[2]} if about and about[0] == each.pk else {}
        if form is not None:
            each.strike = bound.get("strike") or (each.left == each.amount and _strike(each.pk))
            each.attach = bound.get("attach") or (
                len(each.scans.all()) < invoices.MOST_SCANS and _attach(each.pk)
            )
            each.opened = next(iter(bound), "")
    page = reverse("contracts:invoices", args=[supplier.pk])  # what is refused was sent to another address
    context = {
        "supplier": supplier,
        "page": page,
        "rows": rows,
        "form": form,
        "payment": payment,
        "first_url": page if before else "",
        "next_url": f"{page}?before={following}" if following else "",
    }
    return render(request, "contracts/invoices.html", context, status=status)


def _fresh(supplier: Supplier) -> InvoiceForm:
    return InvoiceForm(initial={"seller": supplier.name, "tax_id": supplier.credit_code})


def _strike(pk: int, data: Any = None) -> StrikeOutForm:
    return StrikeOutForm(data, auto_id=f"strike-{pk}-%s")


def _attach(pk: int, data: Any = None, sent: Any = None) -> ScanForm:
    return ScanForm(data, sent, auto_id=f"attach-{pk}-%s")


@require_POST
@permitted(SETTLE)
def strike_out(request: HttpRequest, pk: int) -> HttpResponse:
    """It was recorded wrongly."""
    found, form, status = invoices.access(pk), _strike(pk, request.POST), 422
    if form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            invoices.strike_out(invoice_id=pk, reason=reason, by=person(request), now=timezone.now())
            messages.success(request, _("Struck out. The number can be recorded again."))
            return redirect("contracts:invoices", found.supplier_id)
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
    fresh = _fresh(found.supplier)
    return _page(request, found.supplier, form=fresh, about=(pk, "strike", form), status=status)


@require_POST
@permitted(SETTLE)
@files.takes_files(lambda: upload_limits(timezone.now()))
def add_scan(request: HttpRequest, pk: int) -> HttpResponse:
    """The paper came later than its figures."""
    found, form, status = invoices.access(pk), _attach(pk, request.POST, request.FILES), 422
    upload = upload_of(request)
    if form.is_valid() and upload is not None:
        try:
            invoices.add_scan(invoice_id=pk, upload=upload, by=person(request), now=timezone.now())
            messages.success(request, _("The scan is kept."))
            return redirect(f"{reverse('contracts:invoices', args=[found.supplier_id])}#invoice-{pk}")
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
    fresh = _fresh(found.supplier)
    return _page(request, found.supplier, form=fresh, about=(pk, "attach", form), status=status)
