"""Hiring: the headcount plan, vacancies, the board of candidates, one candidate."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from attendance.forms.acts import NothingForm, Offer, number, refuse
from attendance.forms.hiring import (
    AssessForm,
    CandidateForm,
    EngageForm,
    NoteForm,
    OutForm,
    PayForm,
    SetExamForm,
    VacancyForm,
)
from attendance.models import Candidate, Vacancy
from attendance.selectors import headcount as plan
from attendance.selectors import hiring as selectors
from attendance.services import candidates as verbs
from attendance.services import exams, vacancies
from office.approvals import api as approvals
from office.audit import api as audit
from office.errors import NotFound, Refused
from office.rulebook import api as rulebook
from office.rulebook.guards import entered, permitted, person
from office.staff.models import Employee

Stage = Candidate.Stage


@require_http_methods(["GET", "POST"])
@permitted(selectors.VIEW)
def headcount(request: HttpRequest) -> HttpResponse:
    """How many each post may have; the manager proposes other figures."""
    me, now = person(request), timezone.now()
    lines = plan.lines(now)
    runs = selectors.runs_of(vacancies.HEADCOUNT, "headcount", "plan")  # type: ignore[arg-type]
    again = next((run for run in runs if run.state == "returned" and run.requester_id == me.pk), None)
    may_ask = approvals.may_ask(vacancies.HEADCOUNT, me, now)
    typed = {line.code: request.POST.get(line.code, "").strip() for line in lines}
    refusal: Refused | None = None
    if request.method == "POST":
        if not may_ask:
            raise PermissionDenied
        planned = {
            code: number(text) if number(text) is not None else -1 for code, text in typed.items() if text
        }
        try:
            run = vacancies.plan_headcount(planned=planned, by=me, now=now, again=again)  # type: ignore[arg-type]
        except Refused as refused:
            refusal = refused
        else:
            messages.success(request, _("It is asked for. You see here who decides next."))
            return redirect("approvals:run", run.pk)
    rows = [(line, typed[line.code] if request.method == "POST" else line.planned) for line in lines]
    context = {
        "rows": rows,
        "runs": runs,
        "may_ask": may_ask,
        "planned_here": rulebook.has_rule(vacancies.HEADCOUNT, now),
        "refused": refusal,
        "errors": {error["path"]: error["message"] for error in getattr(refusal, "errors", [])},
    }
    return render(request, "attendance/headcount.html", context, status=refusal.status if refusal else 200)


@require_GET
@permitted(selectors.VIEW)
def vacancy_list(request: HttpRequest) -> HttpResponse:
    closed = request.GET.get("tab") == "closed"
    found = selectors.vacancies(closed=closed, before=number(request.GET.get("before")))
    context = {
        "vacancies": found[: selectors.PAGE],
        "following": found[selectors.PAGE - 1].pk if len(found) > selectors.PAGE else None,
        "closed": closed,
        "may_ask": approvals.may_ask(vacancies.VACANCY, person(request), timezone.now()),
        "names": rulebook.book().names,
    }
    return render(request, "attendance/vacancies.html", context)


@require_http_methods(["GET", "POST"])
@permitted(selectors.VIEW)
def vacancy_new(request: HttpRequest) -> HttpResponse:
    """The manager asks to look for people."""
    return _vacancy_form(request, None)


@require_http_methods(["GET", "POST"])
@permitted(selectors.VIEW)
def vacancy_change(request: HttpRequest, pk: int) -> HttpResponse:
    """It came back, or was refused: other words."""
    return _vacancy_form(request, selectors.access_vacancy(pk, person(request), entered(request).permissions))


def _vacancy_form(request: HttpRequest, vacancy: Vacancy | None) -> HttpResponse:
    me, now = person(request), timezone.now()
    if not approvals.may_ask(vacancies.VACANCY, me, now):
        raise PermissionDenied
    draft = approvals.form_draft(
        me, vacancies.VACANCY, str(vacancy.pk) if vacancy else "new", _("New vacancy")
    )
    initial = draft.initial or (vacancies.payload_of(vacancy) if vacancy else {})
    form = VacancyForm(request.POST or None, initial=initial, now=now)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            if vacancy is None:
                run = vacancies.ask_vacancy(**form.cleaned_data, by=me, now=now)
            else:
                run = vacancies.change_vacancy(vacancy_id=vacancy.pk, **form.cleaned_data, by=me, now=now)
        except Refused as refused:
            refuse(form, refused)
            status = refused.status
        else:
            messages.success(request, _("It is asked for. You see here who decides next."))
            return redirect("approvals:run", run.pk)
    context = {"form": form, "vacancy": vacancy, "draft": draft}
    return render(request, "attendance/vacancy_form.html", context, status=status)


@require_GET
@login_required
def vacancy(request: HttpRequest, pk: int) -> HttpResponse:
    return _vacancy_page(request, pk)


def _vacancy_page(
    request: HttpRequest, pk: int, bound: dict[str, forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    me, now, granted = person(request), timezone.now(), entered(request).permissions
    found = selectors.access_vacancy(pk, me, granted)
    mine = found.manager_id == me.pk or verbs.MANAGE in granted
    bound = bound or {}
    runs = selectors.runs_of(vacancies.VACANCY, "vacancy", pk)
    offers = []
    if found.state == Vacancy.State.OPEN and mine:
        form = bound.get("add") or CandidateForm(vacancy=found, now=now, auto_id="add-%s")
        offers.append(Offer("add", gettext_lazy("Add a candidate"), form, opened=True))
        close = bound.get("close") or OutForm(auto_id="close-%s")
        offers.append(
            Offer("close", gettext_lazy("Close the vacancy"), close, ask=_("Nobody is looked for any more."))
        )
    if vacancies.PAY in granted and found.state != Vacancy.State.CLOSED:
        offers.append(
            Offer("pay", gettext_lazy("Set the pay scale"), bound.get("pay") or PayForm(auto_id="pay-%s"))
        )
    live = next((run for run in runs if run.live), None)
    context = {
        "vacancy": found,
        "names": rulebook.book(now).names,
        "offers": offers,
        "pay": selectors.pay_of(found, granted),
        "may_pay": vacancies.PAY in granted,
        "columns": [each for each in selectors.board(me, granted, found) if each.count] if mine else [],
        "mine": mine,
        "runs": runs,
        "live": live,
        "may_change": found.manager_id == me.pk
        and found.state == Vacancy.State.ASKED
        and (live is None or live.state == "returned"),
        "description": selectors.description_of(found.position),
        "timeline": audit.timeline(found.subject),
    }
    return render(request, "attendance/vacancy.html", context, status=status)


@require_POST
@login_required
def vacancy_act(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Add a candidate, close it, set the pay."""
    me, now = person(request), timezone.now()
    found = selectors.access_vacancy(pk, me, entered(request).permissions)
    makers: dict[str, Callable[[], forms.Form]] = {
        "add": lambda: CandidateForm(request.POST, vacancy=found, now=now, auto_id="add-%s"),
        "close": lambda: OutForm(request.POST, auto_id="close-%s"),
        "pay": lambda: PayForm(request.POST, auto_id="pay-%s"),
    }
    if key not in makers:
        raise Http404
    doing: dict[str, Callable[..., Any]] = {
        "add": verbs.add_candidate, "close": vacancies.close_vacancy, "pay": vacancies.set_pay,
    }  # fmt: skip
    form = makers[key]()
    if not form.is_valid():
        return _vacancy_page(request, pk, {key: form}, 422)
    try:
        done = doing[key](vacancy_id=pk, **form.cleaned_data, by=me, now=now)
    except NotFound:
        raise
    except Refused as refused:
        refuse(form, refused)
        return _vacancy_page(request, pk, {key: form}, refused.status)
    messages.success(request, _("Recorded."))
    return (
        redirect("attendance:candidate", pk=done.pk)
        if key == "add"
        else redirect("attendance:vacancy", pk=pk)
    )


@require_GET
@permitted(selectors.VIEW)
def board(request: HttpRequest) -> HttpResponse:
    """Candidates by stage."""
    columns = selectors.board(person(request), entered(request).permissions)
    context = {"columns": columns, "any": any(each.count for each in columns), "now": timezone.now()}
    return render(request, "attendance/candidates.html", context)


@require_GET
@login_required
def candidate(request: HttpRequest, pk: int) -> HttpResponse:
    """For human resources and the vacancy's manager; 404 for everybody else."""
    return show(request, pk)


def show(
    request: HttpRequest, pk: int, bound: dict[str, forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    """The page, with what was refused and typed."""
    now = timezone.now()
    found = selectors.access_candidate(pk, person(request), entered(request).permissions)
    page = selectors.page(found)
    forms_now = _forms(found, page, now)
    offers = [
        Offer(
            key, LABELS[key], (bound or {}).get(key) or make(None), ask=EFFECTS.get(key, ""),
            opened=key in NEXT.get(found.stage, ()),
        )
        for key, make in forms_now.items()
    ]  # fmt: skip
    context = {
        "page": page,
        "candidate": found,
        "offers": offers,
        "lost": [form for key, form in (bound or {}).items() if key not in forms_now],
        "names": rulebook.book(now).names,
        "bar": rulebook.limit_rule(verbs.PASS, at=now).count,
    }
    return render(request, "attendance/candidate.html", context, status=status)


LABELS: dict[str, Any] = {
    "interview": gettext_lazy("Invite to the interview"),
    "trial": gettext_lazy("Begin the trial"),
    "exam": gettext_lazy("Set a paper"),
    "assess": gettext_lazy("Assess on trial"),
    "engage": gettext_lazy("Ask to engage on probation"),
    "note": gettext_lazy("Write a note"),
    "declined": gettext_lazy("Do not take"),
    "withdrew": gettext_lazy("Withdrew"),
}
EFFECTS: dict[str, Any] = {
    "trial": gettext_lazy("The week of the trial begins now."),
    "declined": gettext_lazy(
        "It ends here. Name and telephone are forgotten when the time of the book is over."
    ),
    "withdrew": gettext_lazy(
        "It ends here. Name and telephone are forgotten when the time of the book is over."
    ),
}
NEXT: dict[str, tuple[str, ...]] = {Stage.APPLIED: ("interview",), Stage.INTERVIEW: ("trial",)}
Maker = Callable[[Any], forms.Form]


def _forms(found: Candidate, page: selectors.Page, now: datetime) -> dict[str, Maker]:
    """What can be done with a candidate of this stage."""
    out: dict[str, Maker] = {
        "note": lambda data: NoteForm(data, auto_id="note-%s"),
        "declined": lambda data: OutForm(data, auto_id="declined-%s"),
        "withdrew": lambda data: OutForm(data, auto_id="withdrew-%s"),
    }
    if found.erased_at is not None:
        return {}
    if found.stage == Stage.APPLIED:
        return {"interview": lambda data: NothingForm(data), **out}
    if found.stage == Stage.INTERVIEW:
        return {"trial": lambda data: NothingForm(data), **out}
    if found.stage != Stage.TRIAL:
        return {"note": out["note"]}
    if page.live is not None and page.live.state != "returned":
        return {"note": out["note"]}
    papers = selectors.papers(found.vacancy.position)
    asked = page.live.payload if page.live is not None else {}
    given: dict[str, Any] = {name: asked[name] for name in ("number", "starts_on") if name in asked}
    return {
        "exam": lambda data: SetExamForm(data, papers=papers, auto_id="exam-%s"),
        "assess": lambda data: AssessForm(data, now=now, auto_id="assess-%s"),
        "engage": lambda data: EngageForm(data, initial=given, auto_id="engage-%s"),
        **(out if page.live is None else {"note": out["note"]}),
    }


@require_POST
@login_required
def candidate_act(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """One step; what was refused shows the candidate as he is now, with what was typed."""
    me, now = person(request), timezone.now()
    found = selectors.access_candidate(pk, me, entered(request).permissions)
    if key not in LABELS:
        raise Http404
    page = selectors.page(found)
    maker = _forms(found, page, now).get(key)
    form = maker(request.POST) if maker else NothingForm(request.POST)
    if not form.is_valid():
        return show(request, pk, {key: form}, 422)
    try:
        run = _do(key, found, page, form, me, now)
    except NotFound:
        raise
    except Refused as refused:
        refuse(form, refused)
        return show(request, pk, {key: form}, refused.status)
    messages.success(request, _("Recorded."))
    return redirect("approvals:run", run.pk) if run else redirect("attendance:candidate", pk=pk)


def _do(
    key: str, found: Candidate, page: selectors.Page, form: forms.Form, me: Employee, now: datetime
) -> approvals.Run | None:
    given = form.cleaned_data
    if key == "note":
        verbs.note_candidate(candidate_id=found.pk, text=given.get("text", ""), by=me, now=now)
    elif key == "assess" and isinstance(form, AssessForm):
        verbs.assess_candidate(candidate_id=found.pk, marks=form.marks(), text=given["text"], by=me, now=now)
    elif key == "exam" and "paper" in given:
        examiner = Employee.objects.filter(pk=given["examiner"]).first()
        if examiner is None:
            raise NotFound(_("There is no such person."))
        exams.set_exam(candidate_id=found.pk, paper_id=given["paper"], examiner=examiner, by=me, now=now)
    elif key == "engage" and "number" in given:
        return verbs.ask_engagement(candidate_id=found.pk, **given, by=me, now=now, again=page.live)
    else:
        verbs.move_candidate(candidate_id=found.pk, stage=key, by=me, now=now, reason=given.get("reason", ""))
    return None
