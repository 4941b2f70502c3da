"""A claim of losses by a supplier's delay or wrong material: what it rests on, line by line with its papers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from contracts.forms import losses as forms
from contracts.forms.acts import refuse
from contracts.limits import upload_limits
from contracts.selectors import purchase as selectors
from contracts.services import loss_files, losses
from contracts.services.booking import Upload
from contracts.services.sides import ORDER
from office.errors import NotFound, Refused
from office.files import api as files
from office.rulebook.guards import permitted, person

#: In these states a supplier may owe us for an order.
STATES = ("returned", "deemed_accepted", "producing", "shipped", "closed", "cancelled")


@require_http_methods(["GET", "POST"])
@permitted(ORDER)
@files.takes_files(upload_limits)
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    """ "One more line" works without a script, too: what was typed comes back with an empty line."""
    order = selectors.access_order(pk)
    if request.method == "POST" and "more" in request.POST:
        known = {name: request.POST.get(name, "") for name in ("clause", "text")}
        return _page(request, order, forms.ClaimForm(initial=known), forms.one_more(request.POST.dict()), 200)
    if request.method != "POST":
        return _page(request, order, forms.ClaimForm(), forms.rows(), 200)
    form, rows = forms.ClaimForm(request.POST), forms.rows(request.POST, request.FILES)
    status = 422
    if form.is_valid() and rows.is_valid():
        try:
            made = losses.claim_loss(
                order_id=pk, losses=_losses(request, pk, rows), by=person(request), now=timezone.now(),
                **form.cleaned_data,
            )  # fmt: skip
            messages.success(request, _("Claimed. It is set off against the next payments."))
            return redirect(f"{reverse('contracts:order', args=[pk])}#loss-{made.pk}")
        except NotFound:
            raise
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
    return _page(request, order, form, rows, status)


@require_POST
@permitted(ORDER)
@files.takes_files(upload_limits)
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """One paper by itself, as soon as it is chosen (static/js/upload.js); its line names it from then on."""
    order = selectors.access_order(pk)
    field = request.POST.get("field", "")[:40].removesuffix("-file")
    now = timezone.now()
    try:
        upload = Upload(*files.sent_file(request, upload_limits(now)))
        stored, token = loss_files.keep(upload=upload, order_id=order.pk, by=person(request), now=now)
    except NotFound:
        raise
    except Refused as refused:
        return render(request, "contracts/_loss_file.html", {"refused": refused}, status=refused.status)
    context = {"stored": stored, "token": token, "field": f"{field}-kept"}
    return render(request, "contracts/_loss_file.html", context)


def _losses(request: HttpRequest, order_id: int, rows: Any) -> list[losses.Loss]:
    """Of the lines in which something was typed, in their order. Raises FileRefused, Invalid."""
    now, found = timezone.now(), []
    for row in rows:
        given = row.cleaned_data
        if not given.get("what"):
            continue
        stored = None
        if given.get("file") is not None:
            content, name = files.sent_file(request, upload_limits(now), row.add_prefix("file"))
            stored = files.keep_file(
                content=content,
                name=name,
                by=person(request),
                now=now,
                limits=upload_limits(now),
                shrink=True,
            )
        elif given.get("kept"):
            stored = loss_files.named(given["kept"], order_id=order_id, by=person(request))
        found.append(losses.Loss(given["kind"], given["what"], given["amount"], stored))
    return found


def _page(request: HttpRequest, order: Any, form: forms.ClaimForm, rows: Any, status: int) -> HttpResponse:
    context = {
        "order": order,
        "form": form,
        "lines": rows,
        "most": losses.MOST_LINES,
        "max_bytes": upload_limits().largest(),
    }
    return render(request, "contracts/loss_new.html", context, status=status)
