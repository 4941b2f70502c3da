"""The hotline: who has it now, the nights to come, and one sentence for the telephone switch."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from attendance.models import Rota
from attendance.rules.shifts import DAY
from attendance.selectors import hotline as selectors
from attendance.selectors.fairness import unfair
from attendance.selectors.keys import live_key, owner_of
from attendance.selectors.roster_people import PLAN, in_posts, visible_to
from attendance.services.roster import hotline as verbs
from attendance.services.roster import keys
from attendance.views import asked
from office.errors import Refused
from office.rulebook import api as rulebook
from office.rulebook.guards import entered, permitted, person

NIGHTS = 21


@require_http_methods(["GET", "POST"])
@login_required
def hotline(request: HttpRequest) -> HttpResponse:
    """Who has it now and in the nights to come; planners name holders."""
    now, me = timezone.now(), person(request)
    plans = PLAN in entered(request).permissions
    refusal = None
    if request.method == "POST":
        try:
            made = verbs.name_holder(
                employee_id=asked.number(request.POST.get("person")),
                first_day=asked.needed_day(request.POST, "first_day"),
                last_day=asked.needed_day(request.POST, "last_day"),
                reason=request.POST.get("reason", ""),
                by=me,
                now=now,
            )
        except Refused as refused:
            if refused.status in (403, 404):
                raise
            refusal = refused
        else:
            messages.success(request, _("{n} nights are set.").format(n=len(made)))
            return redirect("attendance:hotline")
    today = timezone.localdate(now)
    nights = selectors.nights_of(today - DAY, today + NIGHTS * DAY, now)
    spans = selectors.spans_between(nights[0][0], nights[-1][1], drafts=plans)
    first = in_posts(rulebook.resolve_word("duty_service_manager", now), now)
    context = {
        "holder": selectors.holder(now),
        "nights": [
            (start, end, [span for span in spans if span.starts_at < end and start < span.ends_at])
            for start, end in nights
            if end > now
        ],
        "plans": plans,
        "unfair": unfair(today, today + NIGHTS * DAY, now, [Rota.Sort.HOTLINE]) if plans else (),
        "people": [*first, *(each for each in visible_to(me, now) if each not in first)] if plans else (),
        "refusal": refusal,
        "typed": request.POST,
        "today": today,
        "switch": live_key(None) if plans else None,
        "secret": request.session.pop("hotline_secret", ""),
    }
    return render(request, "attendance/hotline.html", context, status=422 if refusal else 200)


@require_GET
@login_required
@never_cache
def now(request: HttpRequest) -> JsonResponse:
    """What GET /api/v1/hotline says, for whoever is signed in."""
    return JsonResponse(selectors.said(selectors.holder(timezone.now())))


@require_POST
@permitted(PLAN)
def key(request: HttpRequest) -> HttpResponse:
    """A new address for the switch, shown once; or the old one taken back."""
    if request.POST.get("act") == "revoke":
        keys.revoke_key(by=person(request), now=timezone.now(), switch=True)
    else:
        secret = keys.make_key(by=person(request), now=timezone.now(), switch=True)
        path = reverse("attendance:hotline_switch", args=[secret])
        request.session["hotline_secret"] = request.build_absolute_uri(path)
    return redirect("attendance:hotline")


@require_GET
@never_cache
def switch(request: HttpRequest, secret: str) -> HttpResponse:
    """One sentence, text/plain, for whoever knows the secret: "Forward to 王主管, 138…". ?lang=en for English."""
    found = owner_of(secret)
    if found is None or found.employee_id is not None:
        return HttpResponseNotFound("", content_type="text/plain; charset=utf-8")
    language = "en" if request.GET.get("lang") == "en" else settings.LANGUAGE_CODE
    with translation.override(language):
        said = selectors.sentence(selectors.holder(timezone.now()))
    return HttpResponse(f"{said}\n", content_type="text/plain; charset=utf-8")
