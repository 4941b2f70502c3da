"""Accounts out of another manager's file, which stays in memory and is overwritten there before the answer."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import vault_book
from accounts.forms.vault import ImportAgainForm, ImportForm, LineForm, refuse
from accounts.selectors import vault
from accounts.services.vault import importing
from accounts.views.vault_doors import factor, opened_of, quiet, to_unlock
from accounts.views.vault_uploads import MOST, in_memory
from office.errors import Invalid, Refused
from office.rulebook.guards import permitted, person


@require_http_methods(["GET", "POST"])
@permitted(vault_book.CUSTODIANS)
@factor
@in_memory
@quiet
def import_accounts(request: HttpRequest) -> HttpResponse:
    """Each line sealed at once; one request to the general manager."""
    me, now = person(request), timezone.now()
    opened = opened_of(request)
    if opened is None:
        return to_unlock(request)
    offered = [code for code in vault_book.kinds(now) if vault_book.may_keep(me, code, now)]
    form = ImportForm(
        request.POST or None, request.FILES or None, now=now, offered=offered,
        people=vault.eligible(offered[0], now), initial={"custodians": [me.pk]},
    )  # fmt: skip
    try:
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            if given["file"].size > MOST:
                form.add_error("file", _("At most 1 MB."))
            else:
                run = importing.import_accounts(
                    data=given["file"].read(), kind=given["kind"], custodians=given["custodians"], opened=opened,
                    by=me, now=now,
                )  # fmt: skip
                messages.success(
                    request,
                    _("Sealed and asked for. Remove the file from your own machine now, and empty the bin."),
                )
                return redirect("approvals:run", run.pk)
    except Refused as refused:
        refuse(form, refused)
    return render(
        request, "accounts/import.html", {"form": form}, status=422 if request.method == "POST" else 200
    )


@require_http_methods(["GET", "POST"])
@permitted(vault_book.CUSTODIANS)
@factor
@quiet
def import_again(request: HttpRequest, pk: int) -> HttpResponse:
    """An import that was given back: names, addresses, logins, custodians anew; the sealed secrets stay."""
    me, now = person(request), timezone.now()
    run = importing.returned_import(pk, me, now)
    rows = run.payload["rows"]
    form = ImportAgainForm(
        request.POST or None,
        people=vault.eligible(rows[0]["facts"]["kind"], now),
        initial={"custodians": rows[0]["add"]},
    )
    lines = {
        row["account"]: LineForm(request.POST or None, initial=row["facts"], prefix=str(row["account"]))
        for row in rows
    }
    if request.method == "POST" and all([form.is_valid(), *(line.is_valid() for line in lines.values())]):
        given = {account: line.cleaned_data for account, line in lines.items()}
        try:
            run = importing.import_again(
                import_id=pk,
                lines={
                    account: importing.Line(data["name"], data["url"], data["login"])
                    for account, data in given.items()
                    if not data["leave_out"]
                },
                custodians=form.cleaned_data["custodians"],
                by=me,
                now=now,
                comment=form.cleaned_data["comment"],
            )
        except Refused as refused:
            _refuse(refused, form, lines)
        else:
            messages.success(request, _("Asked again."))
            return redirect("approvals:run", run.pk)
    context = {"form": form, "lines": lines.values(), "run": run}
    return render(
        request, "accounts/import_again.html", context, status=422 if request.method == "POST" else 200
    )


def _refuse(refused: Refused, form: ImportAgainForm, lines: dict[int, LineForm]) -> None:
    """Each error onto the line it names, else above all of them."""
    rest = []
    for error in refused.errors if isinstance(refused, Invalid) else []:
        account, _dash, field = error["path"].partition("-")
        if field and account.isdecimal() and int(account) in lines:
            lines[int(account)].add_error(field, error["message"])
        else:
            rest.append(error)
    if rest or (not form.errors and not any(line.errors for line in lines.values())):
        refuse(form, Invalid(refused.message, code=refused.code, errors=rest))
