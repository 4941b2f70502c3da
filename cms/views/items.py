"""Content: the list, the editor, one item, its versions and how they differ."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cms.forms.content import FilterForm, ItemForm, SubmitForm, initial_of, typed_texts
from cms.forms.explain import explain
from cms.models import Item
from cms.rules import content
from cms.selectors import access, asked, attachments, items, live, papers, takedowns, words
from cms.services import writing as verbs
from office.approvals import api as approvals
from office.audit import api as audit
from office.errors import Conflict, Invalid
from office.rulebook.guards import entered, permitted, person
from office.rulebook.selectors import holds

VIEW = "cms.view"


@require_GET
@permitted(VIEW)
def content_list(request: HttpRequest) -> HttpResponse:
    me, now = person(request), timezone.now()
    form = FilterForm(request.GET)
    form.is_valid()
    given = form.cleaned_data
    wanted = items.Wanted(
        column=given.get("column"),
        kind=given.get("kind") or "",
        state=given.get("state") or "",
        text=given.get("q") or "",
        mine=bool(given.get("mine")),
        after=given.get("after") or "",
    )
    found = items.listing(me, wanted, now)
    kept = {name: given[name] for name in ("column", "kind", "state", "q", "mine") if given.get(name)}
    context = {
        "lines": found.lines,
        "next_url": f"?{urlencode({**kept, 'after': found.next_key})}" if found.next_key else "",
        "first": not wanted.after,
        "wanted": wanted,
        "kept": urlencode(kept),
        "columns": items.columns_for(),
        "kinds": content.KINDS,
        "states": items.STATES,
        "to_begin": access.kinds_to_begin(me, now),
        "to_publish": [run for run in items.to_publish(me, now)[:20] if _executes(request, run)],
        "now": now,
    }
    return render(request, "cms/list.html", context)


def _executes(request: HttpRequest, run: approvals.Run) -> bool:
    return run.executor in entered(request).posts if run.executor else run.requester_id == person(request).pk


def _editor(
    request: HttpRequest, form: ItemForm, kind: str, item: Item | None, status: int = 200
) -> HttpResponse:
    """The editor with what is typed, kept or said already."""
    me, now = person(request), timezone.now()
    subject = str(item.pk) if item else verbs.new_key(kind)
    code = content.approval_of(kind)
    page = None if item is None else items.item_page(item, now, versions=1)
    context = {
        "form": form,
        "item": item,
        "kind": code,
        "content_kind": kind,
        "kind_name": dict(content.KINDS)[kind],
        "subject_id": subject,
        "draft_label": item.subject.label if item else str(dict(content.KINDS)[kind]),
        "draft": approvals.form_draft(me, code, subject),
        "run": page.run if page else None,
        "files": _chosen_files(request, item),
    }
    return render(request, "cms/edit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(VIEW)
def new(request: HttpRequest, kind: str) -> HttpResponse:
    if kind not in dict(content.KINDS):
        raise Http404
    me, now = person(request), timezone.now()
    access.require_author(me, kind, now)
    access.require_source(me, kind, now)
    draft = approvals.form_draft(me, content.approval_of(kind), verbs.new_key(kind))
    initial = {"department": me.department, **(draft.initial if draft else {})}
    form = ItemForm(request.POST or None, kind=kind, columns=items.columns_for(kind), initial=_lists(initial))
    if request.method == "POST" and form.is_valid():
        try:
            item = verbs.begin_item(
                kind=kind, writing=form.writing(_attached(request, [], now)), by=me, now=now
            )
            messages.success(request, _("Saved as version 1. Nothing is on the site before it is approved."))
            return redirect("cms:item", item.pk)
        except Invalid as refused:
            explain(form, refused)
    return _editor(request, form, kind, None, 422 if form.is_bound else 200)


def _lists(initial: dict[str, Any]) -> dict[str, Any]:
    """A draft keeps one ticked box as a text."""
    flags = initial.get("flags", [])
    return {**initial, "flags": [flags] if isinstance(flags, str) else flags}


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(VIEW)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    me, now = person(request), timezone.now()
    item = access.access_item(item_id=pk, person=me, now=now)
    access.require_author(me, item.kind, now)
    if item.newest is None:
        raise Http404
    draft = approvals.form_draft(me, content.approval_of(item.kind), str(item.pk))
    initial = _lists({**initial_of(item, item.newest), **(draft.initial if draft else {})})
    columns = [column for column in items.columns_for(item.kind) if column.pk != item.column_id]
    form = ItemForm(request.POST or None, kind=item.kind, columns=[item.column, *columns], initial=initial)
    if request.method != "POST" or not form.is_valid():
        return _editor(request, form, item.kind, item, 422 if form.is_bound else 200)
    try:
        saved = verbs.save_version(
            item_id=pk,
            seen=form.cleaned_data["seen"] or 0,
            writing=form.writing(_attached(request, item.newest.files, now)),
            note=form.cleaned_data["note"],
            by=me,
            now=now,
        )
    except (Invalid, Conflict) as refused:
        explain(form, refused)
        return _editor(request, form, item.kind, item, refused.status)
    _say_saved(request, saved)
    return redirect("cms:item", pk)


def _chosen_files(request: HttpRequest, item: Item | None) -> list[attachments.Attached]:
    """What stands in the editor's list: as it was sent, else as the item has it."""
    newest = item.newest if item else None
    kept = newest.files if newest else []
    if "attaching" in request.POST:
        return attachments.in_editor(
            attachments.as_sent(request.POST.getlist("attached")[:100], kept), newest
        )
    return attachments.in_editor([(str(sha256), str(name)) for sha256, name in kept], newest)


def _attached(request: HttpRequest, kept: Sequence[Sequence[str]], now: datetime) -> list[tuple[str, str]]:
    """The attachments chosen; those it has where the form does not speak of them. Raises Invalid."""
    if "attaching" not in request.POST:
        return [(str(sha256), str(name)) for sha256, name in kept]
    return attachments.chosen(request.POST.getlist("attached")[:100], kept, now)


def _say_saved(request: HttpRequest, saved: verbs.Saved) -> None:
    if not saved.changed:
        messages.info(request, _("Nothing was different: no version was added."))
    elif saved.voided:
        fields = _(", ").join(papers.field_name(name) for name in saved.void_fields)
        messages.warning(
            request,
            _("Saved. The request that was on its way is void: {fields} changed.").format(fields=fields),
        )
    else:
        messages.success(request, _("Saved as another version."))


@require_GET
@permitted(VIEW)
def item(request: HttpRequest, pk: int) -> HttpResponse:
    return item_response(request, pk)


def item_response(
    request: HttpRequest, pk: int, status: int = 200, *, form: SubmitForm | None = None, **more: Any
) -> HttpResponse:
    """The page of an item; after a refusal with what was typed and why not."""
    me, now = person(request), timezone.now()
    found = access.access_item(item_id=pk, person=me, now=now)
    if found.newest is None:
        raise Http404
    page = items.item_page(found, now)
    hidden = live.kept_hidden(found)
    findings = words.scan_version(found.newest)
    author = holds(me, content.author_rule(found.kind), now)
    publisher = holds(me, "cms.publish", now) and holds(me, content.publisher_rule(found.kind), now)
    ending_again = page.end_run if page.end_run and asked.again(page.end_run, me) else None
    end_draft = approvals.form_draft(me, content.ENDING, pk, found.subject.label)
    last_reading = found.newest.readings.select_related("reader").order_by("-id").first()
    context = {
        "page": page,
        "item": found,
        "version": found.newest,
        "kind_name": dict(content.KINDS)[found.kind],
        "findings": findings,
        "by_field": papers.by_field(findings),
        "form": form or SubmitForm(),
        "hidden": hidden,
        "may_return": hidden and live.may_return(found),
        "may_edit": author and not hidden,
        "may_submit": author
        and (not hidden or live.may_return(found))
        and (page.run is None or page.run.state == "returned"),
        "may_publish": page.run is not None and page.run.state == "agreed" and _executes(request, page.run),
        "may_end": (page.live or page.next) is not None
        and (page.end_run is None or ending_again is not None)
        and (publisher if found.kind in content.PASSING else author or publisher),
        "end_draft": end_draft,
        "ending": end_draft.pk is not None or ending_again is not None,
        "reason": end_draft.initial.get("reason", ending_again.payload["reason"] if ending_again else ""),
        "ends_at_once": found.kind in content.PASSING,
        "may_read": (found.kind == content.PRODUCT or findings.unread)
        and found.newest.written_by_id != me.pk
        and holds(me, "cms.second_read", now),
        "reading": last_reading,
        "runs": [run for run in page.runs if not run.live],
        "void_names": [papers.field_name(name) for name in page.last.changed_fields] if page.last else [],
        "turn": _turn(page),
        "timeline": audit.timeline(found.subject),
        "public_url": reverse("pages:item", args=[page.live.column.slug, found.pk]) if page.live else "",
        "forbidden": takedowns.categories(now),
        "now": now,
        **more,
    }
    return render(request, "cms/item.html", context, status=status)


def _turn(page: items.ItemPage) -> str:
    """Where the request that is on its way is."""
    return reverse("approvals:run", args=[page.run.pk]) if page.run else ""


@require_GET
@permitted(VIEW)
def version(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One version as it was, with the words in place; compared with the one before it."""
    found = access.access_item(item_id=pk, person=person(request), now=timezone.now())
    shown = items.access_version(found, number)
    findings = words.scan_version(shown)
    context = {
        "item": found,
        "version": shown,
        "findings": findings,
        "by_field": papers.by_field(findings),
    }
    return render(request, "cms/version.html", context)


@require_GET
@permitted(VIEW)
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Two versions of an item; without numbers the newest and what is on the site, or the one before it."""
    now = timezone.now()
    found = access.access_item(item_id=pk, person=person(request), now=now)
    if found.newest is None:
        raise Http404
    page = items.item_page(found, now, versions=200)
    newest = found.newest.number
    usual = (
        page.live.version.number if page.live and page.live.version.number != newest else max(1, newest - 1)
    )
    first, last = _number(request, "from", usual), _number(request, "to", newest)
    context = {
        "item": found,
        "versions": page.versions,
        "exhibit": papers.compared(items.access_version(found, first), items.access_version(found, last)),
        "first": first,
        "last": last,
    }
    return render(request, "cms/compare.html", context)


def _number(request: HttpRequest, name: str, usual: int) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else usual


@require_POST
@permitted(VIEW)
def scan(request: HttpRequest) -> HttpResponse:
    """What the word lists say of a text that is being typed, as it would be kept and shown."""
    texts = typed_texts(request.POST)
    findings = words.scan(texts)
    context = {"findings": findings, "by_field": papers.by_field(findings), "version": texts}
    return render(request, "cms/_scan.html", context)


@require_GET
@permitted(VIEW)
def calendar(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    moments = items.calendar(person(request), now)
    return render(request, "cms/calendar.html", {"moments": moments, "now": now})
