"""Scores of suppliers by the conditions of the partnership (P0), and the review that a fall opened."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from contracts.forms.money import ReviewForm, refuse
from contracts.models import SupplierReview
from contracts.selectors import money_pages as pages
from contracts.selectors import scores as selectors
from contracts.services import booking
from contracts.services import scores as verbs
from office.audit import api as audit
from office.errors import NotFound, Refused
from office.rulebook import api as rulebook
from office.rulebook.guards import entered, permitted, person

SEE, SETTLE = "contracts.view", booking.SETTLE


@require_GET
@permitted(SEE)
def listed(request: HttpRequest) -> HttpResponse:
    """Active suppliers by code, each with its last score and the one before."""
    rule = rulebook.parameter_rule(verbs.SCORE, at=timezone.now())
    after = request.GET.get("after", "")[:20].replace("\x00", "")
    rows, following = pages.scored(after)
    context = {
        "rows": rows,
        "rule": rule.table(),
        "here": "scores",
        "first_url": "?" if after else "",
        "next_url": f"?{urlencode({'after': following})}" if following else "",
    }
    return render(request, "contracts/scores.html", context)


@require_GET
@permitted(SEE)
def review(request: HttpRequest, pk: int) -> HttpResponse:
    return _show(request, pk, None)


def _show(request: HttpRequest, pk: int, form: ReviewForm | None, status: int = 200) -> HttpResponse:
    found = SupplierReview.objects.select_related("supplier", "score", "decided_by").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such review."))
    context = {
        "review": found,
        "history": found.supplier.scores.order_by("-month")[:12],
        "before": selectors.last_scores([found.supplier], found.score.month).get(found.supplier_id),
        "form": form or ReviewForm(),
        "may_decide": SETTLE in entered(request).permissions and found.decided_at is None,
        "rows": audit.timeline(found.subject),
    }
    return render(request, "contracts/supplier_review.html", context, status=status)


@require_POST
@permitted(SETTLE)
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """A person says what follows."""
    form = ReviewForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            verbs.decide(review_id=pk, by=person(request), now=timezone.now(), **form.cleaned_data)
            messages.success(request, _("Decided."))
            return redirect("contracts:supplier_review", pk)
        except NotFound:
            raise
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
    return _show(request, pk, form, status)
