"""Yes or no to what waits for a second person."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from office.errors import Invalid
from office.staff import forms
from office.staff.guards import me
from office.staff.services import proposals
from office.staff.views.people import show_password


@require_POST
@login_required
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """`act` confirm, refuse or withdraw: whose turn it is the verb knows."""
    form, by, now = forms.Decision(request.POST), me(request), timezone.now()
    if not form.is_valid():
        raise Invalid(_("Choose yes or no."))
    act = form.cleaned_data["act"]
    if act == "confirm":
        done = proposals.confirm(proposal_id=pk, by=by, now=now)
        if done.password:
            return show_password(request, done.proposal.employee, done.password)
        messages.success(request, _("It is confirmed."))
    elif act == "refuse":
        proposals.refuse(proposal_id=pk, by=by, now=now, reason=form.cleaned_data["reason"])
        messages.success(request, _("Refused; nothing has changed."))
    else:
        proposals.withdraw(proposal_id=pk, by=by, now=now)
        messages.success(request, _("Withdrawn."))
    return redirect("staff:people")
