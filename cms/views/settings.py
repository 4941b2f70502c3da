"""Columns and word lists."""

from __future__ import annotations

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
from cms.selectors import items, words
from cms.services import columns as column_verbs
from cms.services import words as word_verbs
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
    form = ColumnForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.given()
        given.pop("active")
        try:
            column_verbs.add_column(**given, by=person(request), now=timezone.now())
            messages.success(request, _("The column is there."))
            return redirect("cms:columns")
        except (Invalid, Conflict) as refused:
            explain(form, refused, {"officer_id": "officer"})
    return render(request, "cms/column.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(VIEW)
def column(request: HttpRequest, pk: int) -> HttpResponse:
    found = items.access_column(pk)
    form = ColumnForm(request.POST or None, initial=initial_of(found))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                column_verbs.update_column(
                    column_id=pk, **form.given(), by=person(request), now=timezone.now()
                )
                messages.success(request, _("The column is saved."))
                return redirect("cms:column", pk)
            except (Invalid, Conflict) as refused:
                explain(form, refused, {"officer_id": "officer"})
    context = {
        "column": found,
        "form": form,
        "may_change": COLUMNS in entered(request).permissions,
        "timeline": audit.timeline(column_verbs.subject_of_column(found)),
    }
    return render(request, "cms/column.html", context, status=status)


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
