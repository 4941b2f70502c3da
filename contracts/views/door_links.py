"""For buyers: who has which link to the supplier's door, sending and ending them, a code read out by phone."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contracts.forms.door import SendLinkForm
from contracts.models import DoorLink, Supplier
from contracts.selectors import door as selectors
from contracts.services.door import codes, links
from office.audit import api as audit
from office.errors import NotFound, Refused
from office.rulebook.guards import entered, permitted, person

PAGE = 50


@require_http_methods(["GET", "POST"])
@permitted("contracts.view")
@never_cache
def supplier_links(request: HttpRequest, pk: int) -> HttpResponse:
    """The links of one supplier's contacts; a new one is shown once."""
    supplier = get_object_or_404(Supplier, pk=pk)
    initial = {
        "purpose": request.GET.get("purpose", DoorLink.Purpose.PAPERS.value),
        "paper": request.GET.get("paper", ""),
    }
    form = SendLinkForm(request.POST or None, supplier_id=supplier.pk, initial=initial)
    status, sent = 200, None
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                sent = links.send_link(**form.arguments(), by=person(request), now=timezone.now())
                status = 200
            except Refused as refused:
                form.add_error(None, str(refused.message))
                status = refused.status
    return render(
        request, "contracts/door_links.html", _context(request, supplier, form, sent), status=status
    )


def _context(
    request: HttpRequest, supplier: Supplier, form: SendLinkForm, sent: links.Sent | None
) -> dict[str, object]:
    now = timezone.now()
    rows = list(selectors.links_of(supplier.pk)[:PAGE])
    return {
        "supplier": supplier,
        "form": form,
        "purpose": form["purpose"].value(),
        "sent": sent,
        "address": links.address_of(sent.token) if sent else "",
        "rows": [(row, selectors.state_of(row, now).value) for row in rows],
        "may_send": bool({links.ORDER, links.COMPLAINTS} & entered(request).permissions),
        "now": now,
    }


@require_GET
@permitted("contracts.view")
@never_cache
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """One link: whose, for what, who came in by it."""
    return _show(request, pk)


def _show(request: HttpRequest, pk: int, *, digits: str = "", status: int = 200) -> HttpResponse:
    found, now = selectors.link(pk), timezone.now()
    context = {
        "link": found,
        "state": selectors.state_of(found, now).value,
        "visits": found.visits.select_related("code__by").order_by("-pk")[:PAGE],
        "letters": found.letters.order_by("-pk")[:10],
        "digits": digits,
        "minutes": int(selectors.terms(now).code.total_seconds() // 60),
        "may_send": links.ORDER in entered(request).permissions,
        "rows": audit.timeline(found.subject),
    }
    return render(request, "contracts/door_link.html", context, status=status)


@require_POST
@permitted("contracts.view")
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    found = selectors.link(pk)
    try:
        links.revoke(link_id=pk, text=request.POST.get("text", ""), by=person(request), now=timezone.now())
        messages.success(request, _("It opens nothing any more."))
    except NotFound:
        raise
    except Refused as refused:
        messages.error(request, str(refused.message))
    return redirect("contracts:door_links", pk=found.contact.supplier_id)


@require_POST
@permitted("contracts.order")
@never_cache
def read_out(request: HttpRequest, pk: int) -> HttpResponse:
    """The digits stand on the page this once."""
    try:
        digits = codes.read_out(link_id=pk, by=person(request), now=timezone.now())
    except NotFound:
        raise
    except Refused as refused:
        messages.error(request, str(refused.message))
        return _show(request, pk, status=refused.status)
    return _show(request, pk, digits=digits)
