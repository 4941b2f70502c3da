"""Official accounts: the list, one of them, what is wrong with them; letting a custodian in."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import vault_book
from accounts.selectors import vault, vault_pages
from accounts.services.vault import resealing
from accounts.views.vault_doors import factor, opened_of, quiet, to_unlock
from office.errors import NotFound, Refused
from office.rulebook.guards import permitted, person
from office.staff.models import Employee


def number(text: str | None) -> int | None:
    """A key out of a form; None for what is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None


@require_GET
@permitted(vault_book.CUSTODIANS)
@quiet
def accounts(request: HttpRequest) -> HttpResponse:
    """Those that one keeps, owns or has proposed; all of them for the general manager."""
    me, now = person(request), timezone.now()
    kind, search = request.GET.get("kind", "")[:30], request.GET.get("q", "").replace("\x00", "")[:80].strip()
    state = request.GET.get("tab", "open")
    lines = vault_pages.listed(
        me, now, kind=kind, search=search, state=state, after=number(request.GET.get("after"))
    )
    context = {
        "lines": lines[: vault_pages.PAGE],
        "following": lines[vault_pages.PAGE - 1].account.pk if len(lines) > vault_pages.PAGE else None,
        "kinds": [(code, vault_book.kind_name(code, now)) for code in vault_book.kinds(now)],
        "kind": kind,
        "search": search,
        "tab": state if state in ("proposed", "closed") else "open",
        "opened": opened_of(request, touch=False),
        "own": vault_pages.own_vault(me, now),
    }
    return render(request, "accounts/accounts.html", context)


@require_GET
@permitted(vault_book.CUSTODIANS)
@quiet
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """Facts, what can be done, timeline. Hidden from who does not keep it: 404."""
    return show(request, pk)


def show(
    request: HttpRequest, pk: int, *, refused: Refused | None = None, at: int | None = None, reason: str = ""
) -> HttpResponse:
    """The page, with what was refused at which secret and the reason that was typed."""
    me, now = person(request), timezone.now()
    found = vault.access_account(pk, me, now)
    context = {
        "page": vault_pages.page(found, me, now),
        "account": found,
        "opened": opened_of(request, touch=False),
        "refused": refused,
        "at": at,
        "reason": reason,
        "now": now,
    }
    return render(request, "accounts/account.html", context, status=refused.status if refused else 200)


@require_POST
@permitted(vault_book.CUSTODIANS)
@factor
@quiet
def let_in(request: HttpRequest, pk: int) -> HttpResponse:
    """Sealed to whoever waits for it."""
    me, now = person(request), timezone.now()
    vault.access_account(pk, me, now)
    opened = opened_of(request)
    if opened is None:
        return to_unlock(request)
    made = resealing.let_in(account_id=pk, opened=opened, by=me, now=now)
    messages.success(
        request, _("Sealed {count} times more; nobody waits for you here now.").format(count=made)
    )
    return redirect("accounts:account", pk=pk)


@require_GET
@permitted(vault_book.OVERSEE)
@quiet
def exposed(request: HttpRequest, pk: int) -> HttpResponse:
    """Every secret that one person could see, or saw, since its last change: what is to be changed when he goes."""
    whom = Employee.objects.filter(pk=pk).first()
    if whom is None:
        raise NotFound(_("There is no such employee."))
    return render(request, "accounts/exposed.html", {"whom": whom, "exposed": vault_pages.exposed(whom)})


@require_GET
@permitted(vault_book.CUSTODIANS)
@quiet
def health(request: HttpRequest) -> HttpResponse:
    """What wants doing, over all accounts that one sees."""
    me, now = person(request), timezone.now()
    context = {"ills": vault_pages.health(me, now), "oversees": vault.oversees(me, now)}
    return render(request, "accounts/health.html", context)
