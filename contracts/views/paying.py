"""One payment: made with its voucher, or dropped. One claim: its paper, credit note, taking back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from contracts.forms.money import CreditNoteForm, ReasonForm, VoucherForm, refuse
from contracts.limits import upload_limits
from contracts.models import InvoiceUse, LossClaim, Payment
from contracts.selectors import account, door, invoices, losses, money_lists, ready
from contracts.selectors import money_pages as pages
from contracts.services import booking, credit_notes, payments, setoffs
from contracts.views.uploads import upload_of
from office.audit import api as audit
from office.errors import NotFound, Refused
from office.files import api as files
from office.rulebook.guards import entered, permitted, person

SEE, SETTLE = "contracts.money", booking.SETTLE


@require_GET
@permitted(SEE)
def payment(request: HttpRequest, pk: int) -> HttpResponse:
    return _payment(request, pk, {})


def _payment(request: HttpRequest, pk: int, bound: dict[str, forms.Form], status: int = 200) -> HttpResponse:
    """Facts, what can be done, timeline."""
    found = payments.access(pk)
    ended = hasattr(found, "voucher") or hasattr(found, "drop")
    context = {
        "payment": found,
        "lines": pages.lines_of(found),
        "taken": InvoiceUse.objects.filter(voucher=found.voucher).select_related("invoice").order_by("pk")
        if hasattr(found, "voucher")
        else (),
        "uses": found.uses.select_related("set_off", "payable__order").order_by("pk"),
        "told": door.told_of(payment=found),
        "ended": ended,
        "waiting": [] if ended else ready.waiting_for(found),
        "withheld": account.withheld(found.supplier_id),
        "changed_on": None if ended else payments.changed_on(found, timezone.now()),
        "may_settle": SETTLE in entered(request).permissions and not ended and found.total,
        "voucher_form": bound.get("voucher")
        or VoucherForm(
            initial={"paid_on": timezone.localdate()}, auto_id="voucher-%s", invoices=_open_invoices(found)
        ),
        "drop_form": bound.get("drop") or ReasonForm(auto_id="drop-%s"),
        "rows": audit.timeline(found.subject),
    }
    return render(request, "contracts/payment.html", context, status=status)


@require_POST
@permitted(SETTLE)
@files.takes_files(lambda: upload_limits(timezone.now()))
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """The money has gone."""
    form = VoucherForm(
        request.POST, request.FILES, auto_id="voucher-%s", invoices=_open_invoices(payments.access(pk))
    )
    status = 422
    if form.is_valid():
        given = form.cleaned_data
        try:
            made = payments.Made(
                given["voucher"], given["paid_on"], ",".join(given["invoices"]), upload_of(request)
            )
            payments.record(payment_id=pk, made=made, by=person(request), now=timezone.now())
            messages.success(request, _("The payment is recorded."))
            return redirect("contracts:payment", pk)
        except NotFound:
            raise
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
    return _payment(request, pk, {"voucher": form}, status)


def _open_invoices(found: Payment) -> list[Any]:
    return invoices.open_of(found.supplier)


@require_POST
@permitted(SETTLE)
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """It is not paid; what it was for is open again."""
    form = ReasonForm(request.POST, auto_id="drop-%s")
    status = 422
    if form.is_valid():
        try:
            payments.drop(
                payment_id=pk, reason=form.cleaned_data["reason"], by=person(request), now=timezone.now()
            )
            messages.success(request, _("Dropped. What it was for is open again."))
            return redirect("contracts:payment", pk)
        except NotFound:
            raise
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
    return _payment(request, pk, {"drop": form}, status)


@require_GET
@permitted(SEE)
def set_off(request: HttpRequest, pk: int) -> HttpResponse:
    return _set_off(request, pk, {})


def _set_off(request: HttpRequest, pk: int, bound: dict[str, forms.Form], status: int = 200) -> HttpResponse:
    found = setoffs.access(pk)
    left = account.set_off_left([found])[found.pk]
    settles = SETTLE in entered(request).permissions
    note = getattr(found, "credit_note", None)
    paper, paper_url = money_lists.paper_of(found, entered(request).permissions)
    rests_on = (
        LossClaim.objects.filter(pk=found.paper_id).first() if found.paper_type == "loss_claim" else None
    )
    context = {
        "claim": found,
        "loss": losses.one(rests_on, timezone.now()) if rests_on else None,
        "left": left,
        "end": getattr(found, "end", None),
        "note": note,
        "paper": paper,
        "paper_url": "" if found.paper_type == "credit_note" else paper_url,
        "uses": found.uses.select_related("payment__voucher", "payment__drop").order_by("pk"),
        "told": door.told_of(set_off=found),
        "may_take_back": settles and left > 0 and found.by_id != person(request).pk,
        "own": found.by_id == person(request).pk,
        "may_document": settles and note is None,
        "back_form": bound.get("back") or ReasonForm(auto_id="back-%s"),
        "note_form": bound.get("note")
        or CreditNoteForm(
            initial={"amount": found.amount, "issued_on": timezone.localdate()}, auto_id="note-%s"
        ),
        "rows": audit.timeline(found.subject),
    }
    return render(request, "contracts/set_off.html", context, status=status)


@require_POST
@permitted(SETTLE)
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """What is left of the claim is owed again."""
    form = ReasonForm(request.POST, auto_id="back-%s")
    status = 422
    if form.is_valid():
        try:
            setoffs.take_back(
                set_off_id=pk, reason=form.cleaned_data["reason"], by=person(request), now=timezone.now()
            )
            messages.success(request, _("The claim is taken back."))
            return redirect("contracts:set_off", pk)
        except NotFound:
            raise
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
    return _set_off(request, pk, {"back": form}, status)


@require_POST
@permitted(SETTLE)
@files.takes_files(lambda: upload_limits(timezone.now()))
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """The supplier's credit note for this claim."""
    found = setoffs.access(pk)
    form = CreditNoteForm(request.POST, request.FILES, auto_id="note-%s")
    status = 422
    if form.is_valid():
        given = form.cleaned_data
        try:
            paper = credit_notes.Note(
                given["number"],
                given["issued_on"],
                given["amount"],
                given["invoices"],
                upload=upload_of(request),
            )
            credit_notes.record(
                supplier_id=found.supplier_id,
                note=paper,
                set_off_id=pk,
                by=person(request),
                now=timezone.now(),
            )
            messages.success(request, _("Recorded."))
            return redirect("contracts:set_off", pk)
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
    return _set_off(request, pk, {"note": form}, status)
