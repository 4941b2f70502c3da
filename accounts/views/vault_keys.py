"""One's own vault: setting it up, unlocking, locking, another passphrase, a lost one; the recovery key."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import vault_book
from accounts.forms.vault import (
    AnotherKeyForm,
    ChangePassphraseForm,
    LostForm,
    NewPassphraseForm,
    UnlockForm,
    refuse,
)
from accounts.selectors import vault, vault_pages
from accounts.services.vault import keys, unlocking
from accounts.services.vault import recovery as verbs
from accounts.views.vault_doors import (
    COOKIE,
    PATH,
    back_of,
    factor,
    give_cookie,
    has_factor,
    opened_of,
    quiet,
)
from office.approvals import api as approvals
from office.errors import Refused
from office.rulebook.guards import permitted, person


@require_GET
@login_required
@quiet
def own(request: HttpRequest) -> HttpResponse:
    """One's own vault: whether it is set up and open, what is to be done with it."""
    me, now = person(request), timezone.now()
    return _own(request, NewPassphraseForm() if keys.may_have_key(me, now) else None)


def _own(
    request: HttpRequest,
    form: NewPassphraseForm | None,
    status: int = 200,
    another: AnotherKeyForm | None = None,
) -> HttpResponse:
    me, now = person(request), timezone.now()
    page = vault_pages.own_vault(me, now)
    asked = approvals.runs_about(verbs.subject_of(page.recovery), me, now) if page.recovery else []
    context = {
        "page": page,
        "another": another or AnotherKeyForm(),
        "asked": asked,
        "waits": any(run.state in ("running", "returned", "agreed") for run in asked),
        "mark": verbs.mark_of(bytes(page.recovery.public)) if page.recovery else "",
        "opened": opened_of(request, touch=False),
        "form": form,
        "has_factor": has_factor(request),
        "oversees": vault.oversees(me, now),
    }
    return render(request, "accounts/vault.html", context, status=status)


@require_POST
@login_required
@factor
@quiet
def set_up(request: HttpRequest) -> HttpResponse:
    """The first passphrase."""
    form = NewPassphraseForm(request.POST)
    if form.is_valid():
        try:
            keys.set_up(**form.cleaned_data, by=person(request), now=timezone.now())
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("Your vault is set up. Keep the passphrase in your head alone."))
            return redirect("accounts:vault_unlock")
    return _own(request, form, 422)


@require_http_methods(["GET", "POST"])
@login_required
@factor
@quiet
def unlock(request: HttpRequest) -> HttpResponse:
    """The passphrase opens the vault for some minutes."""
    me, now = person(request), timezone.now()
    form = UnlockForm(request.POST or None)
    back = back_of(request, reverse("accounts:vault"))
    if request.method == "POST" and form.is_valid():
        try:
            token = unlocking.unlock(
                passphrase=form.cleaned_data["passphrase"],
                session_key=request.session.session_key or "",
                by=me,
                now=now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            seconds = int(vault_book.span("unlocked_for", now).total_seconds())
            return give_cookie(HttpResponseRedirect(back), token, seconds)
    context = {
        "form": form,
        "back": back,
        "page": vault_pages.own_vault(me, now),
        "minutes": int(vault_book.span("unlocked_for", now).total_seconds() // 60),
    }
    return render(request, "accounts/unlock.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@login_required
@quiet
def lock(request: HttpRequest) -> HttpResponse:
    """Locked at once."""
    unlocking.lock(session_key=request.session.session_key or "")
    messages.success(request, _("Your vault is locked."))
    answer = redirect("accounts:vault")
    answer.delete_cookie(COOKIE, path=PATH, samesite="Strict")
    return answer


@require_http_methods(["GET", "POST"])
@login_required
@factor
@quiet
def change_passphrase(request: HttpRequest) -> HttpResponse:
    """Another passphrase for the same key."""
    form = ChangePassphraseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            keys.change_passphrase(**form.cleaned_data, by=person(request), now=timezone.now())
        except Refused as refused:
            refuse(form, refused)
        else:
            unlocking.lock(session_key=request.session.session_key or "")
            messages.success(request, _("The new passphrase counts from now on. Your vault is locked."))
            return redirect("accounts:vault")
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/passphrase.html", {"form": form, "lost": False}, status=status)


@require_http_methods(["GET", "POST"])
@login_required
@factor
@quiet
def lost(request: HttpRequest) -> HttpResponse:
    """A new key, which two people agree to."""
    form = LostForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            run = keys.ask_new_key(**form.cleaned_data, by=person(request), now=timezone.now())
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(
                request, _("It is asked for. Two people agree to it, then a custodian lets you in.")
            )
            return redirect("approvals:run", run.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/passphrase.html", {"form": form, "lost": True}, status=status)


@require_POST
@permitted(vault_book.OVERSEE)
@factor
@quiet
def recovery(request: HttpRequest) -> HttpResponse:
    """The first one is made, another one asked for; shown this once to be printed."""
    me, now = person(request), timezone.now()
    context: dict[str, Any] = {"now": now}
    if not vault.has_recovery_key():
        context["text"] = verbs.make(by=me, now=now)
        return render(request, "accounts/recovery.html", context)
    form = AnotherKeyForm(request.POST)
    if form.is_valid():
        try:
            run, text = verbs.ask_another(**form.cleaned_data, by=me, now=now)
        except Refused as refused:
            refuse(form, refused)
        else:
            mark = verbs.mark_of(bytes.fromhex(run.payload["public"]))
            return render(
                request, "accounts/recovery.html", {**context, "text": text, "run": run, "mark": mark}
            )
    return _own(request, None, 422, another=form)
