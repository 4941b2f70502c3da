"""Disputes (P4): the list, a new one, one with its steps."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from contracts.forms import complaints as forms
from contracts.limits import door_limits
from contracts.models import Complaint, Dispute, PurchaseOrder
from contracts.selectors import complaints as selectors
from contracts.selectors import purchase
from contracts.services.complaints import disputes as verbs
from office.audit import api as audit
from office.errors import NotFound, Refused
from office.files import api as files
from office.rulebook.guards import permitted, person

ACCEPT = "image/*,application/pdf"


@require_GET
@permitted(verbs.PERMISSION)
@never_cache
def disputes(request: HttpRequest) -> HttpResponse:
    found = selectors.disputes(before=_number(request.GET.get("before", "")))
    context = {
        "rows": found[: selectors.PAGE],
        "more": found[selectors.PAGE - 1].pk if len(found) > selectors.PAGE else None,
    }
    return render(request, "contracts/disputes.html", context)


@require_http_methods(["GET", "POST"])
@permitted(verbs.PERMISSION)
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """About a complaint (?complaint=), about a purchase order (?order=), or about a supplier."""
    complaint, order = _about(request)
    about = complaint or order
    title = complaint.form.goods[:120] if complaint else ""
    form: forms.DisputeForm = (
        forms.DisputeForm(request.POST or None, initial={"title": title})
        if about
        else forms.NewDisputeForm(request.POST or None)
    )
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = verbs.open_dispute(
                supplier_id=about.supplier_id if about else given["supplier"].pk,
                complaint_id=complaint.pk if complaint else None,
                order_id=order.pk if order else None,
                title=given["title"],
                text=given["text"],
                by=person(request),
                now=timezone.now(),
            )
            messages.success(request, _("On record."))
            return redirect("contracts:dispute", pk=made.pk)
        except NotFound:
            raise
        except Refused as refused:
            forms.refuse(form, refused)
            status = refused.status
    return render(request, "contracts/dispute_new.html", {"form": form, "about": about}, status=status)


@permitted(verbs.PERMISSION)
@files.takes_files(door_limits)
@require_http_methods(["GET", "POST"])
@never_cache
def dispute(request: HttpRequest, pk: int) -> HttpResponse:
    """Facts, the next step, what was said."""
    found = selectors.dispute(pk)
    form = forms.StepForm(request.POST or None, initial={"seen": found.version, "stage": found.stage})
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            content, name = b"", ""
            if request.FILES:
                content, name = files.sent_file(request, door_limits(timezone.now()))
            verbs.add_step(
                dispute_id=pk, content=content, name=name, by=person(request), now=timezone.now(),
                **form.arguments(),
            )  # fmt: skip
            messages.success(request, _("On record."))
            return redirect("contracts:dispute", pk=pk)
        except Refused as refused:
            forms.refuse(form, refused)
            status, found = refused.status, selectors.dispute(pk)
    context = {
        "dispute": found,
        "steps": list(found.steps.select_related("by", "file").order_by("-pk")),
        "form": form,
        "over": found.stage == Dispute.Stage.SETTLED,
        "accept": ACCEPT,
        "rows": audit.timeline(found.subject),
    }
    return render(request, "contracts/dispute.html", context, status=status)


@require_GET
@permitted(verbs.PERMISSION)
def dispute_file(request: HttpRequest, pk: int, step: int) -> HttpResponseBase:
    found = selectors.dispute(pk).steps.select_related("file").filter(pk=step, file__isnull=False).first()
    if found is None or found.file is None:
        raise NotFound(_("There is no such file."))
    return files.serve(request, found.file)


def _about(request: HttpRequest) -> tuple[Complaint | None, PurchaseOrder | None]:
    """Raises NotFound."""
    complaint, order = (_number(request.GET.get(name, "")) for name in ("complaint", "order"))
    if complaint is not None:
        return selectors.page(complaint).complaint, None
    return None, purchase.access_order(order) if order is not None else None


def _number(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 18 else None
