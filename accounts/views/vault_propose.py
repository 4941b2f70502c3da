"""Forms that ask the general manager for a change of an account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import vault_book
from accounts.forms.vault import (
    CloseForm,
    CommentForm,
    CustodiansForm,
    FactsForm,
    FirstSecretsForm,
    SecretForm,
    refuse,
)
from accounts.models import Account
from accounts.rules import fields
from accounts.selectors import vault
from accounts.services.vault import proposing, sealing
from accounts.services.vault.sealing import Secret
from accounts.views.vault_doors import factor, opened_of, quiet, to_unlock
from accounts.views.vault_uploads import in_memory
from office.approvals import api as approvals
from office.errors import NotFound, Refused
from office.rulebook import api as rulebook
from office.rulebook.guards import permitted, person


def _asked(request: HttpRequest, run: approvals.Run) -> HttpResponse:
    messages.success(request, _("It is asked for. It counts once the general manager has signed."))
    return redirect("approvals:run", run.pk)


def _facts_form(request: HttpRequest, initial: dict[str, Any] | None = None) -> FactsForm:
    me, now = person(request), timezone.now()
    offered = [code for code in vault_book.kinds(now) if vault_book.may_keep(me, code, now)]
    people = vault.eligible(fields_kind(request, initial, offered), now)
    return FactsForm(request.POST or None, people=people, now=now, offered=offered, initial=initial)


def fields_kind(request: HttpRequest, initial: dict[str, Any] | None, offered: list[str]) -> str:
    """The kind on the form, whose posts decide who may be chosen."""
    wanted = request.POST.get("kind") or (initial or {}).get("kind") or ""
    return wanted if wanted in offered else offered[0]


def secret_of(form: SecretForm, field: str, most: int) -> Secret:
    """What the form holds: made, typed or uploaded. A file larger than `most` bytes is not read further."""
    given = form.cleaned_data
    if given["field"] == "file":
        return _file(given["file"], field, most)
    if given["field"] == fields.PASSWORD and given["generate"]:
        return Secret(fields.PASSWORD, form.made())
    return _typed(given["field"], given["secret"], given["anyway"])


def secrets_of(form: FirstSecretsForm, most: int) -> list[Secret]:
    """All that a new account is to have."""
    given = form.cleaned_data
    found = [Secret(fields.PASSWORD, form.made())] if given["generate"] else []
    if not found and given["secret"].strip():
        found.append(_typed(fields.PASSWORD, given["secret"], given["anyway"]))
    for field in (fields.SEED, fields.CODES):
        if given[field].strip():
            found.append(_typed(field, given[field], False))
    return [*found, _file(given["file"], "file-1", most)] if given["file"] is not None else found


def _typed(field: str, text: str, anyway: bool) -> Secret:
    return Secret(field, text.replace("\r\n", "\n").strip("\n").encode("utf-8", "replace"), "", anyway)


def _file(upload: UploadedFile[Any] | None, field: str, most: int) -> Secret:
    if upload is None:
        return Secret(field, b"")
    return Secret(field, upload.read(most + 1), (upload.name or "")[-120:])


@require_http_methods(["GET", "POST"])
@permitted(vault_book.CUSTODIANS)
@factor
@in_memory
@quiet
def new(request: HttpRequest) -> HttpResponse:
    """A new account with its first secret."""
    me, now = person(request), timezone.now()
    opened = opened_of(request)
    if opened is None:
        return to_unlock(request)
    form = _facts_form(request, {"owner": me.pk, "kind": request.GET.get("kind", "")})
    form.renewing(request.path)
    keepers = CustodiansForm(
        request.POST or None,
        people=vault.eligible(form_kind(form, now), now),
        initial={"custodians": [me.pk]},
    )
    secret = FirstSecretsForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and all([form.is_valid(), keepers.is_valid(), secret.is_valid()]):
        try:
            run = proposing.propose_account(
                facts=form.facts(),
                custodians=keepers.cleaned_data["custodians"],
                secrets=secrets_of(secret, _most()),
                opened=opened,
                by=me,
                now=now,
                comment=form.cleaned_data["comment"],
            )
        except Refused as refused:
            _refuse_all(refused, form, keepers, secret)
        else:
            return _asked(request, run)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "keepers": keepers, "secret": secret}
    return render(request, "accounts/new.html", context, status=status)


def form_kind(form: FactsForm, now: Any) -> str:
    wanted = form.data.get("kind") or form.initial.get("kind") or ""
    return wanted if wanted in vault_book.kinds(now) else vault_book.kinds(now)[0]


def _refuse_all(refused: Refused, *forms: Any) -> None:
    """Onto the form that has the field it names, else onto the first."""
    paths = {error["path"] for error in getattr(refused, "errors", [])}
    refuse(next((form for form in forms if paths & set(form.fields)), forms[0]), refused)


def _most() -> int:
    return rulebook.limit_rule("accounts.secret_size", timezone.now()).count


@require_http_methods(["GET", "POST"])
@permitted(vault_book.CUSTODIANS)
@factor
@quiet
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """A new account that was given back: its facts and custodians anew."""
    me, now = person(request), timezone.now()
    account = vault.access_account(pk, me, now)
    run = proposing.returned_run(account, me, now)
    if run is None or account.state != Account.State.PROPOSED:
        raise NotFound(_("There is no such account."))
    row = run.payload["rows"][0]
    form = _facts_form(request, row["facts"])
    keepers = CustodiansForm(
        request.POST or None,
        people=vault.eligible(form_kind(form, now), now),
        initial={"custodians": row["add"]},
    )
    if request.method == "POST" and form.is_valid() and keepers.is_valid():
        try:
            found = proposing.propose_again(
                account_id=pk,
                facts=form.facts(),
                custodians=keepers.cleaned_data["custodians"],
                by=me,
                now=now,
                comment=form.cleaned_data["comment"],
            )
        except Refused as refused:
            _refuse_all(refused, form, keepers)
        else:
            return _asked(request, found)
    status = 422 if request.method == "POST" else 200
    return render(
        request, "accounts/new.html", {"form": form, "keepers": keepers, "account": account}, status=status
    )


def _change(
    request: HttpRequest,
    pk: int,
    title: str,
    forms: list[Any],
    ask: Callable[[Account], approvals.Run],
    effect: str = "",
) -> HttpResponse:
    """A form about one account: asked for, or shown again with what was refused. `effect`: what follows from it."""
    account = vault.access_account(pk, person(request), timezone.now())
    if request.method == "POST" and all(form.is_valid() for form in forms):
        try:
            return _asked(request, ask(account))
        except NotFound:
            raise
        except Refused as refused:
            _refuse_all(refused, *forms)
    status = 422 if request.method == "POST" else 200
    context = {
        "account": account, "forms": forms, "title": title, "effect": effect,
        "multipart": any(form.is_multipart() for form in forms),
    }  # fmt: skip
    return render(request, "accounts/change.html", context, status=status)


@require_http_methods(["GET", "POST"])
@permitted(vault_book.CUSTODIANS)
@factor
@quiet
def facts(request: HttpRequest, pk: int) -> HttpResponse:
    """Other facts."""
    me, now = person(request), timezone.now()
    account = vault.access_account(pk, me, now)
    present = proposing.Facts.of(account)
    initial = {**present.as_payload(), "renew_on": present.renew_on}
    form = _facts_form(request, initial)
    return _change(
        request, pk, _("Change the facts"), [form],
        lambda account: proposing.propose_facts(
            account_id=pk, facts=form.facts(), by=me, now=now, comment=form.cleaned_data["comment"]
        ),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@permitted(vault_book.CUSTODIANS)
@factor
@quiet
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """The account is given up; what was sealed stays, readable by its custodians."""
    me, now = person(request), timezone.now()
    account = vault.access_account(pk, me, now)
    present = proposing.Facts.of(account)
    form = CloseForm(request.POST or None)
    closed = replace(present, closed=True)
    return _change(
        request, pk, _("Close the account"), [form],
        lambda account: proposing.propose_facts(
            account_id=pk, facts=closed, by=me, now=now, comment=form.cleaned_data["comment"]
        ),
        _("Once signed, nobody looks at its secrets any more, lendings end, and it is not opened again. What was sealed"
          " stays on record. Close the account at the other end first."),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@permitted(vault_book.CUSTODIANS)
@factor
@in_memory
@quiet
def secret(request: HttpRequest, pk: int) -> HttpResponse:
    """A new secret, or another version of one."""
    me, now = person(request), timezone.now()
    account = vault.access_account(pk, me, now)
    opened = opened_of(request)
    if opened is None:
        return to_unlock(request)
    wanted = request.GET.get("field", "")
    chosen = "file" if fields.is_file(wanted) else wanted
    form = SecretForm(request.POST or None, request.FILES or None, initial={"field": chosen})
    said = CommentForm(request.POST or None)

    def ask(found: Account) -> approvals.Run:
        field = ""
        if form.cleaned_data["field"] == "file":
            known = {each.field for each in vault.current_secrets(found)}
            field = wanted if wanted in known else sealing.next_file(found)
        return proposing.propose_secret(
            account_id=pk, secret=secret_of(form, field, _most()), opened=opened, by=me, now=now,
            comment=said.cleaned_data["comment"],
        )  # fmt: skip

    present = {each.field: fields.name_of(each.field, each.label) for each in vault.current_secrets(account)}
    title = _("Change: {what}").format(what=present[wanted]) if wanted in present else _("Add a secret")
    return _change(request, pk, title, [form, said], ask)


@require_POST
@permitted(vault_book.CUSTODIANS)
@factor
@quiet
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """A secret that the account no longer has."""
    me, now = person(request), timezone.now()
    vault.access_account(pk, me, now)
    run = proposing.propose_drop(account_id=pk, field=request.POST.get("field", ""), by=me, now=now)
    return _asked(request, run)


@require_http_methods(["GET", "POST"])
@permitted(vault_book.CUSTODIANS)
@factor
@quiet
def custodians(request: HttpRequest, pk: int) -> HttpResponse:
    """Who keeps it from now on."""
    me, now = person(request), timezone.now()
    account = vault.access_account(pk, me, now)
    opened = opened_of(request)
    if opened is None:
        return to_unlock(request)
    form = CustodiansForm(
        request.POST or None,
        people=vault.eligible(account.kind, now),
        initial={"custodians": [each.pk for each in vault.custodians(account)]},
    )
    said = CommentForm(request.POST or None)
    return _change(
        request, pk, _("Change the custodians"), [form, said],
        lambda found: proposing.propose_custodians(
            account_id=pk, custodians=form.cleaned_data["custodians"], opened=opened, by=me, now=now,
            comment=said.cleaned_data["comment"],
        ),
        _("Who comes reads once another custodian, unlocked, has let him in. Where somebody goes, every secret is"
          " sealed anew without him, and what he could see is to be changed."),
    )  # fmt: skip
