"""Breaches: recorded, what is withheld, the penalty; consents."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contracts.forms.money import BreachForm, ConsentForm, ReasonForm, refuse
from contracts.limits import upload_limits
from contracts.selectors import settlement
from contracts.services import booking
from contracts.services import breaches as verbs
from contracts.views.uploads import upload_of
from office.approvals import api as approvals
from office.approvals.models import Run
from office.audit import api as audit
from office.errors import NotFound, Refused
from office.files import api as files
from office.rulebook.guards import entered, permitted, person

SEE, SETTLE = "contracts.money", booking.SETTLE


@require_http_methods(["GET", "POST"])
@permitted(SETTLE)
@files.takes_files(lambda: upload_limits(timezone.now()))
def new(request: HttpRequest, pk: int) -> HttpResponse:
    """Records a breach; what follows from it stands beside the button."""
    supplier, now = booking.access_supplier(pk), timezone.now()
    form = BreachForm(request.POST or None, request.FILES or None)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            found = verbs.record_breach(
                supplier_id=pk,
                kind=given["kind"],
                happened_on=given["happened_on"],
                text=given["text"],
                upload=upload_of(request),
                by=person(request),
                now=now,
            )
            messages.success(request, _("Recorded."))
            return redirect("contracts:breach", found.pk)
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
    context = {
        "form": form,
        "supplier": supplier,
        "terms": settlement.in_force(supplier, now),
        "consents": supplier.consents.order_by("-pk")[:20],
    }
    return render(request, "contracts/breach_new.html", context, status=status)


@require_http_methods(["GET", "POST"])
@permitted(SETTLE)
@files.takes_files(lambda: upload_limits(timezone.now()))
def consent(request: HttpRequest, pk: int) -> HttpResponse:
    """Our written consent, with its scan."""
    supplier = booking.access_supplier(pk)
    form = ConsentForm(request.POST or None, request.FILES or None)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        given = {name: value for name, value in form.cleaned_data.items() if name != "file"}
        upload = upload_of(request)
        try:
            if upload is not None:
                verbs.give_consent(
                    supplier_id=pk, upload=upload, by=person(request), now=timezone.now(), **given
                )
                messages.success(request, _("The consent is on record."))
                return redirect("contracts:account", pk)
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
    return render(request, "contracts/consent.html", {"form": form, "supplier": supplier}, status=status)


@require_GET
@permitted(SEE)
def breach(request: HttpRequest, pk: int) -> HttpResponse:
    return _show(request, pk, {})


def _show(request: HttpRequest, pk: int, bound: dict[str, forms.Form], status: int = 200) -> HttpResponse:
    """Facts, what can be done, timeline."""
    me, now = person(request), timezone.now()
    found = verbs.access(pk)
    commission = found.kind == verbs.Kind.COMMISSION
    freeze = getattr(found, "freeze", None)
    released = getattr(freeze, "release", None) if freeze else None
    penalty = verbs.penalty_of(found) if commission else None
    runs = approvals.runs_about(found.subject if commission else (freeze or found).subject, me, now)
    live = any(run.state in ("running", "returned", "agreed") for run in runs)
    reckoned = verbs.reckon(found, now) if commission else None
    may = SETTLE in entered(request).permissions and not live
    context = {
        "breach": found,
        "freeze": freeze,
        "released": released,
        "penalty": penalty,
        "reckoned": reckoned,
        "runs": runs,
        "may_release": may and freeze is not None and released is None,
        "may_penalty": may
        and reckoned is not None
        and reckoned.over
        and reckoned.penalty
        and penalty is None,
        "form": bound.get("form") or ReasonForm(),
        "rows": audit.timeline(found.subject),
    }
    return render(request, "contracts/breach.html", context, status=status)


@require_POST
@permitted(SETTLE)
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks that payments go on."""
    return _ask(request, pk, verbs.ask_release)


@require_POST
@permitted(SETTLE)
def penalty(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks that the month's payments be claimed."""
    return _ask(request, pk, verbs.ask_penalty)


def _ask(request: HttpRequest, pk: int, verb: Callable[..., Run]) -> HttpResponse:
    form = ReasonForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            run = verb(
                violation_id=pk, reason=form.cleaned_data["reason"], by=person(request), now=timezone.now()
            )
            messages.success(request, _("Handed in. It waits for the agreement."))
            return redirect("approvals:run", run.pk)
        except NotFound:
            raise
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
    return _show(request, pk, {"form": form}, status)
