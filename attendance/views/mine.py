"""One's own shifts, wishes and calendar address."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from attendance.selectors import mine as selectors
from attendance.selectors.keys import live_key
from attendance.services.roster import keys, wishes
from attendance.views import asked
from attendance.views.spans import calendar
from office.rulebook.guards import person


@require_GET
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """The day, week or month, the next shift, nights, wishes, the calendar's address (shown once after it is made)."""
    me, now = person(request), timezone.now()
    context = {
        **calendar(me, request.GET, now, leaves=True),
        "next": selectors.next_shift(me, now),
        "nights": selectors.my_nights(me, now),
        "weekends": selectors.weekends(me, now),
        "key": live_key(me),
        "secret": request.session.pop("calendar_secret", ""),
        "may_ask": True,
    }
    return render(request, "attendance/mine.html", context)


@require_POST
@login_required
def wish(request: HttpRequest) -> HttpResponse:
    wants = {"yes": True, "no": False}.get(request.POST.get("wants", ""))
    wishes.wish(
        day=asked.needed_day(request.POST, "day"), wants=wants, by=person(request), now=timezone.now()
    )
    return redirect(f"{reverse('attendance:mine')}#wishes")


@require_POST
@login_required
def key(request: HttpRequest) -> HttpResponse:
    """A new calendar address, shown once; or the old one taken back."""
    if request.POST.get("act") == "revoke":
        keys.revoke_key(by=person(request), now=timezone.now())
    else:
        secret = keys.make_key(by=person(request), now=timezone.now())
        request.session["calendar_secret"] = request.build_absolute_uri(
            reverse("attendance:feed", args=[secret])
        )
    return redirect(f"{reverse('attendance:mine')}#calendar")
