"""Lending an account: asked for, handed out, looked at, given back (C13.4)."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import vault_book
from accounts.forms.lending import LendForm
from accounts.forms.vault import refuse
from accounts.models import Lending
from accounts.selectors import vault, vault_pages
from accounts.services.vault import lending as verbs
from accounts.services.vault import revealing
from accounts.views.vault_doors import factor, opened_of, quiet, to_unlock
from accounts.views.vault_reveal import answer, way_of
from office.errors import Invalid, NotFound, Refused
from office.rulebook.guards import permitted, person
from office.staff.models import Employee


@require_http_methods(["GET", "POST"])
@permitted(vault_book.CUSTODIANS)
@factor
@quiet
def lend(request: HttpRequest, pk: int) -> HttpResponse:
    """A custodian asks the department head."""
    me, now = person(request), timezone.now()
    account = vault.access_account(pk, me, now)
    most = int(vault_book.span("lending_time", now) / timedelta(hours=1))
    people = Employee.objects.filter(is_active=True).exclude(pk=me.pk)
    form: forms.Form = LendForm(request.POST or None, people=people, most=most)
    if request.method == "POST" and form.is_valid():
        try:
            found = verbs.ask(account_id=pk, **form.cleaned_data, by=me, now=now)
        except NotFound:
            raise
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("It is asked for. The department head decides."))
            return redirect("accounts:lending", pk=found.pk)
    context = {"account": account, "forms": [form], "title": _("Lend it")}
    return render(request, "accounts/change.html", context, status=422 if request.method == "POST" else 200)


def _found(request: HttpRequest, pk: int) -> Lending:
    found = vault_pages.lending(pk, person(request), timezone.now())
    if found is None:
        raise NotFound(_("There is no such lending."))
    return found


@require_GET
@login_required
@quiet
def lending(request: HttpRequest, pk: int) -> HttpResponse:
    """One lending, for borrower, custodians and who decides; nothing for others: 404."""
    return show(request, _found(request, pk))


def show(
    request: HttpRequest,
    found: Lending,
    refused: Refused | None = None,
    at: int | None = None,
    reason: str = "",
) -> HttpResponse:
    me, now = person(request), timezone.now()
    borrows = found.borrower_id == me.pk
    context = {
        "lending": found,
        "borrows": borrows,
        "keeps": vault.keeps(me, found.account, now),
        "secrets": vault_pages.lent_secrets(found, now) if borrows else [],
        "looks": found.reveals.select_related("employee", "sealed").order_by("-at"),
        "own": vault_pages.own_vault(me, now),
        "borrower_ready": not vault.without_key([found.borrower]),
        "opened": opened_of(request, touch=False),
        "refused": refused,
        "at": at,
        "reason": reason,
    }
    return render(request, "accounts/lending.html", context, status=refused.status if refused else 200)


@require_POST
@permitted(vault_book.CUSTODIANS)
@factor
@quiet
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """The custodian hands it out."""
    me, now = person(request), timezone.now()
    found = _found(request, pk)
    opened = opened_of(request)
    if opened is None:
        return to_unlock(request)
    try:
        verbs.release(lending_id=pk, opened=opened, by=me, now=now)
    except NotFound:
        raise
    except Refused as refused:
        return show(request, found, refused)
    messages.success(request, _("Handed out. Change the password when it is over; the clock runs."))
    return redirect("accounts:lending", pk=pk)


@require_POST
@login_required
@quiet
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Done before the hours are over."""
    verbs.give_back(lending_id=_found(request, pk).pk, by=person(request), now=timezone.now())
    messages.success(request, _("Over. It can no longer be looked at."))
    return redirect("accounts:lending", pk=pk)


@require_POST
@login_required
@factor
@quiet
def reveal(request: HttpRequest, pk: int, secret: int) -> HttpResponse:
    """The borrower looks."""
    me, now = person(request), timezone.now()
    found = _found(request, pk)
    opened = opened_of(request)
    if opened is None:
        return to_unlock(request)
    reason = request.POST.get("reason", "")
    try:
        shown = revealing.reveal(
            sealed_id=secret, way=way_of(request), reason=reason, opened=opened, by=me, now=now,
            lending_id=pk,
        )  # fmt: skip
    except Invalid as refused:
        if request.headers.get("HX-Request") == "true" or request.headers.get("Accept") == "application/json":
            raise
        return show(request, found, refused, secret, reason)
    return answer(
        request, shown, reverse("accounts:lending", args=[pk]), reverse("accounts:lending_masked", args=[pk])
    )


@require_GET
@login_required
@quiet
def masked(request: HttpRequest, pk: int) -> HttpResponse:
    """What stands in the place of what was shown."""
    _found(request, pk)
    return render(request, "accounts/_masked.html")
