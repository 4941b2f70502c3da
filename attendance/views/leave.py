"""Leave: one's own, asking, telling by telephone, one leave, the team's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from attendance.forms.acts import number, refuse
from attendance.forms.leave import (
    AgainForm,
    AskForm,
    BackForm,
    CallForm,
    LateSlipForm,
    RulingForm,
    SlipForm,
    TellForm,
    WhyForm,
    asked_before,
)
from attendance.limits import upload_limits
from attendance.models import Leave, LeaveProof
from attendance.selectors import leave_access, leave_pages
from attendance.selectors.balances import balances_of
from attendance.selectors.leave_kinds import kinds
from attendance.selectors.returned import returned_run, why_returned
from attendance.services import asking, asking_again, late_calls, late_slips, leave_ending, proofs, stand_ins
from attendance.services.leave_rows import CHAIN, NEW
from office.approvals import api as approvals
from office.errors import NotFound, Refused
from office.files import api as files
from office.files.forms import sent_file, takes_files
from office.rulebook.allowed import people_with
from office.rulebook.guards import permitted, person
from office.staff.models import Employee


@require_GET
@login_required
def leaves(request: HttpRequest) -> HttpResponse:
    """One's own leaves, and what is left of each kind."""
    me, now = person(request), timezone.now()
    context = {
        "leaves": leave_access.own_leaves(me),
        "balances": balances_of(me.pk, now, timezone.localdate(now)),
        "kinds": kinds(now),
        "now": now,
    }
    return render(request, "attendance/leaves.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def ask(request: HttpRequest) -> HttpResponse:
    """S2a. Too late for it, the way by telephone is offered with what was typed."""
    me, now = person(request), timezone.now()
    tomorrow = timezone.localdate(now) + timedelta(days=1)
    draft = approvals.form_draft(me, CHAIN, NEW, _("Leave"))
    form = AskForm(request.POST or None, now=now, initial={"first_day": tomorrow, **draft.initial})
    refusal: Refused | None = None
    if request.method == "POST" and form.is_valid():
        try:
            leave = asking.request_leave(
                asked=form.asked(), reason=form.cleaned_data["reason"], by=me, now=now
            )
            messages.success(request, _("It is asked for. You see here who decides next."))
            return redirect("attendance:leave", pk=leave.pk)
        except Refused as refused:
            refusal = refused
            refuse(form, refused)
    context = {
        "form": form,
        "balances": balances_of(me.pk, now, timezone.localdate(now)),
        "kinds": kinds(now),
        "refused": refusal,
        "tell_url": _tell_url(form) if isinstance(refusal, asking.NotAhead) else "",
        "draft": draft,
    }
    status = refusal.status if refusal else 422 if request.method == "POST" else 200
    return render(request, "attendance/leave_ask.html", context, status=status)


def _tell_url(form: AskForm) -> str:
    """The page of the call, with what was typed already."""
    names = ("kind", "portion", "first_day", "last_day", "begins", "ends")
    typed = {name: form.data.get(name, "") for name in names}
    typed["told_what"] = form.data.get("reason", "")
    return f"{reverse('attendance:leave_tell')}?{urlencode({k: v for k, v in typed.items() if v})}"


@require_http_methods(["GET", "POST"])
@login_required
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """A request that came back: changed, and asked again. The page of the leave when it did not."""
    me, now = person(request), timezone.now()
    found, run = leave_access.access_returned(leave_id=pk, person=me, now=now)
    if run is None and request.method == "GET":
        return redirect("attendance:leave", pk=pk)
    draft = approvals.form_draft(me, CHAIN, pk, found.subject.label)
    initial = {**asked_before(found), **draft.initial}
    form = AgainForm(request.POST or None, now=found.asked_at, initial=initial)
    refusal: Refused | None = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            asking_again.change_leave(
                leave_id=pk, asked=form.asked(), reason=given["reason"], comment=given["words"], by=me, now=now,
                seen=number(request.POST.get("seen")),
            )  # fmt: skip
            messages.success(request, _("It is asked for again. You see here who decides next."))
            return redirect("attendance:leave", pk=pk)
        except Refused as refused:
            refusal = refused
            refuse(form, refused)
    status = refusal.status if refusal else 422 if request.method == "POST" else 200
    context = {
        "form": form, "leave": found, "run": run, "said": why_returned(run), "draft": draft,
        "refused": refusal, "balances": balances_of(me.pk, now, timezone.localdate(now)),
        "kinds": kinds(found.asked_at),
    }  # fmt: skip
    return render(request, "attendance/leave_again.html", context, status=status)


def _forget_draft(me: Employee, caller: int, first_day: str) -> None:
    """The form that was begun for these days is told by telephone now."""
    draft = approvals.form_draft(me, CHAIN, NEW)
    if draft.pk is not None and caller == me.pk and draft.initial.get("first_day") == first_day:
        approvals.discard_draft(draft_id=draft.pk, by=me)


@require_http_methods(["GET", "POST"])
@login_required
def tell(request: HttpRequest) -> HttpResponse:
    """S2c: an emergency told by telephone, written down by who was told or by the person himself."""
    me, now = person(request), timezone.now()
    hearers = people_with("attendance.hear_leave", now)
    given = {name: value for name, value in request.GET.items() if name in TellForm.base_fields}
    form = TellForm(request.POST or None, now=now, me=me, hearers=hearers, initial=given)
    refusal: Refused | None = None
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        caller, told_to = said["employee"] or me, said["told_to"] or me
        told = asking.Told(said["told_at"], told_to.pk, said["told_what"])
        try:
            leave = asking.tell_leave(asked=form.asked(), employee_id=caller.pk, told=told, by=me, now=now)
            _forget_draft(me, caller.pk, str(form.data.get("first_day", "")))
            said_so = _("Written down. The slip follows after the return.")
            if leave.stated_late:
                said_so = _("Stated. The days stay absence; whoever was called is asked to confirm it.")
            messages.success(request, said_so)
            return redirect("attendance:leave", pk=leave.pk)
        except Refused as refused:
            refusal = refused
            refuse(form, refused)
    status = refusal.status if refusal else 422 if request.method == "POST" else 200
    context = {"form": form, "refused": refusal}
    return render(request, "attendance/leave_tell.html", context, status=status)


@require_GET
@login_required
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    """One leave: facts, what can be done, timeline. Hidden from others: 404."""
    return show(request, pk)


FORMS: dict[str, type[forms.Form]] = {
    "slip": SlipForm,
    "take-back": WhyForm,
    "cancel": WhyForm,
    "back": BackForm,
    "rule-proof": RulingForm,
    "confirm-call": CallForm,
}
VERBS: dict[str, Callable[..., object]] = {
    "slip": asking.file_slip,
    "take-back": leave_ending.take_back,
    "cancel": leave_ending.cancel_leave,
    "back": leave_ending.come_back,
    "rule-proof": proofs.rule_on_proof,
    "confirm-call": late_calls.confirm_call,
}


def show(
    request: HttpRequest,
    pk: int,
    *,
    bound: dict[str, forms.Form] | None = None,
    refusal: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, with what was refused and typed."""
    now = timezone.now()
    page = leave_pages.leave_page(pk, person(request), now)
    found: dict[str, forms.Form] = {
        key: (bound or {}).get(key) or make(auto_id=f"{key}-%s", initial={"back_at": timezone.localtime(now)})
        for key, make in FORMS.items()
        if key in page.acts
    }
    draft = None
    if "late-slip" in page.acts:
        draft = approvals.form_draft(page.leave.employee, late_slips.LATE, pk, page.leave.subject.label)
        before = {"reason": page.returned.payload["reason"]} if page.returned else {}
        found["late-slip"] = (bound or {}).get("late-slip") or LateSlipForm(
            auto_id="late-slip-%s", initial={**before, **draft.initial}, again=page.returned is not None
        )
    lost = [form for key, form in (bound or {}).items() if key not in found]
    context = {
        "page": page, "leave": page.leave, "forms": found, "refused": refusal, "lost": lost, "now": now,
        "bound": set(bound or ()), "draft": draft, "run": page.returned, "said": why_returned(page.returned),
    }  # fmt: skip
    return render(request, "attendance/leave.html", context, status=status)


@require_POST
@login_required
def act(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Slip, taking back, cancelling, coming back, a document that never came: what was refused shows the leave as it is
    now, with what was typed."""
    if key not in VERBS:
        raise Http404
    me, now = person(request), timezone.now()
    leave_access.access_leave(leave_id=pk, person=me, now=now)  # hidden from others: 404
    form = FORMS[key](request.POST, auto_id=f"{key}-%s")
    if not form.is_valid():
        return show(request, pk, bound={key: form}, status=422)
    try:
        VERBS[key](leave_id=pk, by=me, now=now, seen=number(request.POST.get("seen")), **form.cleaned_data)
    except NotFound:
        raise
    except Refused as refused:
        refuse(form, refused)
        return show(request, pk, bound={key: form}, refusal=refused, status=refused.status)
    messages.success(request, _("Recorded."))
    return redirect("attendance:leave", pk=pk)


@require_POST
@login_required
@takes_files(upload_limits)
def late_slip(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The slip of a lapsed leave, with its proof. What was refused shows the page with what was typed."""
    me, now = person(request), timezone.now()
    found = leave_access.access_leave(leave_id=pk, person=me, now=now)
    again = returned_run(late_slips.LATE, found.subject, me) is not None
    form = LateSlipForm(request.POST, request.FILES, auto_id="late-slip-%s", again=again)
    if not form.is_valid():
        return show(request, pk, bound={"late-slip": form}, status=422)
    limits, kept = upload_limits(now), []
    try:
        if form.cleaned_data["file"] is not None:
            content, name = sent_file(request, limits)
            kept = [files.keep_file(content=content, name=name, by=me, now=now, limits=limits).pk]
        run = late_slips.ask_late_slip(
            leave_id=pk, reason=form.cleaned_data["reason"], files=kept, by=me, now=now,
            seen=number(request.POST.get("seen")),
        )  # fmt: skip
    except NotFound:
        raise
    except files.FileRefused as refused:
        form.add_error("file", str(refused.message))
        return show(request, pk, bound={"late-slip": form}, status=refused.status)
    except Refused as refused:
        refuse(form, refused)
        return show(request, pk, bound={"late-slip": form}, refusal=refused, status=refused.status)
    messages.success(request, _("Handed in. It waits for the agreement."))
    return redirect("approvals:run", run.pk)


@require_POST
@login_required
def deputy(request: HttpRequest, pk: int) -> HttpResponse:
    """Who stands in, from the page of the leave or of the request about it; of a leave that was agreed to, who stands
    in from now on."""
    me, now = person(request), timezone.now()
    found = leave_access.access_leave(leave_id=pk, person=me, now=now)
    later = found.state == Leave.State.APPROVED and me.pk != found.employee_id
    verb = stand_ins.name_stand_in if later else stand_ins.choose_deputy
    try:
        verb(leave_id=pk, deputy_id=number(request.POST.get("deputy")), by=me, now=now)
    except NotFound:
        raise
    except Refused as refused:
        if not later:
            raise
        return show(request, pk, refusal=refused, status=refused.status)
    messages.success(request, _("Recorded."))
    run = number(request.POST.get("run"))
    return redirect("approvals:run", run) if run is not None else redirect("attendance:leave", pk=pk)


@require_POST
@login_required
@takes_files(upload_limits)
def add_proof(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A document for the own leave."""
    me, now = person(request), timezone.now()
    leave_access.access_leave(leave_id=pk, person=me, now=now)
    limits = upload_limits(now)
    try:
        content, name = sent_file(request, limits)
        stored = files.keep_file(content=content, name=name, by=me, now=now, limits=limits)
        asking.add_proof(leave_id=pk, file_id=stored.pk, by=me, now=now)
    except NotFound:
        raise
    except Refused as refused:
        return show(request, pk, refusal=refused, status=refused.status)
    messages.success(request, _("The document is kept with the leave."))
    return redirect("attendance:leave", pk=pk)


@require_GET
@login_required
def proof(request: HttpRequest, pk: int, file: int) -> HttpResponseBase:
    """For the person, who manages him and who decides."""
    me, now = person(request), timezone.now()
    found = leave_access.access_leave(leave_id=pk, person=me, now=now)
    kept = LeaveProof.objects.select_related("file").filter(pk=file, leave=found).first()
    if kept is None or not leave_access.may_see_reason(found, me, now):
        raise NotFound(_("There is no such file."))
    return files.serve(request, kept.file)


@require_GET
@permitted(leave_access.SEE)
def team(request: HttpRequest) -> HttpResponse:
    """Who is away, who will be, what waits, what is over: of the own team."""
    me, now = person(request), timezone.now()
    tab = request.GET.get("tab", "now")
    rows = leave_pages.team_leaves(me, tab, now, before=number(request.GET.get("before")))
    context: dict[str, Any] = {
        "leaves": rows[: leave_pages.PAGE],
        "more": rows[leave_pages.PAGE - 1].pk if tab == "past" and len(rows) > leave_pages.PAGE else None,
        "tab": tab if tab in ("waiting", "coming", "past") else "now",
        "kinds": kinds(now),
        "now": now,
    }
    return render(request, "attendance/team_leaves.html", context)
