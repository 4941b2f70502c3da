"""Tax invoices of one supplier.

The job: write down what stands on the paper that came with the goods, so that nobody pays twice on it. Gone wrong
first: the same invoice entered again with another sum (refused), another company's invoice (refused), a typing error
found later (struck out, while no payment names it).
"""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from contracts.forms.acts import number
from contracts.forms.money import InvoiceForm, refuse
from contracts.limits import upload_limits
from contracts.models import Invoice
from contracts.selectors import invoices as selectors
from contracts.services import booking, invoices
from contracts.views.uploads import upload_of
from office.errors import NotFound, Refused
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
    form, status = InvoiceForm(initial={"seller": supplier.name, "tax_id": supplier.credit_code}), 200
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
    before = number(request.GET.get("before"))
    rows, following = selectors.of_supplier(supplier, before)
    context = {
        "supplier": supplier,
        "rows": rows,
        "form": form if may else None,
        "payment": payment,
        "first_url": "?" if before else "",
        "next_url": f"?before={following}" if following else "",
    }
    return render(request, "contracts/invoices.html", context, status=status)


@require_POST
@permitted(SETTLE)
def strike_out(request: HttpRequest, pk: int) -> HttpResponse:
    """It was recorded wrongly."""
    found = Invoice.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such invoice."))
    try:
        invoices.strike_out(
            invoice_id=pk, reason=request.POST.get("reason", ""), by=person(request), now=timezone.now()
        )
        messages.success(request, _("Struck out. The number can be recorded again."))
    except Refused as refused:
        messages.error(request, str(refused.message))
    return redirect("contracts:invoices", found.supplier_id)
