"""People and posts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from office.audit import api as audit
from office.errors import Refused
from office.staff import forms, second_person, selectors, wiring
from office.staff.guards import me, needs
from office.staff.models import Employee, Proposal
from office.staff.services import people as people_verbs
from office.staff.services import posts as post_verbs
from office.staff.services import proposals as proposal_verbs
from office.staff.subjects import subject_of

PER_PAGE = 50


@require_GET
@needs("staff.view")
def people(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    search = forms.Search(request.GET)
    search.is_valid()
    given = search.cleaned_data
    found = selectors.people(
        given.get("q", ""), active=given.get("active") != "no", position=given.get("position", ""), at=now
    )
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    ids = [person.pk for person in page]
    context = {
        "page": page,
        "search": search,
        "posts": selectors.posts_by_person(ids, now),
        "present": selectors.present_ids(now),
        "may_manage": wiring.may(me(request), "staff.manage", now),
        "waiting": second_person.waiting(me(request), now),
    }
    return render(request, "staff/people.html", context)


@require_GET
@needs("staff.view")
def posts(request: HttpRequest) -> HttpResponse:
    return render(request, "staff/posts.html", {"posts": selectors.posts_now(timezone.now())})


@require_http_methods(["GET", "POST"])
@needs("staff.manage")
def add(request: HttpRequest) -> HttpResponse:
    form = forms.NewEmployee(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given, now = dict(form.cleaned_data), timezone.now()
        position, password = given.pop("position"), people_verbs.one_time_password()
        try:
            person = proposal_verbs.join(
                password=password, position=position, by=me(request), now=now, **given
            )
        except Refused as refusal:
            return _again(request, "staff/add.html", form, refusal)
        return show_password(request, person, password)
    return render(request, "staff/add.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
@needs("staff.view")
def person(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "staff/person.html", _person(request, selectors.access_employee(pk)))


@require_http_methods(["GET", "POST"])
@needs("staff.manage")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    employee = selectors.access_employee(pk)
    form = forms.Particulars(request.POST or None, initial=forms.particulars_of(employee))
    if request.method == "POST" and form.is_valid():
        people_verbs.update_employee(
            employee=employee, by=me(request), now=timezone.now(), **form.cleaned_data
        )
        messages.success(request, _("Saved."))
        return redirect("staff:person", pk=pk)
    context = {"form": form, "person": employee}
    return render(request, "staff/edit.html", context, status=422 if form.errors else 200)


@require_POST
@needs("staff.manage")
def appoint(request: HttpRequest, pk: int) -> HttpResponse:
    employee, now = selectors.access_employee(pk), timezone.now()
    form = forms.NewAppointment(request.POST)
    if not form.is_valid():
        return _person_again(request, employee, form)
    start, end = form.span(now)
    given = {name: form.cleaned_data[name] for name in ("position", "acting", "reason")}
    try:
        made = proposal_verbs.propose_appointment(
            employee=employee, start=start, end=end, by=me(request), now=now, **given
        )
    except Refused as refusal:
        return _person_again(request, employee, form, refusal)
    waits = isinstance(made, Proposal)
    messages.success(
        request, _("Proposed: it counts once a second person has confirmed it.") if waits else _("Appointed.")
    )
    return redirect("staff:person", pk=pk)


@require_POST
@needs("staff.manage")
def end_appointment(request: HttpRequest, pk: int) -> HttpResponse:
    form = forms.Reason(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    ended = post_verbs.end_appointment(appointment_id=pk, by=me(request), now=timezone.now(), reason=reason)
    messages.success(request, _("The appointment has ended."))
    return redirect("staff:person", pk=ended.employee_id)


@require_POST
@needs("staff.manage")
def set_active(request: HttpRequest, pk: int) -> HttpResponse:
    employee, active = selectors.access_employee(pk), request.POST.get("active") == "1"
    people_verbs.set_active(employee=employee, active=active, by=me(request), now=timezone.now())
    messages.success(
        request, _("May sign in again.") if active else _("May no longer sign in; every session has ended.")
    )
    return redirect("staff:person", pk=pk)


@require_POST
@needs("staff.manage")
def reset_password(request: HttpRequest, pk: int) -> HttpResponse:
    employee = selectors.access_employee(pk)
    done = proposal_verbs.propose_reset(
        employee=employee, kind=Proposal.Kind.PASSWORD, by=me(request), now=timezone.now()
    )
    if isinstance(done, Proposal):
        return _proposed(request, pk)
    return show_password(request, employee, done)


@require_POST
@needs("staff.manage")
def reset_second_factor(request: HttpRequest, pk: int) -> HttpResponse:
    employee = selectors.access_employee(pk)
    done = proposal_verbs.propose_reset(
        employee=employee, kind=Proposal.Kind.SECOND_FACTOR, by=me(request), now=timezone.now()
    )
    if isinstance(done, Proposal):
        return _proposed(request, pk)
    messages.success(request, _("Taken off; another is set up at the next sign-in."))
    return redirect("staff:person", pk=pk)


def _proposed(request: HttpRequest, pk: int) -> HttpResponse:
    messages.success(request, _("Proposed: nothing changes until a second person has confirmed it."))
    return redirect("staff:person", pk=pk)


def show_password(request: HttpRequest, employee: Employee, password: str) -> HttpResponse:
    """Shown in this one answer, kept nowhere, not cached."""
    waiting = second_person.waiting(me(request), timezone.now(), about=employee)
    context = {"person": employee, "password": password, "waiting": waiting}
    response = render(request, "staff/one_time_password.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _person(request: HttpRequest, employee: Employee) -> dict[str, Any]:
    now = timezone.now()
    return {
        "person": employee,
        "appointments": selectors.appointments_of(employee),
        "present": employee.pk in selectors.present_ids(now),
        "timeline": audit.timeline(subject_of(employee)),
        "may_manage": wiring.may(me(request), "staff.manage", now),
        "is_me": employee.pk == me(request).pk,
        "waiting": second_person.waiting(me(request), now, about=employee),
        "takes_second": people_verbs.takes_second(employee, me(request), now),
        "form": forms.NewAppointment(initial={"first_day": timezone.localdate(now).isoformat()}),
        "now": now,
    }


def _person_again(
    request: HttpRequest, employee: Employee, form: Form, refusal: Refused | None = None
) -> HttpResponse:
    _tell(form, refusal)
    context = {**_person(request, employee), "form": form, "appointing": True, "refusal": refusal}
    return render(request, "staff/person.html", context, status=refusal.status if refusal else 422)


def _again(request: HttpRequest, template: str, form: Form, refusal: Refused) -> HttpResponse:
    """The form as it was typed, with what was refused."""
    _tell(form, refusal)
    return render(request, template, {"form": form, "refusal": refusal}, status=refusal.status)


def _tell(form: Form, refusal: Refused | None) -> None:
    if refusal is None:
        return
    named = [wrong for wrong in getattr(refusal, "errors", []) if wrong["path"] in form.fields]
    for wrong in named:
        form.add_error(wrong["path"], wrong["message"])
    if not named:
        form.add_error(None, str(refusal.message))
