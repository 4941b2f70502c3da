"""Redesigns with their mock-ups, and the review of the main page."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cms.forms.assets import RedesignForm
from cms.limits import picture_limits
from cms.models import MockUp, Redesign
from cms.selectors import redesign as selectors
from cms.services import page_review
from cms.services import redesign as verbs
from cms.views.assets import before_key
from cms.views.taking import Taken, in_part, take
from office.approvals import api as approvals
from office.approvals.models import Run
from office.approvals.selectors.runs import may_ask, runs_about
from office.audit import api as audit
from office.errors import Invalid, Refused
from office.files import api as files
from office.rulebook import api as rulebook
from office.rulebook.guards import permitted, person
from office.staff.models import Employee

ACCEPT = "image/jpeg,image/png,image/gif,image/webp"


@require_GET
@permitted(selectors.SEE)
def redesigns(request: HttpRequest) -> HttpResponse:
    """Proposals, the latest first; beside them the reviews."""
    before = before_key(request.GET.get("before", ""))
    found = selectors.redesigns(before)
    more = found[selectors.PAGE - 1] if len(found) > selectors.PAGE else None
    me, now = person(request), timezone.now()
    context = {
        "redesigns": found[: selectors.PAGE],
        "next_url": "?" + urlencode({"before": f"{more.updated_at.isoformat()},{more.pk}"}) if more else "",
        "first_url": request.path if before else "",
        "reviews": selectors.reviews(),
        "open_review": selectors.open_review(),
        "may_draft": rulebook.may(me, verbs.DRAFT, now),
        "may_review": rulebook.may(me, page_review.MAY, now),
    }
    return render(request, "cms/redesigns.html", context)


@require_http_methods(["GET", "POST"])
@permitted(verbs.DRAFT)
def begin(request: HttpRequest) -> HttpResponse:
    """A new proposal; ?review= names the review it comes from."""
    asked = (request.POST or request.GET).get("review", "")[:18]
    review_id = int(asked) if asked.isascii() and asked.isdecimal() else None
    draft = approvals.form_draft(person(request), verbs.KIND, verbs.NEW, str(_("Propose a redesign")))
    form = RedesignForm(request.POST if request.method == "POST" else None, initial=draft.initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                found = verbs.begin_redesign(
                    **form.cleaned_data, review_id=review_id, by=person(request), now=timezone.now()
                )
            except Refused as refused:
                explain(form, refused)
            else:
                return redirect("cms:redesign", pk=found.pk)
    context = {"form": form, "review_id": review_id, "draft": draft}
    return render(request, "cms/redesign_new.html", context, status=status)


def explain(form: Any, refused: Refused) -> None:
    """What a verb refused, beside the fields it speaks of."""
    told = refused.errors if isinstance(refused, Invalid) else []
    for error in told:
        form.add_error(error["path"] if error["path"] in form.fields else None, error["message"])
    if not told:
        form.add_error(None, str(refused.message))


@require_GET
@login_required
def redesign(request: HttpRequest, pk: int) -> HttpResponse:
    """One proposal: what and why, now and proposed side by side, what can be done, what happened."""
    return _page(request, selectors.access_redesign(person(request), pk, timezone.now()))


def _page(request: HttpRequest, found: Redesign, status: int = 200, **context: Any) -> HttpResponse:
    me, now = person(request), timezone.now()
    runs = runs_about(found.subject, me, now, limit=5)
    live = next((run for run in runs if run.live), None)
    done = getattr(found, "done", None)
    drafts = rulebook.may(me, verbs.DRAFT, now) and done is None and found.dropped_at is None
    pairs = selectors.pairs_of(found)
    context = {
        "redesign": found,
        "pairs": pairs,
        "complete": any(pair.after for pair in pairs),
        "done": done,
        "runs": runs,
        "live": live,
        "may_draft": drafts,
        "may_ask": drafts and _may_ask(me, now, live),
        "form": RedesignForm(initial={"title": found.title, "page": found.page, "aim": found.aim}),
        "timeline": audit.timeline(found.subject),
        "accept": ACCEPT,
        "max_bytes": picture_limits(now).largest(),
        **context,
    }
    return render(request, "cms/redesign.html", context, status=status)


def _may_ask(me: Employee, now: datetime, live: Run | None) -> bool:
    if live is not None:
        return live.state == "returned" and live.requester_id == me.pk
    return may_ask(verbs.KIND, me, now)


@require_POST
@permitted(verbs.DRAFT)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Other words."""
    found = selectors.access_redesign(person(request), pk, timezone.now())
    form = RedesignForm(request.POST)
    if form.is_valid():
        try:
            verbs.change_redesign(redesign_id=pk, **form.cleaned_data, by=person(request), now=timezone.now())
        except Invalid as refused:
            explain(form, refused)
    if form.errors:
        return _page(request, found, form=form, status=422)
    messages.success(request, _("Saved."))
    return redirect("cms:redesign", pk=pk)


@require_POST
@permitted(verbs.DRAFT)
def add_view(request: HttpRequest, pk: int) -> HttpResponse:
    """One more view, to which pictures are put then."""
    label = request.POST.get("label", "")[:200]
    try:
        made = verbs.add_mock_up(redesign_id=pk, label=label, by=person(request), now=timezone.now())
    except Invalid as refused:
        found = selectors.access_redesign(person(request), pk, timezone.now())
        return _page(request, found, status=422, label=label, label_error=refused.message)
    return redirect(f"{redirect('cms:redesign', pk=pk)['Location']}#view-{made.pk}")


@require_POST
@permitted(verbs.DRAFT)
@files.takes_files(picture_limits)
def set_view(request: HttpRequest, mock_up: str, slot: str) -> HttpResponse:
    """The picture of how it looks now, or of what is proposed."""
    me = person(request)
    taken: Taken[MockUp] = take(
        request,
        picture_limits(),
        lambda upload: verbs.set_mock_up(
            mock_up_id=int(mock_up), slot=slot, upload=upload, by=me, now=timezone.now()
        ),
    )
    told = {"taken": taken, "action": request.path, "fields": []}
    if in_part(request):
        return render(request, "cms/_taken.html", told, status=taken.status)
    pk = selectors.redesign_of(int(mock_up))
    if taken.done is not None:
        return redirect(f"{redirect('cms:redesign', pk=pk)['Location']}#view-{mock_up}")
    found = selectors.access_redesign(me, pk, timezone.now())
    return _page(request, found, status=taken.status, **told)


@require_POST
@permitted(verbs.DRAFT)
def remove_view(request: HttpRequest, mock_up: int) -> HttpResponse:
    """Without this view."""
    found = verbs.remove_mock_up(mock_up_id=mock_up, by=person(request), now=timezone.now())
    return redirect("cms:redesign", pk=found.pk)


@require_POST
@permitted(verbs.DRAFT)
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand it to the chain."""
    found = selectors.access_redesign(person(request), pk, timezone.now())
    comment = request.POST.get("comment", "")[:500]
    try:
        run = verbs.ask_redesign(redesign_id=pk, by=person(request), now=timezone.now(), comment=comment)
    except Invalid as refused:
        return _page(request, found, status=422, ask_error=refused, comment=comment)
    messages.success(request, _("It is on its way."))
    return redirect("approvals:run", pk=run.pk)


@require_POST
@permitted(verbs.DRAFT)
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """No longer pursued."""
    verbs.drop_redesign(redesign_id=pk, by=person(request), now=timezone.now())
    messages.success(request, _("Dropped."))
    return redirect("cms:redesign", pk=pk)


@require_GET
@login_required
def picture(request: HttpRequest, pk: int, stored: int) -> HttpResponseBase:
    """A picture of the proposal as it stands, or as it was when somebody was asked."""
    return files.serve(request, selectors.access_picture(person(request), pk, stored, timezone.now()))


@require_http_methods(["GET", "POST"])
@permitted(selectors.SEE)
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """One review: what it is for, its findings; closing it."""
    me, now = person(request), timezone.now()
    found = selectors.access_review(pk)
    findings, error = request.POST.get("findings", ""), ""
    if request.method == "POST":
        try:
            verbs_done = page_review.close_review(review_id=pk, findings=findings, by=me, now=now)
        except Invalid as refused:
            error = str(refused.message)
        else:
            messages.success(request, _("The review is closed."))
            if request.POST.get("then") == "redesign":
                return redirect(f"{redirect('cms:redesign_new')['Location']}?review={verbs_done.pk}")
            return redirect("cms:review", pk=pk)
    context = {
        "review": found,
        "findings": findings,
        "error": error,
        "led": list(found.redesigns.all()),
        "may_review": found.closed_at is None and rulebook.may(me, page_review.MAY, now),
        "may_draft": rulebook.may(me, verbs.DRAFT, now),
        "timeline": audit.timeline(found.subject),
    }
    return render(request, "cms/review.html", context, status=422 if error else 200)
