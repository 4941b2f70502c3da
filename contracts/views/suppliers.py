"""Suppliers: the list, the record, contacts, certificates, bank details."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contracts.forms.acts import Offer, refuse, sent
from contracts.forms.choosing import options
from contracts.forms.suppliers import (
    BankForm,
    CertificateForm,
    ContactForm,
    EditContactForm,
    EditSupplierForm,
    NewSupplierForm,
    ReasonForm,
)
from contracts.limits import upload_limits
from contracts.models import Certificate, SupplierContact
from contracts.selectors import agreement_pages as pages
from contracts.selectors import choosing
from contracts.services import bank, certificates
from contracts.services import suppliers as verbs
from office.errors import NotFound, Refused
from office.files import api as files
from office.rulebook.guards import entered, permitted, person

VIEW, KEEP, MONEY, COMPLAINTS = (
    "contracts.view",
    "contracts.suppliers",
    "contracts.money",
    "contracts.complaints",
)


@require_GET
@permitted(VIEW)
def suppliers(request: HttpRequest) -> HttpResponse:
    """The list: found by two characters, what needs looking after marked."""
    query, inactive = request.GET.get("q", "").strip()[:60], request.GET.get("inactive") == "1"
    after = request.GET.get("after", "")[:20].replace("\x00", "")
    lines, following = pages.supplier_list(query, inactive=inactive, after=after, at=timezone.now())
    kept = {key: value for key, value in (("q", query), ("inactive", "1" if inactive else "")) if value}
    context = {
        "lines": lines,
        "query": query,
        "inactive": inactive,
        "next_url": f"?{urlencode({**kept, 'after': following})}" if following else "",
        "first_url": f"?{urlencode(kept)}" if after else "",
        "may": entered(request).permissions,
    }
    return render(request, "contracts/suppliers.html", context)


@require_GET
@login_required
def supplier_choices(request: HttpRequest) -> HttpResponse:
    """What a field offers for what is typed in it, to whoever fills in a form with a supplier."""
    if not entered(request).permissions & {VIEW, MONEY, COMPLAINTS}:
        raise PermissionDenied(VIEW)
    typed = request.GET.get("supplier", "").replace("\x00", "")
    return HttpResponse(options(choosing.offered(typed, every=request.GET.get("every") == "1")))


@require_http_methods(["GET", "POST"])
@permitted(KEEP)
def supplier_new(request: HttpRequest) -> HttpResponse:
    form = NewSupplierForm(request.POST or None)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            made = verbs.add_supplier(**form.cleaned_data, by=person(request), now=timezone.now())
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
        else:
            messages.success(request, _("Added. Now the people there and the business licence."))
            return redirect("contracts:supplier", pk=made.pk)
    title = _("New supplier")
    return render(request, "contracts/form.html", {"form": form, "title": title}, status=status)


@require_GET
@permitted(VIEW)
def supplier(request: HttpRequest, pk: int) -> HttpResponse:
    return show(request, pk)


def show(
    request: HttpRequest, pk: int, *, bound: dict[str, forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    """The record, with what was refused and typed."""
    page, may = pages.supplier_page(pk, timezone.now()), entered(request).permissions
    context = {
        "page": page,
        "supplier": page.supplier,
        "offers": _offers(page, bound or {}) if KEEP in may else [],
        "may": may,
        "sees_account": MONEY in may,
    }
    return render(request, "contracts/supplier.html", context, status=status)


def _offers(page: pages.SupplierPage, bound: dict[str, forms.Form]) -> list[Offer]:
    made = {key: bound.get(key) or _form(key, page.supplier.pk) for key in KEYS}
    return [
        Offer(
            "certificate", _("Keep a certificate"), made["certificate"], opened=bool(page.missing), file=True
        ),
        Offer("contact", _("Add a contact"), made["contact"], opened=not page.contacts),
        Offer("edit", _("Change the record"), made["edit"]),
    ]


KEYS = ("certificate", "contact", "edit")


def _form(key: str, pk: int, data: Any = None, sent_files: Any = None) -> forms.Form:
    if key == "certificate":
        return CertificateForm(data, sent_files, now=timezone.now(), auto_id="paper-%s")
    if key == "contact":
        return ContactForm(data, auto_id="contact-%s")
    found = pages.access_supplier(pk)
    known = {name: getattr(found, name) for name in ("name", "credit_code", "address", "active")}
    return EditSupplierForm(data, initial=known, auto_id="edit-%s")


@require_POST
@permitted(KEEP)
@files.takes_files(upload_limits)
def supplier_act(request: HttpRequest, pk: int, key: str) -> HttpResponseBase:
    """One of KEYS; what was refused shows the record with what was typed."""
    if key not in KEYS:
        raise Http404
    form = _form(key, pk, request.POST, request.FILES)
    if not form.is_valid():
        return show(request, pk, bound={key: form}, status=422)
    try:
        _done(key, pk, form, person(request))
    except NotFound:
        raise
    except Refused as refused:
        refuse(form, refused)
        return show(request, pk, bound={key: form}, status=refused.status)
    messages.success(request, _("Recorded."))
    return redirect("contracts:supplier", pk=pk)


def _done(key: str, pk: int, form: forms.Form, me: Any) -> None:
    now = timezone.now()
    if key == "certificate":
        given = sent(form)
        given["name_of_file"], given["name"] = given["name"], form.cleaned_data["name"]
        certificates.add_certificate(supplier_id=pk, **given, by=me, now=now)
    elif key == "contact":
        verbs.add_contact(supplier_id=pk, **form.cleaned_data, by=me, now=now)
    else:
        verbs.edit_supplier(supplier_id=pk, **form.cleaned_data, by=me, now=now)


@require_http_methods(["GET", "POST"])
@permitted(KEEP)
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Changing somebody there."""
    found = SupplierContact.objects.select_related("supplier").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such contact."))
    known = {name: getattr(found, name) for name in ("name", "post", "phone", "mail", "active")}
    form = EditContactForm(request.POST or None, initial=known)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            verbs.edit_contact(contact_id=pk, **form.cleaned_data, by=person(request), now=timezone.now())
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
        else:
            messages.success(request, _("Recorded."))
            return redirect("contracts:supplier", pk=found.supplier_id)
    context = {"form": form, "title": found.name, "supplier": found.supplier}
    return render(request, "contracts/form.html", context, status=status)


@require_http_methods(["GET", "POST"])
@permitted(KEEP)
def certificate_end(request: HttpRequest, pk: int) -> HttpResponse:
    """A paper that is not needed any more."""
    found = Certificate.objects.select_related("supplier").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such certificate."))
    form = ReasonForm(request.POST or None)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            certificates.end_certificate(
                certificate_id=pk, reason=form.cleaned_data["reason"], by=person(request), now=timezone.now()
            )
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
        else:
            messages.success(request, _("Taken out; the scan stays on file."))
            return redirect("contracts:supplier", pk=found.supplier_id)
    context = {"form": form, "title": _("Take the certificate out"), "supplier": found.supplier}
    return render(request, "contracts/form.html", context, status=status)


@require_GET
@permitted(VIEW)
def certificate_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = Certificate.objects.select_related("file").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such certificate."))
    return files.serve(request, found.file)


@require_http_methods(["GET", "POST"])
@permitted(KEEP)
def bank_ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Another account: the call first, then the chain."""
    me, now = person(request), timezone.now()
    page = pages.supplier_page(pk, now)
    returned = page.run.payload if page.run is not None and page.run.state == "returned" else {}
    known = {name: returned[name] for name in ("holder", "bank", "account") if name in returned}
    form = BankForm(request.POST or None, supplier=page.supplier, initial=known)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            run = bank.ask_bank_details(supplier_id=pk, **form.asked(), by=me, now=now)
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
        else:
            if run is not None:
                messages.success(request, _("It is asked for. You see here who decides next."))
                return redirect("approvals:run", pk=run.pk)
            messages.warning(
                request, _("The denial is written down as an incident. Nothing is changed; answer no letter.")
            )
            return redirect("contracts:supplier", pk=pk)
    return render(request, "contracts/bank.html", {"form": form, "page": page}, status=status)
