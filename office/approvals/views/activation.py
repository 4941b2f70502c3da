"""Proposing that another rulebook be in force (C14): look first, then ask the general manager."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from office.approvals.forms import NewActivation
from office.approvals.selectors.drafts import form_draft
from office.approvals.selectors.outlook import outlook, plain
from office.approvals.selectors.runs import live_on, may_ask
from office.approvals.services import activation as verbs
from office.errors import Refused
from office.rulebook import api as rulebook
from office.rulebook.guards import person
from office.rulebook.selectors import shipped_book


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def activation(request: HttpRequest) -> HttpResponse:
    """Choose book and date; the differences and what would have happened; then propose."""
    me, now = person(request), timezone.now()
    if not may_ask(verbs.KIND, me, now):
        raise PermissionDenied(verbs.KIND)
    again = verbs.returned_to(me)
    if again is not None and request.method == "GET" and "source" in again.payload:
        return redirect("approvals:own_text")
    codes = verbs.choices()
    draft = form_draft(me, verbs.KIND, verbs.SUBJECT_ID, _("Another rulebook"))
    asked = {"book": codes[0] if codes else "", "starts_at": first_of_next_month(now)}
    asked |= draft.initial
    asked |= {name: request.GET[name] for name in ("book", "starts_at") if request.GET.get(name)}
    form = NewActivation(
        request.POST or None, initial=asked, books=[(code, str(shipped_book(code).title)) for code in codes]
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                run = verbs.propose_activation(**form.cleaned_data, by=me, now=now)
            except Refused as refused:
                form.add_error(None, str(refused.message))
                status = refused.status
            else:
                messages.success(request, _("The general manager is asked to sign."))
                return redirect("approvals:run", pk=run.pk)
    chosen = form["book"].value()
    found = plain(outlook(rulebook.book(now), shipped_book(chosen), now)) if chosen in codes else None
    context = {
        "form": form,
        "outlook": found,
        "exhibit": {"outlook": found},
        "running": live_on("rulebook", verbs.SUBJECT_ID)
        .filter(kind=verbs.KIND)
        .exclude(state="returned", requester=me)
        .first(),
        "draft": draft,
    }
    return render(request, "approvals/activation.html", context, status=status)


def first_of_next_month(now: datetime) -> datetime:
    """Its first midnight, in local time."""
    today = timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (today + timedelta(days=32)).replace(day=1)
