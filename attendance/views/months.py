"""Attendance as people see it: my month, a team's, a day; and the month for HR."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from attendance.forms.punches import CorrectionForm, WageForm, WaiveForm, asked_before
from attendance.models import MonthClose, Punch, WageBase
from attendance.rules.months import next_month, previous_month
from attendance.selectors import months as selectors
from attendance.selectors.day import DayPage, day_page
from attendance.selectors.returned import returned_run, why_returned
from attendance.selectors.teams import TEAM, access_person, may_see, team_in
from attendance.selectors.terms import begins
from attendance.services import clocking, corrections, months, wages
from attendance.services.corrections import CORRECTION, proof_limits
from attendance.services.wages import CLOSE
from attendance.subjects import day_subject, month_subject, read_day_key
from attendance.views.answers import XLSX, address_of, asked_month, day_or_404, explain, month_or_404, number
from office.approvals import api as approvals
from office.approvals.models import Run
from office.audit import api as audit
from office.errors import Forbidden, NotFound, Refused
from office.files import api as files
from office.rulebook.guards import entered, permitted, person
from office.rulebook.sudo import fresh
from office.staff.models import Employee


@require_GET
@login_required
def my_month(request: HttpRequest) -> HttpResponse:
    """My calendar, and the button of the web clock."""
    return _calendar(request, person(request))


@require_GET
@login_required
def person_month(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody's calendar, for those who may see it."""
    return _calendar(request, access_person(person(request), pk, timezone.now()))


def _calendar(request: HttpRequest, whose: Employee) -> HttpResponse:
    month, now = asked_month(request), timezone.now()
    [line] = selectors.grid([whose], month)
    own = whose.pk == person(request).pk
    today = timezone.localdate(now)
    context = {
        "whose": whose,
        "own": own,
        "month": month,
        "today": today,
        "previous": previous_month(month),
        "next": next_month(month),
        "weeks": selectors.weeks(line.cells),
        "cells": line.cells,
        "sums": line.sums,
        "closed": MonthClose.objects.filter(month=month).exists(),
        "may_clock": own and bool(settings.ECDEPT_CLOCK_NETWORKS),
        "here": own and clocking.allowed(address_of(request)),
        "clocked": list(Punch.objects.filter(employee=whose, at__gte=begins(today)).order_by("at")[:20])
        if own
        else [],
    }
    return render(request, "attendance/my_month.html", context)


@require_POST
@login_required
def clock(request: HttpRequest) -> HttpResponse:
    """A punch of now, from an allowed network."""
    now = timezone.now()
    try:
        at = clocking.clock(by=person(request), address=address_of(request), now=now)
    except Refused as refused:
        messages.error(request, str(refused.message))
    else:
        messages.success(request, _("Clocked at %(time)s.") % {"time": f"{timezone.localtime(at):%H:%M:%S}"})
    return redirect("home" if request.POST.get("back") == "home" else "attendance:my_month")


@require_GET
@permitted(TEAM)
def team_month(request: HttpRequest) -> HttpResponse:
    """People × days of those whom the reader leads; of everybody for HR."""
    month, now = asked_month(request), timezone.now()
    people = list(team_in(person(request), month, now)[:400])
    context = {
        "month": month,
        "today": timezone.localdate(now),
        "previous": previous_month(month),
        "next": next_month(month),
        "lines": selectors.grid(people, month),
        "closed": MonthClose.objects.filter(month=month).exists(),
    }
    return render(request, "attendance/team_month.html", context)


@require_http_methods(["GET", "POST"])
@login_required
@files.takes_files(lambda: proof_limits(timezone.now()))
def day(request: HttpRequest, pk: int, day: str) -> HttpResponse:
    """A day: facts, what can be done, timeline. POST asks for a missing punch of one's own."""
    me, now = person(request), timezone.now()
    on = day_or_404(day)
    whose = access_person(me, pk, now)
    if request.method == "POST":
        return _ask(request, whose, on)
    return _day(request, day_page(whose, on, me, now), None)


def _ask(request: HttpRequest, whose: Employee, on: date) -> HttpResponse:
    me, now = person(request), timezone.now()
    if whose.pk != me.pk:
        raise Forbidden(_("Everybody asks for his own missing punches."))
    again = returned_run(CORRECTION, day_subject(me, on), me)
    form = CorrectionForm(request.POST, request.FILES, again=again is not None)
    if form.is_valid():
        content, name = None, ""
        try:
            if form.cleaned_data["file"] is not None or again is None:
                content, name = files.sent_file(request, proof_limits(now))
            run = corrections.ask_correction(
                day=on,
                missing=form.missing(on),
                reason=form.cleaned_data["reason"],
                proof=content,
                proof_name=name,
                by=me,
                now=now,
                again=again,
            )
        except files.FileRefused as refused:
            form.add_error("file", str(refused.message))
        except Refused as refused:
            explain(form, refused)
        else:
            messages.success(request, _("Handed in. It waits for the agreement."))
            return redirect("approvals:run", run.pk)
    return _day(request, day_page(whose, on, me, now), form, status=422)


def _day(request: HttpRequest, page: DayPage, form: CorrectionForm | None, status: int = 200) -> HttpResponse:
    """`form` None: nothing was sent; what was begun, or came back, stands in it."""
    me, now = person(request), timezone.now()
    own = page.person.pk == me.pk
    subject = day_subject(page.person, page.day)
    again = returned_run(CORRECTION, subject, me) if own else None
    live = next((run for run in page.runs if run.state in ("running", "returned") and run != again), None)
    draft = approvals.form_draft(me, CORRECTION, subject.id, subject.label)
    if form is None:
        before = asked_before(again.payload) if again is not None else {}
        form = CorrectionForm(initial={**before, **draft.initial}, again=again is not None)
    sees_wages = own or CLOSE in entered(request).permissions
    context = {
        "page": page,
        "own": own,
        "form": form,
        "draft": draft,
        "live": live,
        "run": again,
        "said": why_returned(again),
        "may_ask": own
        and live is None
        and page.day <= timezone.localdate(now)
        and approvals.may_ask(CORRECTION, me, now),
        "lines": [(line, wages.reckon(line)) for line in page.line] if sees_wages else [],
        "timeline": audit.timeline(subject),
    }
    return render(request, "attendance/day.html", context, status=status)


@require_GET
@login_required
def proof(request: HttpRequest, run: int, pk: int) -> HttpResponseBase:
    """What somebody showed with a request, for those who may read the request or see the person."""
    me, now = person(request), timezone.now()
    asked = Run.objects.filter(pk=run, kind=CORRECTION).first()
    stored = files.StoredFile.objects.filter(pk=pk).first()
    key = read_day_key(asked.subject_id) if asked else None
    if asked is None or stored is None or key is None or pk not in asked.payload["evidence"]["proof"]:
        raise NotFound(_("There is no such file."))
    if not may_see(me, key[0], now) and not approvals.may_read(run_id=asked.pk, person=me, now=now):
        raise NotFound(_("There is no such file."))
    return files.serve(request, stored)


@require_GET
@permitted(CLOSE)
def month_list(request: HttpRequest) -> HttpResponse:
    """The months, open and closed."""
    return render(request, "attendance/months.html", {"months": selectors.months_known()})


@require_GET
@permitted(CLOSE)
def month(request: HttpRequest, month: str) -> HttpResponse:
    """What is proposed in a month, and its close."""
    return _month(request, month_or_404(month))


def _month(request: HttpRequest, month: date, *, status: int = 200, **more: Any) -> HttpResponse:
    me, now = person(request), timezone.now()
    lines = [
        (line, None if line.employee_id == me.pk else wages.reckon(line))
        for line in selectors.wage_lines(month)
    ]
    context = {
        "month": month,
        "previous": previous_month(month),
        "next": next_month(month),
        "standing": selectors.standing(month, now),
        "lines": lines,
        "to_decide": selectors.to_decide(lines, me),
        "adjustments": selectors.adjustments(month),
        "me": me,
        "timeline": audit.timeline(month_subject(month)),
        **more,
    }
    return render(request, "attendance/month.html", context, status=status)


@require_POST
@permitted(CLOSE)
def month_close(request: HttpRequest, month: str) -> HttpResponse:
    """Close it."""
    wanted = month_or_404(month)
    try:
        months.close_month(month=wanted, by=person(request), now=timezone.now())
    except Refused as refused:
        return _month(request, wanted, status=refused.status, refusal=refused)
    messages.success(request, _("The month is closed."))
    return redirect("attendance:month", month)


@require_POST
@permitted(TEAM)
@fresh
def month_sheet(request: HttpRequest, month: str) -> HttpResponseBase:
    """The monthly sheet as XLSX; logged."""
    wanted = month_or_404(month)
    file = months.export_sheet(month=wanted, by=person(request), now=timezone.now())
    return FileResponse(
        file, as_attachment=True, filename=f"attendance-{wanted:%Y-%m}.xlsx", content_type=XLSX
    )


@require_POST
@permitted(CLOSE)
def lines_act(request: HttpRequest, month: str) -> HttpResponse:
    """Those ticked, at once; what was refused stays ticked and says why."""
    wanted, act = month_or_404(month), request.POST.get("act")
    if act not in ("confirm", "waive"):
        raise NotFound(_("There is no such act."))
    lines, reason = ticked(request.POST.getlist("line")), request.POST.get("reason", "")
    typed = {"ticked": {pk for pk, _turn in lines}, "many_reason": reason[:200]}
    try:
        many = wages.decide_lines(
            lines=lines, deduct=act == "confirm", reason=reason, by=person(request), now=timezone.now()
        )
    except Refused as refused:
        return _month(request, wanted, status=refused.status, refusal=refused, **typed)
    if many.refused:
        return _month(request, wanted, status=409, many=many, **typed)
    done = ngettext("%(n)d deduction decided.", "%(n)d deductions decided.", len(many.done))
    messages.success(request, done % {"n": len(many.done)})
    return redirect("attendance:month", month)


def ticked(values: Iterable[str]) -> list[tuple[int, int]]:
    """(line, turn) out of "17-2"; what is none is left out."""
    pairs = ((number(pk), number(turn)) for pk, _dash, turn in (each.partition("-") for each in values))
    return [(pk, turn) for pk, turn in pairs if pk is not None and turn is not None]


@require_POST
@permitted(CLOSE)
def line_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Confirm, leave out or decide again; what was typed and why it was refused stand on the month's page."""
    me, now = person(request), timezone.now()
    try:
        if act == "confirm":
            turn = number(request.POST.get("turn")) or 0
            done = wages.confirm_line(line_id=pk, turn=turn, by=me, now=now)
        elif act == "waive":
            form = WaiveForm(request.POST)
            done = wages.waive_line(
                line_id=pk, reason=form.cleaned_data["reason"] if form.is_valid() else "", by=me, now=now
            )
        elif act == "reopen":
            done = wages.reopen_line(line_id=pk, by=me, now=now)
        else:
            raise NotFound(_("There is no such act."))
    except NotFound:
        raise
    except Refused as refused:
        wanted = wages.month_of_line(pk)
        typed = {"opened": pk, "typed": request.POST.get("reason", "")[:200]}
        return _month(request, wanted, status=refused.status, refusal=refused, **typed)
    return redirect(f"{_month_url(done.month)}#line-{pk}")


def _month_url(month: date) -> str:
    return reverse("attendance:month", args=[f"{month:%Y-%m}"])


@require_http_methods(["GET", "POST"])
@permitted(CLOSE)
def wage_list(request: HttpRequest) -> HttpResponse:
    """From when a wage holds for whom; the amounts are not shown again."""
    form = WageForm(request.POST or None, initial={"employee": request.GET.get("person", "")[:12]})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            wages.set_wage(
                employee_id=data["employee"].pk,
                amount=data["amount"],
                starts_on=data["starts_on"],
                by=person(request),
                now=timezone.now(),
            )
        except Refused as refused:
            explain(form, refused)
        else:
            messages.success(request, _("The wage is entered."))
            return redirect("attendance:wages")
    rows = WageBase.objects.select_related("employee", "by").order_by(
        "employee__name_key", "employee_id", "-starts_on", "-pk"
    )
    context = {"form": form, "rows": rows.distinct("employee__name_key", "employee_id")[:1000]}
    return render(request, "attendance/wages.html", context, status=422 if request.method == "POST" else 200)
