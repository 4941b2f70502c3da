"""One order: its page, its drawer beside the list, its paper, and every act on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from office.errors import Invalid, NotFound, Refused
from office.rulebook.guards import entered, permitted, person
from orders.beside import beside
from orders.forms import desk as forms
from orders.selectors.detail import Detail, detail, open_callbacks
from orders.selectors.order import VIEW, Viewer, viewer
from orders.services import desk as verbs
from orders.services.desk.reasons import ReturnReason


@dataclass(frozen=True, slots=True)
class Door:
    """An act's form, verb, what is said when it was done, and arguments that no form decides."""

    form: type[forms.ActForm]
    verb: Callable[..., Any]
    done: Any
    fixed: tuple[tuple[str, str], ...] = ()


DOORS: dict[str, Door] = {
    "accept": Door(forms.UnseenForm, verbs.accept_order, ""),
    "contact": Door(forms.ContactForm, verbs.record_contact, _("The contact is recorded.")),
    "confirm": Door(forms.NotedForm, verbs.confirm_order, _("Confirmed.")),
    "invalid": Door(forms.InvalidForm, verbs.mark_invalid, _("Marked as invalid.")),
    "hand-over": Door(forms.PlainForm, verbs.hand_over, _("Handed over to product operations.")),
    "take": Door(forms.UnseenForm, verbs.take_order, _("Taken. It is yours to follow.")),
    "close": Door(forms.NotedForm, verbs.close_order, _("Closed.")),
    "cancel": Door(forms.CancelForm, verbs.cancel_order, _("Cancelled.")),
    "replace": Door(forms.ReplaceForm, verbs.replace_order, _("Replaced. Both orders say so of each other.")),
    "after-sales": Door(forms.AfterSalesForm, verbs.record_after_sales, _("Recorded beside the order.")),
    "reassign": Door(forms.ReassignForm, verbs.reassign_order, _("Reassigned.")),
    "give-back": Door(
        forms.NotedForm,
        verbs.return_to_pool,
        _("Back in the pool."),
        (("reason", ReturnReason.GIVEN_BACK.value),),
    ),
    "return": Door(
        forms.NotedForm,
        verbs.return_to_pool,
        _("Back in the pool."),
        (("reason", ReturnReason.SUPERVISOR.value),),
    ),
    "note": Door(forms.NoteForm, verbs.add_note, _("Noted.")),
    "unmask": Door(forms.UnmaskForm, verbs.unmask_customer, ""),
}


@require_GET
@permitted(VIEW)
def order(request: HttpRequest, pk: int) -> HttpResponse:
    """Facts, what can be done now and by whom, timeline."""
    return show(request, pk)


@require_GET
@permitted(VIEW)
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """The order on one page of A4."""
    who = viewer_of(request)
    return render(request, "orders/print.html", {"detail": detail(who, pk), "who": who})


@require_POST
@permitted(VIEW)
def act(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Parse, do, show. What was refused shows the order as it is now, with what was typed."""
    door = DOORS.get(key)
    if door is None:
        raise Http404
    by, now = person(request), timezone.now()
    form = door.form(request.POST, who=viewer_of(request, now))
    if not form.is_valid():
        return show(request, pk, bound={key: form}, status=422)
    try:
        door.verb(order_id=pk, by=by, now=now, **form.arguments(), **dict(door.fixed))
        if isinstance(form, forms.ContactForm) and form.wants_confirmation:
            verbs.confirm_order(order_id=pk, by=by, now=now)
            key, door = "confirm", DOORS["confirm"]
    except NotFound:
        raise
    except Refused as refusal:
        return _refused(request, pk, key, form, refusal)
    return answer(request, pk, done=key, words=door.done)


@require_POST
@permitted(VIEW)
def callback_done(request: HttpRequest, pk: int) -> HttpResponse:
    """A call-back was made."""
    note = verbs.finish_callback(note_id=pk, by=person(request), now=timezone.now())
    return answer(request, note.order_id, done="callback", words=_("Call-back done."))


def viewer_of(request: HttpRequest, now: datetime | None = None) -> Viewer:
    """Who looks, with what the door has found out."""
    return viewer(person(request), now or timezone.now(), entered(request).permissions)


def answer(request: HttpRequest, pk: int, *, done: str, words: Any = "") -> HttpResponse:
    """After an act: the drawer again for htmx, which also tells the list; else back to where the form was."""
    if request.htmx:  # type: ignore[attr-defined]
        try:
            response = show(request, pk)
        except NotFound:  # he may no longer see it: given back, for one
            response = HttpResponse("")
        told: dict[str, Any] = {"desk:done": {"order": pk, "act": done}}
        if words:
            told["toast"] = {"text": str(words), "tone": "good"}
        response["HX-Trigger"] = json.dumps(told)
        return response
    if words:
        messages.success(request, words)
    if done == "accept":  # what comes next is the call, not the list
        return HttpResponseRedirect(reverse("orders:order", args=[pk]) + "#contact")
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = reverse("orders:order", args=[pk])
    return HttpResponseRedirect(back)


def show(
    request: HttpRequest,
    pk: int,
    *,
    bound: dict[str, forms.ActForm] | None = None,
    refusal: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    """The order as drawer (htmx) or page. Raises NotFound."""
    who = viewer_of(request)
    found = detail(who, pk)
    drawer = bool(request.htmx)  # type: ignore[attr-defined]
    context = {
        "detail": found,
        "who": who,
        "forms": {key.replace("-", "_"): form for key, form in _forms(found, who, bound or {}).items()},
        "opened": next(iter(bound or {}), found.first),
        "refusal": refusal,
        "callbacks": open_callbacks(found.notes),
        "drawer": drawer,
        "beside": [] if drawer else beside(who, pk),
    }
    response = render(
        request, "orders/_drawer.html" if drawer else "orders/order.html", context, status=status
    )
    if drawer and status >= 400:
        response["HX-Retarget"] = "#drawer"
        response["HX-Reswap"] = "innerHTML"
    return response


def _refused(request: HttpRequest, pk: int, key: str, form: forms.ActForm, refusal: Refused) -> HttpResponse:
    if isinstance(refusal, Invalid):
        for error in refusal.errors:
            form.add_error(error["path"] if error["path"] in form.fields else None, error["message"])
    try:
        return show(request, pk, bound={key: form}, refusal=refusal, status=refusal.status)
    except NotFound:
        raise refusal from None  # it is somebody else's now: said without the order


def _forms(found: Detail, who: Viewer, bound: dict[str, forms.ActForm]) -> dict[str, forms.ActForm]:
    """One form per act that this viewer may do now."""
    keys = [offer.act.key for offer in found.offers if offer.allowed]
    if found.may_write:
        keys.append("note")
    if found.can_unmask:
        keys.append("unmask")
    return {
        **{key: DOORS[key].form(who=who, initial={"seen": found.progress.version}) for key in keys},
        **bound,
    }
