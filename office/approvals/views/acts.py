"""Deciding and what goes with it, as plain forms; a stale one gets the page as it is now, with the words typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from office.approvals import forms, kinds
from office.approvals.models import Run
from office.approvals.selectors import queue
from office.approvals.selectors.runs import access_run
from office.approvals.services import deciding, executing, moving, submitting
from office.approvals.views.pages import run_response
from office.errors import Invalid, NotFound, Refused
from office.rulebook import sudo
from office.rulebook.guards import person
from office.staff.models import Employee

Given = dict[str, Any]
Verb = Callable[[int, Employee, datetime, Given], object]


def _approve(pk: int, by: Employee, now: datetime, given: Given) -> object:
    return deciding.approve(
        run_id=pk, by=by, now=now, revision=given["revision"], comment=given["words"],
        refuse_rows=given["refuse_rows"],
    )  # fmt: skip


def _reject(pk: int, by: Employee, now: datetime, given: Given) -> object:
    return deciding.reject(run_id=pk, by=by, now=now, revision=given["revision"], reason=given["words"])


def _return(pk: int, by: Employee, now: datetime, given: Given) -> object:
    return deciding.return_to(
        run_id=pk, by=by, now=now, revision=given["revision"], reason=given["words"], step=given["step"]
    )


def _add_signer(pk: int, by: Employee, now: datetime, given: Given) -> object:
    return moving.add_signer(
        run_id=pk, by=by, now=now, revision=given["revision"], person_id=_whom(given),
        where="before" if given["where"] == "before" else "after", comment=given["words"],
    )  # fmt: skip


def _forward(pk: int, by: Employee, now: datetime, given: Given) -> object:
    return moving.forward(
        run_id=pk, by=by, now=now, revision=given["revision"], person_id=_whom(given), reason=given["words"]
    )


def _copy(pk: int, by: Employee, now: datetime, given: Given) -> object:
    if not given["people"]:
        raise Invalid(_("Please choose a person."), code="person")
    return moving.copy_to(run_id=pk, by=by, now=now, person_ids=given["people"])


def _comment(pk: int, by: Employee, now: datetime, given: Given) -> object:
    return moving.comment(run_id=pk, by=by, now=now, text=given["words"])


def _withdraw(pk: int, by: Employee, now: datetime, given: Given) -> object:
    return submitting.withdraw(run_id=pk, by=by, now=now, revision=given["revision"], reason=given["words"])


def _resubmit(pk: int, by: Employee, now: datetime, given: Given) -> object:
    """The same content once more; another content comes from the desk's own page."""
    return submitting.ask_again(run_id=pk, by=by, now=now, revision=given["revision"], comment=given["words"])


def _remind(pk: int, by: Employee, now: datetime, given: Given) -> object:
    return moving.remind(run_id=pk, by=by, now=now)


def _execute(pk: int, by: Employee, now: datetime, given: Given) -> object:
    return executing.execute(run_id=pk, by=by, now=now, revision=given["revision"], evidence=given["words"])


def _check(pk: int, by: Employee, now: datetime, given: Given) -> object:
    if not given["ok"]:
        raise Invalid(_("Please say what you found."), code="ok")
    return executing.check_execution(
        run_id=pk, by=by, now=now, revision=given["revision"], ok=given["ok"] == "yes", comment=given["words"]
    )


#: Word of the address → verb, what is said afterwards, whether the next of the queue comes then.
VERBS: dict[str, tuple[Verb, Any, bool]] = {
    "approve": (_approve, _("Agreed: {label}"), True),
    "reject": (_reject, _("Rejected: {label}"), True),
    "return": (_return, _("Returned: {label}"), True),
    "add-signer": (_add_signer, _("A signer was added."), False),
    "forward": (_forward, _("Forwarded: {label}"), True),
    "copy": (_copy, _("Others may read it now."), False),
    "comment": (_comment, _("Your comment stands beside the request."), False),
    "withdraw": (_withdraw, _("Taken back: {label}"), False),
    "resubmit": (_resubmit, _("Asked again: {label}"), False),
    "remind": (_remind, _("They were reminded."), False),
    "execute": (_execute, _("Carried out: {label}"), False),
    "check": (_check, _("What you found is recorded."), False),
}
#: What takes a confirmation of who one is, of a kind that asks for one.
GRAVE = frozenset({"approve", "execute"})


def _unproven(request: HttpRequest, codes: Iterable[str]) -> bool:
    """Whether one of the kinds takes a confirmation that this session lacks."""
    found = [kinds.find(code) for code in codes]
    return any(kind is not None and kind.fresh for kind in found) and not sudo.confirmed(request)


@require_POST
@login_required
def act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """One act; refused, it answers with the run's page as it is now and the words that were typed."""
    if act not in VERBS:
        raise Http404
    verb, said, goes_on = VERBS[act]
    me, now = person(request), timezone.now()
    seen = access_run(run_id=pk, person=me, now=now)
    if act in GRAVE and _unproven(request, [seen.kind]):
        return sudo.ask(request, reverse("approvals:run", args=[pk]))
    form = forms.Act(request.POST)
    place = queue.place_of(seen) if goes_on else None
    try:
        made = verb(pk, me, now, _cleaned(form))
    except NotFound:
        raise
    except Refused as refused:
        return refused_response(request, pk, act, refused)
    messages.success(request, str(said).format(label=seen.label))
    if not goes_on:
        return redirect("approvals:run", pk=made.pk if isinstance(made, Run) else pk)
    following = queue.waiting(me, now, limit=1, after=place).lines
    return redirect(_queue_at(following[0].run.pk if following else None))


@require_POST
@login_required
def decide(request: HttpRequest) -> HttpResponse:
    """Many at once, each on its own: a result for every line. A single one goes back to the queue."""
    me = person(request)
    decisions = forms.read_decisions(request.POST)
    asked_about = Run.objects.filter(pk__in=[each.run_id for each in decisions if each.act in GRAVE])
    if not sudo.confirmed(request) and _unproven(request, asked_about.values_list("kind", flat=True)):
        return sudo.ask(request)
    results = deciding.decide_many(decisions=decisions, by=me, now=timezone.now())
    labels = dict(Run.objects.filter(pk__in=[each.run_id for each in results]).values_list("pk", "label"))
    single, refused = results[0], results[0].refused
    word = decisions[0].act
    if request.POST.get("one") or (len(results) == 1 and single.ok):
        if refused is not None:
            return refused_response(request, single.run_id, word, refused, words=decisions[0].reason)
        messages.success(request, str(VERBS[word][1]).format(label=labels.get(single.run_id, "")))
        following = forms.line_after(request.POST, {single.run_id})
        asked = {
            name: request.POST.get(name, "")[:200] for name in ("kind", *(["after"] if following else []))
        }
        return redirect(_queue_at(following, asked))
    lines = [_result_line(each, asked, me) for each, asked in zip(results, decisions, strict=True)]
    context = {"lines": lines, "done": sum(each.ok for each in results), "word": word}
    return render(request, "approvals/decided.html", context)


def _queue_at(run_id: int | None, asked: dict[str, str] | None = None) -> str:
    """The queue, the same part of it, with the line of this run selected (static/js/approvals.js)."""
    query = urlencode({name: text for name, text in (asked or {}).items() if text})
    mark = f"#run-{run_id}" if run_id else ""
    return f"{reverse('approvals:queue')}{'?' if query else ''}{query}{mark}"


def _result_line(result: deciding.Result, asked: deciding.Decision, me: Employee) -> dict[str, object]:
    """Of a run that the person may not see: no more than the number that was sent."""
    run, refused = result.run, result.refused
    if run is None:
        try:
            run = access_run(run_id=result.run_id, person=me, now=timezone.now())
        except NotFound as hidden:
            refused = hidden
    return {
        "id": result.run_id,
        "run": run,
        "kind_name": kinds.name_of(run.kind) if run else "",
        "refused": refused,
        "words": asked.reason,
        "url": reverse("approvals:run", args=[result.run_id]),
    }


def refused_response(
    request: HttpRequest, pk: int, word: str, refused: Refused, words: str | None = None
) -> HttpResponse:
    """The run's page as it is now, why the act was refused, what happened meanwhile. Raises NotFound where the person
    may not see the run, and the refusal itself for machines."""
    access_run(run_id=pk, person=person(request), now=timezone.now())
    if request.headers.get("Accept", "") == "application/json":
        raise refused
    typed = request.POST.get("words", "")[:500] if words is None else words
    ticked = [int(each) for each in request.POST.getlist("refuse_rows") if each.isascii() and each.isdigit()]
    more = {
        "refused": refused,
        "since": refused.params.get("since", []),
        "errors": getattr(refused, "errors", []),
        "opened": word,
        "typed": typed,
        "ticked": ticked,
        "chosen": request.POST.get("person", ""),
    }
    return run_response(request, pk, status=refused.status, more=more)


def _cleaned(form: forms.Act) -> Given:
    """Raises Invalid."""
    if not form.is_valid():
        wrong = [str(text) for texts in form.errors.values() for text in texts]
        raise Invalid(wrong[0], code="form")
    return form.cleaned_data


def _whom(given: Given) -> int:
    if given["person"] is None:
        raise Invalid(_("Please choose a person."), code="person")
    return int(given["person"])
