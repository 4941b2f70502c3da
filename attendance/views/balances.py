"""Balances of leave, kept by human resources."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from attendance.forms.acts import refuse
from attendance.forms.leave import BalanceForm, ServiceForm
from attendance.selectors import leave_pages
from attendance.selectors.balances import balances_of, months_before, movements_of
from attendance.selectors.leave_kinds import kinds
from attendance.services import balances as verbs
from office.errors import NotFound, Refused
from office.rulebook.guards import permitted, person
from office.staff.models import Employee


@require_GET
@permitted(verbs.KEEP)
def balances(request: HttpRequest) -> HttpResponse:
    """Everybody, with what is left."""
    now = timezone.now()
    lines = leave_pages.balance_lines(now, after=request.GET.get("after", "")[:20])
    context = {
        "lines": lines[: leave_pages.PAGE],
        "following": lines[leave_pages.PAGE - 1].person.number if len(lines) > leave_pages.PAGE else None,
        "kinds": [kind for kind in kinds(now).values() if kind.kept],
    }
    return render(request, "attendance/balances.html", context)


@require_http_methods(["GET", "POST"])
@permitted(verbs.KEEP)
def balance(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: accounts, every movement, and the two ways to change them."""
    me, now = person(request), timezone.now()
    employee = Employee.objects.filter(pk=pk).first()
    if employee is None:
        raise NotFound(_("There is no such person."))
    which = request.POST.get("which", "")
    change = BalanceForm(request.POST if which == "change" else None, now=now, auto_id="change-%s")
    service = ServiceForm(request.POST if which == "service" else None, auto_id="service-%s")
    form = change if which == "change" else service
    status = 200
    if request.method == "POST":
        status = 422
        if which in ("change", "service") and form.is_valid():
            verb = verbs.change_balance if which == "change" else verbs.note_prior_service
            try:
                verb(employee_id=pk, by=me, now=now, **form.cleaned_data)
                messages.success(request, _("Recorded."))
                return redirect("attendance:balance", pk=pk)
            except Refused as refused:
                refuse(form, refused)
                status = refused.status
    context = {
        "employee": employee,
        "balances": balances_of(pk, now, timezone.localdate(now)),
        "movements": movements_of(pk),
        "months": months_before([pk]).get(pk, 0),
        "kinds": kinds(now),
        "change": change,
        "service": service,
    }
    return render(request, "attendance/balance.html", context, status=status)
