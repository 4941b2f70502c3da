"""Who decides in one's place while one is away."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from office.approvals.forms import NewDeputy
from office.approvals.models import Run
from office.approvals.selectors import page as pages
from office.approvals.selectors.drafts import form_draft
from office.approvals.services import deputies
from office.errors import Refused
from office.rulebook.guards import person


@require_http_methods(["GET", "POST"])
@login_required
def deputy(request: HttpRequest) -> HttpResponse:
    """Name a deputy for days of absence; in force once the superior has agreed."""
    me, now = person(request), timezone.now()
    draft = form_draft(me, deputies.KIND, me.pk, me.name)
    form = NewDeputy(request.POST or None, but=me.pk, initial=draft.initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            try:
                asked = deputies.name_deputy(
                    deputy_id=given["person"], starts_at=given["starts_at"], ends_at=given["ends_at"],
                    reason=given["reason"], by=me, now=now,
                )  # fmt: skip
            except Refused as refused:
                form.add_error(None, str(refused.message))
                status = refused.status
            else:
                messages.success(request, _("Your superior is asked to agree."))
                return redirect("approvals:run", pk=asked.pk)
    mine, theirs = pages.deputies_of(me, now)
    waiting = Run.objects.filter(kind=deputies.KIND, requester=me, state__in=["running", "returned"]).first()
    context = {"form": form, "mine": mine, "theirs": theirs, "waiting": waiting, "draft": draft}
    return render(request, "approvals/deputy.html", context, status=status)


@require_POST
@login_required
def end_deputy(request: HttpRequest, pk: int) -> HttpResponse:
    """No longer needed from now on."""
    deputies.end_deputy(deputy_id=pk, by=person(request), now=timezone.now())
    messages.success(request, _("The deputy decides no longer."))
    return redirect("approvals:deputy")
