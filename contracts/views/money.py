"""Money: whom to pay, one supplier's account with the request for a payment, credit notes, kept papers."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contracts.forms.money import OwnCreditNoteForm, refuse
from contracts.limits import upload_limits
from contracts.models import Payable
from contracts.selectors import account as accounts
from contracts.selectors import money_files
from contracts.selectors import money_pages as pages
from contracts.services import booking, credit_notes, payments
from contracts.subjects import supplier_subject
from contracts.views.uploads import upload_of
from office.audit import api as audit
from office.errors import NotFound, Refused
from office.files import api as files
from office.rulebook.guards import entered, permitted, person

SEE, SETTLE = "contracts.money", booking.SETTLE


@require_GET
@permitted(SEE)
def overview(request: HttpRequest) -> HttpResponse:
    """Suppliers to whom something is open, the most urgent first; payments that were agreed and are not made."""
    today = timezone.localdate()
    page = pages.owed(today, today + timedelta(days=7), pages.read_place(request.GET.get("after", "")))
    context = {
        "rows": page.rows,
        "total": page.total,
        "overdue": page.overdue,
        "following": page.following,
        "waiting": list(pages.to_be_made()[: pages.PAGE]),
        "today": today,
        "here": "money",
    }
    return render(request, "contracts/money.html", context)


@require_GET
@permitted(SEE)
def account(request: HttpRequest, pk: int) -> HttpResponse:
    return _account(request, pk)


def _account(
    request: HttpRequest, pk: int, *, refused: Refused | None = None, status: int = 200
) -> HttpResponse:
    """`refused`: what was asked for was not; the ticks stand as they were sent."""
    supplier = booking.access_supplier(pk)
    before = request.GET.get("before", "")
    paid = pages.payments_of(supplier, int(before) if before.isdecimal() and len(before) < 16 else None)
    sent = request.method == "POST"
    after = pages.read_place((request.POST if sent else request.GET).get("after", ""))
    context = {
        "supplier": supplier,
        "account": pages.account_of(supplier, after),
        "after": pages.place(*after) if after else "",
        "freezes": accounts.freezes(supplier),
        "payments": paid[: pages.PAGE],
        "more": paid[pages.PAGE - 1].pk if len(paid) > pages.PAGE else None,
        "months": list(pages.months_of(supplier, timezone.localdate())),
        "breaches": supplier.violations.select_related("freeze__release").order_by("-pk")[:20],
        "consents": supplier.consents.select_related("file").order_by("-pk")[:20],
        "ticked": set(request.POST.getlist("payable")) if sent else None,
        "ticked_claims": set(request.POST.getlist("claim")) if sent else None,
        "may_settle": SETTLE in entered(request).permissions,
        "refused": refused,
        "today": timezone.localdate(),
        "rows": audit.timeline(supplier_subject(supplier), latest=30),
    }
    return render(request, "contracts/account.html", context, status=status)


@require_POST
@permitted(SETTLE)
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks that the ticked payables be paid, less the ticked claims."""
    try:
        run = payments.ask(
            supplier_id=pk,
            payable_ids=_numbers(request.POST.getlist("payable")),
            set_off_ids=_numbers(request.POST.getlist("claim")),
            comment=request.POST.get("comment", "")[:500],
            by=person(request),
            now=timezone.now(),
        )
    except NotFound:
        raise
    except Refused as refused:
        return _account(request, pk, refused=refused, status=refused.status)
    messages.success(request, _("Handed in. It waits for the agreement."))
    return redirect("approvals:run", run.pk)


def _numbers(sent: list[str]) -> list[int]:
    return [int(each) for each in sent[:500] if each.isascii() and each.isdigit() and len(each) < 16]


@require_GET
@permitted(SEE)
def payable(request: HttpRequest, pk: int) -> HttpResponse:
    """A payable stands on its supplier's account."""
    found = Payable.objects.select_related("supplier").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such payable."))
    address = reverse("contracts:account", args=[found.supplier_id])
    first = accounts.open_payables(found.supplier, most=pages.PAGE)
    shown = {each.pk for each, _left in first}
    if len(first) == pages.PAGE and pk not in shown and found.due_on >= first[-1][0].due_on:
        address = f"{address}?after={pages.place(found.due_on, 0)}"
    return redirect(f"{address}#payable-{pk}")


@require_http_methods(["GET", "POST"])
@permitted(SETTLE)
@files.takes_files(lambda: upload_limits(timezone.now()))
def credit_note(request: HttpRequest, pk: int) -> HttpResponse:
    """A credit note that no claim of ours is behind."""
    supplier = booking.access_supplier(pk)
    form = OwnCreditNoteForm(request.POST or None, request.FILES or None)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            note = credit_notes.Note(
                number=given["number"],
                issued_on=given["issued_on"],
                amount=given["amount"],
                invoices=given["invoices"],
                text=given["text"],
                upload=upload_of(request),
            )
            credit_notes.record(supplier_id=pk, note=note, by=person(request), now=timezone.now())
            messages.success(request, _("The credit note is recorded and will be set off."))
            return redirect("contracts:account", pk)
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
    return render(request, "contracts/credit_note.html", {"form": form, "supplier": supplier}, status=status)


@require_GET
@permitted(SEE)
def file(request: HttpRequest, kind: str, pk: int) -> HttpResponseBase:
    """A paper of money as it was kept."""
    stored = money_files.file_of(kind, pk)
    if stored is None:
        raise Http404
    return files.serve(request, stored)
