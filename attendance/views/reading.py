"""Reading the rulebook, and who has not."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from attendance.forms.acts import number
from attendance.selectors import reading
from attendance.services.reading import acknowledge
from office.errors import Conflict, NotFound
from office.rulebook.guards import permitted, person


@require_http_methods(["GET", "POST"])
@login_required
def read(request: HttpRequest) -> HttpResponse:
    """What is new since the version read last, or the whole book; one button says that it was read."""
    me, now = person(request), timezone.now()
    refusal: Conflict | None = None
    if request.method == "POST":
        try:
            acknowledge(version_id=number(request.POST.get("version")) or 0, by=me, now=now)
            messages.success(request, _("Thank you: it is noted that you have read the rulebook."))
            return redirect("attendance:read_rules")
        except Conflict as refused:
            refusal = refused
    page = reading.read_page(me, now)
    if page is None:
        raise NotFound(_("No rulebook is in force."))
    context = {"page": page, "refused": refusal}
    return render(request, "attendance/read_rules.html", context, status=refusal.status if refusal else 200)


@require_GET
@permitted(reading.SEE)
def readers(request: HttpRequest) -> HttpResponse:
    """Who has not read the version in force: of the own team, for human resources of everybody."""
    after = request.GET.get("after", "")[:20]
    context = {"readers": reading.readers(person(request), timezone.now(), after=after), "after": after}
    return render(request, "attendance/readers.html", context)
