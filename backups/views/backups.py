"""Backups: where we stand, the runs, one run, one certificate, what IT can do."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from backups.forms.backups import KeyForm, RestoreForm, refuse
from backups.selectors import pages
from backups.services import asking, proving, running
from backups.services.replacing import KIND
from office.approvals import api as approvals
from office.errors import Refused
from office.rulebook import api as rulebook
from office.rulebook.guards import entered, permitted, person
from office.rulebook.sudo import fresh


@require_GET
@permitted("backups.view")
def overview(request: HttpRequest) -> HttpResponse:
    """Where we stand, charts, runs."""
    return show(request)


def show(request: HttpRequest, form: KeyForm | None = None, status: int = 200) -> HttpResponse:
    """The overview, with a refused proof in `form`."""
    now = timezone.now()
    context = {
        "standing": pages.standing(now),
        "runs": pages.runs(),
        "proofs": pages.proofs(),
        "chart": pages.chart(now),
        "form": form or KeyForm(),
        "may_run": running.MAY in entered(request).permissions,
        "clause": rulebook.schedule_rule(running.DATABASE, at=now).clause,
        "orders_clause": rulebook.schedule_rule(running.ORDERS, at=now).clause,
    }
    return render(request, "backups/overview.html", context, status=status)


@require_GET
@permitted("backups.view")
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """One run: facts, what can be done, timeline."""
    return show_run(request, pk)


def show_run(
    request: HttpRequest, pk: int, form: RestoreForm | None = None, status: int = 200
) -> HttpResponse:
    """The page of a run, with a refused request in `form`."""
    found = pages.run_of(pk)
    if found is None:
        raise Http404
    me, now = person(request), timezone.now()
    context = {
        "run": found,
        "timeline": pages.timeline(found.subject),
        "requests": approvals.runs_about(found.subject, me, now, limit=5),
        "form": form or RestoreForm(),
        "may_ask": found.kind == "database" and found.state == "done" and approvals.may_ask(KIND, me, now),
    }
    return render(request, "backups/run.html", context, status=status)


@require_POST
@permitted("backups.run")
def ask(request: HttpRequest) -> HttpResponse:
    """Back up now."""
    kind = request.POST.get("kind", "database")
    try:
        made = running.ask(kind=kind, by=person(request), now=timezone.now())
    except Refused as refused:
        messages.error(request, str(refused.message))
        return redirect("backups:list")
    messages.success(request, _("It begins within half a minute. This page shows how it goes on."))
    return redirect("backups:run", pk=made.pk)


@sensitive_post_parameters("key")
@require_POST
@permitted("backups.run")
@fresh
def prove(request: HttpRequest) -> HttpResponse:
    """The quarter's proof of the private key."""
    form = KeyForm(request.POST)
    if form.is_valid():
        try:
            proving.prove_key(text=form.cleaned_data["key"], by=person(request), now=timezone.now())
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("Proved: the private key opens the newest backup."))
            return redirect("backups:list")
    return show(request, form, 422)


@require_POST
@permitted("backups.run")
@fresh
def ask_restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the general manager for permission to overwrite a database."""
    form = RestoreForm(request.POST)
    if form.is_valid():
        try:
            asked = asking.ask_restore(run_id=pk, by=person(request), now=timezone.now(), **form.cleaned_data)
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect("approvals:run", pk=asked.pk)
    return show_run(request, pk, form, 422)


@require_GET
@permitted("backups.view")
def certificate(request: HttpRequest, pk: int) -> HttpResponse:
    """The paper of a drill, to print."""
    found = pages.certificate_of(pk)
    if found is None:
        raise Http404
    return render(request, "backups/certificate.html", {"certificate": found, "run": found.run})
