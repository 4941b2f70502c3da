"""Incidents of sites: the list, one incident with its acts, contacts at the partner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cms.forms import watch as forms
from cms.forms.acts import ActForm, Offer, refuse
from cms.models import PartnerContact
from cms.selectors import incidents as selectors
from cms.services import incidents as verbs
from cms.services import partner
from office.errors import NotFound, Refused
from office.rulebook.guards import entered, permitted, person

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Door:
    """An act: its words, form and verb, and what is said afterwards."""

    label: StrOrPromise
    form: Callable[..., ActForm]
    verb: Callable[..., object]
    done: StrOrPromise
    timed: bool = False  # the form asks the book of the moment


DOORS = {
    "acknowledge": Door(_("I take it on"), forms.AcknowledgeForm, verbs.acknowledge, _("It is yours now.")),
    "call": Door(
        _("I called the partner"), forms.CallForm, partner.record_call, _("The call is recorded."), timed=True
    ),
    "send": Door(
        _("Send a message to the partner"),
        forms.SendForm,
        partner.send_notice,
        _("The message is on its way. The clock stops when it is taken."),
        timed=True,
    ),
    "resolve": Door(
        _("It is solved"), forms.ResolveForm, verbs.resolve, _("Solved. The post-mortem is due.")
    ),
    "close": Door(_("Close with a post-mortem"), forms.CloseForm, verbs.close, _("The incident is closed.")),
    "note": Door(_("Note something"), forms.NoteForm, verbs.add_note, _("Noted.")),
}


@require_GET
@permitted("cms.watch")
def incidents(request: HttpRequest) -> HttpResponse:
    """What is open, what is to be learned from, what is over."""
    tab = request.GET.get("tab", "live")
    tab = tab if tab in selectors.TABS else "live"
    before = request.GET.get("before", "")
    found = selectors.listed(tab, before=int(before) if before.isdecimal() and len(before) < 18 else None)
    context = {
        "tab": tab,
        "tabs": [(word, name) for word, (name, _states) in selectors.TABS.items()],
        "lines": found[: selectors.PAGE],
        "following": found[selectors.PAGE - 1].incident.pk if len(found) > selectors.PAGE else None,
    }
    return render(request, "cms/incidents.html", context)


@require_http_methods(["GET", "POST"])
@permitted("cms.watch")
def report(request: HttpRequest) -> HttpResponse:
    """Somebody saw something."""
    form = forms.ReportForm(request.POST or None, initial={"site": request.GET.get("site", "")})
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            opened = verbs.report_incident(
                site_id=typed["site"].pk,
                kind=typed["kind"],
                title=typed["title"],
                detail=typed["detail"],
                by=person(request),
                now=timezone.now(),
            )
            messages.success(request, _("Reported. Everybody who handles incidents has been told."))
            return redirect("cms:incident", pk=opened.pk)
        except Refused as refused:
            refuse(form, refused)
    status = 422 if request.method == "POST" else 200
    return render(request, "cms/incident_new.html", {"form": form}, status=status)


@require_GET
@permitted("cms.watch")
def incident(request: HttpRequest, pk: int) -> HttpResponse:
    """Facts, what can be done now and by whom, the timeline."""
    return show(request, pk)


def show(
    request: HttpRequest,
    pk: int,
    *,
    bound: dict[str, ActForm] | None = None,
    refusal: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of an incident, with what was refused and typed."""
    page = selectors.incident_page(pk, entered(request).permissions)
    offers = [_offer(key, page, bound or {}, first=place == 0) for place, key in enumerate(page.acts)]
    lost = [form for key, form in (bound or {}).items() if key not in page.acts]
    context = {"page": page, "incident": page.incident, "offers": offers, "refused": refusal, "lost": lost}
    return render(request, "cms/incident.html", context, status=status)


def _offer(key: str, page: selectors.IncidentPage, bound: dict[str, ActForm], *, first: bool) -> Offer:
    door = DOORS[key]
    form = bound.get(key) or _form(door, initial={"seen": page.incident.version})
    return Offer(key, door.label, form, main=first, opened=key in bound or (first and not bound))


def _form(door: Door, *args: Any, **kwargs: Any) -> ActForm:
    return door.form(*args, **kwargs, **({"now": timezone.now()} if door.timed else {}))


@require_POST
@permitted("cms.watch")
def act(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Parse, do, show. What was refused shows the incident as it is now, with what was typed."""
    door = DOORS.get(key)
    if door is None:
        raise Http404
    form = _form(door, request.POST)
    if not form.is_valid():
        return show(request, pk, bound={key: form}, status=422)
    try:
        door.verb(incident_id=pk, by=person(request), now=timezone.now(), **form.arguments())
    except NotFound:
        raise
    except Refused as refused:
        refuse(form, refused)
        return show(request, pk, bound={key: form}, refusal=refused, status=refused.status)
    messages.success(request, str(door.done))
    return redirect("cms:incident", pk=pk)


@require_http_methods(["GET", "POST"])
@permitted("cms.site_upkeep")
def contacts(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Who is told at the partner: the list, and one to add or change."""
    found = None if pk is None else PartnerContact.objects.filter(pk=pk).first()
    if pk is not None and found is None:
        raise Http404
    initial = {name: getattr(found, name) for name in ("name", "phone", "email", "active")} if found else None
    form = forms.ContactForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            partner.save_contact(contact_id=pk, **form.cleaned_data, by=person(request), now=timezone.now())
            messages.success(request, _("Saved."))
            return redirect("cms:contacts")
        except Refused as refused:
            refuse(form, refused)
    context = {
        "form": form,
        "contact": found,
        "contacts": PartnerContact.objects.order_by("-active", "name"),
        "partners": partner.partners(timezone.now()),
    }
    return render(request, "cms/contacts.html", context, status=422 if request.method == "POST" else 200)
