"""Everybody gives up rest (S7): what was declared, a new declaration, taking one back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from attendance.selectors import waivers as selectors
from attendance.selectors.roster_people import VIEW
from attendance.services.roster import waivers as verbs
from attendance.views import asked
from office.errors import Refused
from office.rulebook.guards import entered, permitted, person


@require_http_methods(["GET", "POST"])
@permitted(VIEW)
def waivers(request: HttpRequest) -> HttpResponse:
    """The latest first; whoever may declare does so here, and what is refused stays in the form."""
    now = timezone.now()
    refusal = None
    if request.method == "POST":
        try:
            verbs.waive_rest(
                first_day=asked.needed_day(request.POST, "first_day"),
                last_day=asked.needed_day(request.POST, "last_day"),
                reason=request.POST.get("reason", ""),
                by=person(request),
                now=now,
            )
        except Refused as refused:
            if refused.status in (403, 404):
                raise
            refusal = refused
        else:
            messages.success(
                request, _("Declared. Planners and everybody with a shift on these days are told.")
            )
            return redirect("attendance:waivers")
    context = {
        "waivers": selectors.listed(),
        "may_declare": verbs.WAIVE in entered(request).permissions,
        "refusal": refusal,
        "typed": request.POST,
        "today": timezone.localdate(now),
    }
    return render(request, "attendance/waivers.html", context, status=422 if refusal else 200)


@require_POST
@permitted(verbs.WAIVE)
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    verbs.restore_rest(waiver_id=pk, by=person(request), now=timezone.now())
    messages.success(request, _("Taken back: the rest is kept."))
    return redirect("attendance:waivers")
