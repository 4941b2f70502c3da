"""Columns and word lists."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from cms.forms.explain import explain
from cms.forms.settings import ColumnForm, NewWordListForm, WordListForm, initial_of
from cms.models import WordListVersion
from cms.rules import compare
from cms.selectors import asked, items, words
from cms.services import columns as column_verbs
from cms.services import words as word_verbs
from office.approvals import api as approvals
from office.audit import api as audit
from office.errors import Conflict, Invalid
from office.rulebook.guards import entered, permitted, person

VIEW, COLUMNS, WORDS = "cms.view", "cms.columns", "cms.words_edit"


@require_GET
@permitted(VIEW)
def column_list(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    context = {
        "lines": items.column_lines(now),
        "may_change": COLUMNS in entered(request).permissions,
        "now": now,
    }
    return render(request, "cms/columns.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(COLUMNS)
def new_column(request: HttpRequest) -> HttpResponse:
    draft = approvals.form_draft(person(request), column_verbs.KIND, column_verbs.NEW, str(_("Add a column")))
    form = ColumnForm(request.POST or None, initial=_of_draft(draft))
    if request.method == "POST" and form.is_valid():
        given = form.given()
        given.pop("active")
        try:
            made, _run = column_verbs.add_column(**given, by=person(request), now=timezone.now())
            messages.success(request, _("The column is there, hidden. It is shown once that is agreed to."))
            return redirect("cms:column", made.pk)
        except (Invalid, Conflict) as refused:
            explain(form, refused, {"officer_id": "officer"})
    context = {"form": form, "draft": draft}
    return render(request, "cms/column.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(VIEW)
def column(request: HttpRequest, pk: int) -> HttpResponse:
    found, me, now = items.access_column(pk), person(request), timezone.now()
    runs = approvals.runs_about(column_verbs.subject_of_column(found), me, now)
    returned = next((run for run in runs if asked.again(run, me)), None)
    draft = approvals.form_draft(me, column_verbs.KIND, pk, found.name)
    initial = {**initial_of(found), **(returned.payload if returned else {}), **_of_draft(draft)}
    form = ColumnForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _column, run = column_verbs.update_column(column_id=pk, **form.given(), by=me, now=now)
                messages.success(
                    request,
                    _("It is asked for. The site changes once it is agreed to.")
                    if run
                    else _("The column is saved."),
                )
                return redirect("cms:column", pk)
            except (Invalid, Conflict) as refused:
                explain(form, refused, {"officer_id": "officer"})
    context = {
        "column": found,
        "form": form,
        "draft": draft,
        "runs": runs,
        "live": next((run for run in runs if run.live), None),
        "may_change": COLUMNS in entered(request).permissions,
        "timeline": audit.timeline(column_verbs.subject_of_column(found)),
    }
    return render(request, "cms/column.html", context, status=status)


def _of_draft(draft: approvals.FormDraft) -> dict[str, Any]:
    """A draft keeps one ticked box as a text, and an empty one not at all."""
    kept = draft.initial
    if not kept:
        return {}
    kinds = kept.get("kinds", [])
    return {**kept, "kinds": kinds if isinstance(kinds, list) else [kinds], "active": "active" in kept}


@require_GET
@permitted(VIEW)
def word_lists(request: HttpRequest) -> HttpResponse:
    context = {"lines": words.lists_now(), "may_change": WORDS in entered(request).permissions}
    return render(request, "cms/words.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(WORDS)
def new_word_list(request: HttpRequest) -> HttpResponse:
    form = NewWordListForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = word_verbs.add_list(**form.cleaned_data, by=person(request), now=timezone.now())
            return redirect("cms:word_list", made.list.code)
        except (Invalid, Conflict) as refused:
            explain(form, refused)
    return render(request, "cms/word_list_new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(VIEW)
def word_list(request: HttpRequest, code: str) -> HttpResponse:
    found = words.access_list(code)
    versions = words.versions_of(found)
    newest = versions[0]
    initial = {
        "severity": newest.severity,
        "words": newest.words,
        "allow": newest.allow,
        "active": newest.active,
        "seen": newest.number,
    }
    form = WordListForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                word_verbs.save_list(code=code, **form.cleaned_data, by=person(request), now=timezone.now())
                messages.success(request, _("The word list is saved; texts are searched by it from now on."))
                return redirect("cms:word_list", code)
            except (Invalid, Conflict) as refused:
                explain(form, refused)
                status = refused.status
    context = {
        "list": found,
        "name": words.list_name(code),
        "newest": newest,
        "form": form,
        "history": _history(versions),
        "may_change": WORDS in entered(request).permissions,
        "timeline": audit.timeline(word_verbs.subject_of_list(found)),
    }
    return render(request, "cms/word_list.html", context, status=status)


def _history(versions: list[WordListVersion]) -> list[tuple[WordListVersion, list[compare.Line]]]:
    """Each of the latest versions with what it changed."""
    pairs = zip(versions, [*versions[1:], None], strict=True)
    found = []
    for version, before in list(pairs)[:20]:
        old = words.lines(before.words) + words.lines(before.allow) if before else []
        new = words.lines(version.words) + words.lines(version.allow)
        lines = [line for line in compare.paragraphs(old, new) if before is not None and line.sort != "same"]
        found.append((version, lines[:100]))
    return found
