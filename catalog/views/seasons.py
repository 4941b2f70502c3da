"""Seasons: the list, the page of one with its styles by role."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from catalog.forms.planning import PickForm, SeasonForm
from catalog.selectors import planning as selectors
from catalog.selectors.pages import season_moments
from catalog.services import seasons as verbs
from catalog.services.seasons import SEASON
from catalog.views.answers import explain, number
from catalog.views.goods import VIEW
from office.errors import Refused
from office.rulebook.guards import entered, permitted, person


@require_http_methods(["GET", "POST"])
@permitted(VIEW)
def seasons(request: HttpRequest) -> HttpResponse:
    """The latest first; POST adds one."""
    may = SEASON in entered(request).permissions
    if request.method == "POST" and not may:
        raise PermissionDenied
    form = SeasonForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            made = verbs.add_season(**form.cleaned_data, by=person(request), now=timezone.now())
        except Refused as refused:
            explain(form, refused)
        else:
            return redirect("catalog:season", made.pk)
    rows, following = selectors.seasons(before=number(request.GET.get("before")))
    context = {
        "rows": rows,
        "form": form,
        "may_choose": may,
        "today": timezone.localdate(),
        "next_url": f"?before={following}" if following else "",
        "first_url": "?" if request.GET.get("before") else "",
    }
    return render(request, "catalog/seasons.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@permitted(VIEW)
def season(request: HttpRequest, pk: int) -> HttpResponse:
    """Its styles by role, what can be done, the timeline; POST gives a style a role or drops it."""
    found, may = selectors.access_season(pk), SEASON in entered(request).permissions
    if request.method == "POST" and not may:
        raise PermissionDenied
    form = PickForm(request.POST or None, initial={"sku_code": request.GET.get("sku", "")[:40]})
    if form.is_bound and form.is_valid():
        try:
            made = verbs.pick_style(season_id=pk, **form.cleaned_data, by=person(request), now=timezone.now())
        except Refused as refused:
            explain(form, refused)
        else:
            said = {"code": made.sku.code, "role": made.get_role_display()}
            messages.success(request, _("{code}: {role}.").format(**said))
            return redirect("catalog:season", pk)
    over = timezone.localdate() > found.ends_on
    context = {
        "season": found,
        "groups": selectors.styles_of(found),
        "form": form,
        "over": over,
        "may_choose": may and not over,
        "timeline": season_moments(found),
    }
    return render(request, "catalog/season.html", context, status=422 if form.is_bound else 200)
