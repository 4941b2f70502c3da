"""Reviews of grants: the list, one, a word on a grant."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.forms.fields import refuse
from accounts.forms.reviews import WordForm
from accounts.selectors import reviews as selectors
from accounts.services import reviewing as verbs
from office.errors import NotFound, Refused
from office.rulebook.guards import person
from office.rulebook.sudo import fresh


@require_GET
@login_required
def listed(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    return render(request, "accounts/reviews.html", {"reviews": selectors.listed(now), "now": now})


@require_GET
@login_required
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """The grants of one review that concern the reader, and what was said about each."""
    return _show(request, pk)


def _show(
    request: HttpRequest, pk: int, *, form: WordForm | None = None, grant: int = 0, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    page = selectors.review_page(person(request), pk, now)
    context = {"page": page, "form": form, "wrong": grant, "now": now}
    return render(request, "accounts/review.html", context, status=status)


@require_POST
@login_required
@fresh
def say(request: HttpRequest, pk: int, grant: int) -> HttpResponse:
    """A grant is kept, or asked to end."""
    form = WordForm(request.POST)
    if not form.is_valid():
        return _show(request, pk, form=form, grant=grant, status=422)
    try:
        verbs.say(review_id=pk, grant_id=grant, by=person(request), now=timezone.now(), **form.cleaned_data)
    except NotFound:
        raise
    except Refused as refused:
        refuse(form, refused)
        return _show(request, pk, form=form, grant=grant, status=refused.status)
    messages.success(request, _("Recorded."))
    return redirect("accounts:review", pk=pk)
