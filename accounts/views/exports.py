"""The register of exports."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.forms.fields import number
from accounts.selectors import exports as selectors
from office.audit.registry import verb_label
from office.rulebook.guards import person
from office.subjects import subject_said


@require_GET
@login_required
def listed(request: HttpRequest) -> HttpResponse:
    """Who took what, how many rows, by which filters; one's own for everybody else."""
    code, who = request.GET.get("code", "")[:20], number(request.GET.get("person"))
    rows = selectors.listed(
        person(request), timezone.now(), code=code, person=who, before=number(request.GET.get("before"))
    )
    context = {
        "rows": [
            (each, verb_label(each.verb), subject_said(each.subject_type, each.label))
            for each in rows[: selectors.PAGE]
        ],
        "more": rows[selectors.PAGE - 1].pk if len(rows) > selectors.PAGE else None,
        "code": code,
        "person": who,
    }
    return render(request, "accounts/exports.html", context)
