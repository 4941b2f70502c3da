"""Changes of the database: the list, drafting, one with what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.forms.changes import ChangeForm, FeedbackForm, OpinionForm, OutcomeForm, of_change
from accounts.forms.fields import number, refuse
from accounts.models import DatabaseChange
from accounts.selectors import changes as selectors
from accounts.services import changes as verbs
from office.approvals import api as approvals
from office.audit import api as audit
from office.errors import NotFound, Refused
from office.rulebook.guards import entered, permitted, person
from office.staff.models import Employee

State = DatabaseChange.State


@require_GET
@login_required
def listed(request: HttpRequest) -> HttpResponse:
    rows = selectors.listed(before=number(request.GET.get("before")))
    context = {
        "rows": rows[: selectors.PAGE],
        "more": rows[selectors.PAGE - 1].pk if len(rows) > selectors.PAGE else None,
    }
    return render(request, "accounts/db_changes.html", context)


@require_http_methods(["GET", "POST"])
@permitted(verbs.DRAFT)
def new(request: HttpRequest) -> HttpResponse:
    """Draft one; the sections are asked at once."""
    return _write(request, ChangeForm(request.POST or None), None)


@require_http_methods(["GET", "POST"])
@permitted(verbs.DRAFT)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Another text; the sections are asked again."""
    found = selectors.access_change(pk)
    return _write(request, ChangeForm(request.POST or None, initial=of_change(found)), found)


def _write(request: HttpRequest, form: ChangeForm, found: DatabaseChange | None) -> HttpResponse:
    me, now = person(request), timezone.now()
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            if found is None:
                found = verbs.draft_change(content=form.content(), by=me, now=now)
            else:
                verbs.redraft_change(change_id=found.pk, content=form.content(), by=me, now=now)
            messages.success(request, _("Kept. The sections are asked for their opinion."))
            return redirect("accounts:change", pk=found.pk)
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
    return render(request, "accounts/db_change_write.html", {"form": form, "change": found}, status=status)


@require_GET
@login_required
def change(request: HttpRequest, pk: int) -> HttpResponse:
    return _show(request, pk)


FORMS: dict[str, type[forms.Form]] = {
    "opinion": OpinionForm,
    "outcome": OutcomeForm,
    "feedback": FeedbackForm,
}


def _show(
    request: HttpRequest,
    pk: int,
    *,
    bound: dict[str, forms.Form] | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page: facts, what can be done, timeline."""
    me, now = person(request), timezone.now()
    found = selectors.access_change(pk)
    acts = _acts(found, me, entered(request).permissions, entered(request).posts, now)
    runs = approvals.runs_about(found.subject, me, now)
    if any(run.state == "returned" and run.requester_id == me.pk for run in runs):
        acts.add("again")
    shown = {key: (bound or {}).get(key) or make(auto_id=f"{key}-%s") for key, make in FORMS.items()}
    context = {
        "change": found,
        "heard": selectors.heard(found),
        "silent": selectors.sections_said(selectors.silent(found)),
        "feedback": found.feedback.select_related("by").order_by("-pk")[:50],
        "runs": runs,
        "acts": acts,
        "forms": shown,
        "refused": refused,
        "rows": audit.timeline(found.subject),
    }
    return render(request, "accounts/db_change.html", context, status=status)


def _acts(
    found: DatabaseChange, me: Employee, permissions: frozenset[str], posts: tuple[str, ...], now: datetime
) -> set[str]:
    acts = set()
    if verbs.DRAFT in permissions:
        acts |= {State.DRAFTED: {"edit", "hand-in"}, State.AGREED: {"outcome"}}.get(State(found.state), set())
    if found.state == State.DRAFTED and set(posts) & set(found.asked):
        acts.add("opinion")
    if found.state in (State.DONE, State.ROLLED_BACK):
        acts.add("feedback")
    return acts


def _opinion(pk: int, by: Employee, now: datetime, given: dict[str, Any]) -> object:
    return verbs.give_opinion(
        change_id=pk, agrees=given["agrees"] == "yes", text=given["text"], by=by, now=now
    )


def _outcome(pk: int, by: Employee, now: datetime, given: dict[str, Any]) -> object:
    given["worked"] = given["worked"] == "yes"
    return verbs.tell_outcome(change_id=pk, by=by, now=now, **given)


def _feedback(pk: int, by: Employee, now: datetime, given: dict[str, Any]) -> object:
    return verbs.complain(change_id=pk, text=given["text"], by=by, now=now)


def _hand_in(pk: int, by: Employee, now: datetime, given: dict[str, Any]) -> object:
    return verbs.hand_in(change_id=pk, by=by, now=now)


def _again(pk: int, by: Employee, now: datetime, given: dict[str, Any]) -> object:
    return verbs.open_again(change_id=pk, by=by, now=now)


VERBS: dict[str, Callable[[int, Employee, datetime, dict[str, Any]], object]] = {
    "opinion": _opinion,
    "outcome": _outcome,
    "feedback": _feedback,
    "hand-in": _hand_in,
    "again": _again,
}


@require_POST
@login_required
def act(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """One act; refused, the page as it is now with what was typed."""
    if key not in VERBS:
        raise Http404
    form = FORMS.get(key, forms.Form)(request.POST, auto_id=f"{key}-%s")
    if not form.is_valid():
        return _show(request, pk, bound={key: form}, status=422)
    try:
        VERBS[key](pk, person(request), timezone.now(), form.cleaned_data)
    except NotFound:
        raise
    except Refused as refused:
        if key in FORMS:
            refuse(form, refused)
        return _show(request, pk, bound={key: form}, refused=refused, status=refused.status)
    messages.success(request, _("Recorded."))
    return redirect("accounts:change", pk=pk)
