"""Proposing a rulebook of one's own text (C14): checked with its lines, looked at with what it changes, then asked."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from office.approvals.forms import OwnText
from office.approvals.selectors.drafts import form_draft
from office.approvals.selectors.outlook import outlook, plain
from office.approvals.selectors.runs import live_on, may_ask
from office.approvals.services import activation as verbs
from office.approvals.services import drafting
from office.approvals.views.activation import first_of_next_month
from office.errors import Refused
from office.rulebook import api as rulebook
from office.rulebook.guards import person
from office.rulebook.parser.book import CODES
from office.rulebook.selectors import not_adopted, shipped_book, text_of


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def own_text(request: HttpRequest) -> HttpResponse:
    """Paste or upload; "check" says what is wrong or what it would change, "propose" asks the general manager."""
    me, now = person(request), timezone.now()
    if not may_ask(verbs.KIND, me, now):
        raise PermissionDenied(verbs.KIND)
    if request.method == "POST":
        return _answer(request)
    draft = form_draft(me, verbs.KIND, drafting.NEW, _("A rulebook of one's own"))
    again = verbs.returned_to(me)
    code = request.GET.get("from", "")
    begun: dict[str, Any] = {"source": (again.payload.get("source") if again else "") or ""}
    begun |= draft.initial
    if code in CODES:
        begun["source"] = text_of(code, now)
    form = OwnText(initial={"starts_at": first_of_next_month(now), **begun})
    return _page(request, form, str(begun["source"]), 200)


def _answer(request: HttpRequest) -> HttpResponse:
    me, now = person(request), timezone.now()
    form = OwnText(request.POST, request.FILES)
    good = form.is_valid()
    source = verbs.clean_text(str(form.cleaned_data.get("source") or form.data.get("source", "")))
    if request.POST.get("act") == "check" or not good:
        return _page(request, _holding(form, source), source, 200 if good else 422)
    given = form.cleaned_data
    try:
        run = verbs.propose_text(
            source=source, starts_at=given["starts_at"], by=me, now=now, comment=given["comment"]
        )
    except verbs.WrongText:
        return _page(request, _holding(form, source), source, 422)
    except Refused as refused:
        form.add_error(None, str(refused.message))
        return _page(request, _holding(form, source), source, refused.status)
    messages.success(request, _("The general manager is asked to sign."))
    return redirect("approvals:run", pk=run.pk)


def _holding(form: OwnText, source: str) -> OwnText:
    """The form with the text that counts in its field, a file's too."""
    form.data = {**{name: form.data[name] for name in form.data}, "source": source}
    return form


def _page(request: HttpRequest, form: OwnText, source: str, status: int) -> HttpResponse:
    me, now = person(request), timezone.now()
    context: dict[str, Any] = {
        "form": form,
        "draft": form_draft(me, verbs.KIND, drafting.NEW, _("A rulebook of one's own")),
        "running": live_on("rulebook", verbs.SUBJECT_ID)
        .filter(kind=verbs.KIND)
        .exclude(state="returned", requester=me)
        .first(),
        "codes": [(code, str(shipped_book(code).title)) for code in CODES],
        "problems": (),
    }
    if source.strip():
        try:
            book = verbs.read_text(source)
        except verbs.WrongText as wrong:
            context["problems"] = wrong.problems
        except Refused as refused:
            context["refused"] = refused
        else:
            found = plain(outlook(rulebook.book(now), book, now))
            context |= {
                "exhibit": {"outlook": {**found, "lines": verbs.text_changes(source, book.code, now)}},
                "missing": not_adopted(book),
            }
    return render(request, "approvals/own_text.html", context, status=status)
