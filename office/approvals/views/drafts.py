"""Half-filled forms that save themselves (static/js/drafts.js), and by a plain button too."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from office.approvals.selectors.drafts import ask_url
from office.approvals.services import drafting
from office.rulebook.guards import person

#: Fields of the form that are not what was typed.
OWN = ("csrfmiddlewaretoken", "draft-label", "draft-opened", "draft-seen")


@require_POST
@login_required
def draft(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    """What the form holds, kept under its kind and subject; a script gets the instant, a person the list of drafts."""
    by_script = request.headers.get("Accept", "") == "application/json"
    kept = drafting.save_form(
        kind=kind,
        subject_id=subject_id,
        label=request.POST.get("draft-label", ""),
        fields=_typed(request.POST),
        by=person(request),
        now=timezone.now(),
        opened_at=_instant(request.POST.get("draft-opened")) if by_script else None,
        seen_at=_instant(request.POST.get("draft-seen")),
    )
    if by_script:
        where = reverse("approvals:discard_draft", args=[kept.pk])
        return JsonResponse({"saved_at": kept.saved_at.isoformat(), "discard": where})
    messages.success(request, _("The draft is kept: {label}").format(label=kept.label or kept.kind))
    return redirect(f"{reverse('approvals:queue')}?tab=asked")


@require_POST
@login_required
def discard_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """It is gone for good; on with an empty form, or back to the list it was discarded from."""
    gone = drafting.discard_draft(draft_id=pk, by=person(request))
    messages.success(request, _("The draft is discarded."))
    asked = "" if request.POST.get("list") else ask_url(gone.kind, gone.subject_id)
    return redirect(asked or f"{reverse('approvals:queue')}?tab=asked")


def _typed(data: QueryDict) -> list[tuple[str, str]]:
    """Every field in its order, passwords and the page's own ones left out."""
    return [
        (name, str(value))
        for name, values in data.lists()
        if name not in OWN and "password" not in name
        for value in values
    ]


def _instant(text: str | None) -> datetime | None:
    try:
        found = parse_datetime(text or "")
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
