"""Complaints for the office: the list, the form, one complaint with its acts, its files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contracts import sales
from contracts.forms import complaints as forms
from contracts.limits import door_limits
from contracts.models import ComplaintAnswer
from contracts.selectors import complaints as selectors
from contracts.services.complaints import deciding, filing
from office.audit import api as audit
from office.errors import NotFound, Refused
from office.files import api as files
from office.rulebook import api as rulebook
from office.rulebook.guards import entered, permitted, person

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ACCEPT = "image/*,application/pdf"
State = selectors.State


@dataclass(frozen=True, slots=True)
class Door:
    """An act: its words, form and verb, what is said afterwards, the effect spelled out."""

    label: StrOrPromise
    form: type[forms.ActForm]
    verb: Callable[..., object]
    done: StrOrPromise
    ask: StrOrPromise = ""


DOORS = {
    "decide": Door(
        _("Decide who is liable"),
        forms.DecideForm,
        deciding.decide,
        _("Decided. The supplier is asked for its answer."),
    ),
    "word": Door(_("Record the customer’s word"), forms.WordForm, deciding.customer_says, _("Recorded.")),
    "charge": Door(
        _("Put it into the statement"),
        forms.ChargeForm,
        deciding.charge,
        _("It stands in the supplier’s statement."),
        _("The supplier’s part is set off against what we owe it. It is on record that you did so."),
    ),
    "withdraw": Door(
        _("Withdraw the complaint"),
        forms.WithdrawForm,
        filing.withdraw,
        _("Withdrawn."),
        _("It is not gone on with. To take it up again, fill in a new form."),
    ),
}


@require_GET
@permitted(filing.PERMISSION)
@never_cache
def complaints(request: HttpRequest) -> HttpResponse:
    """Open ones first; by state; newest first."""
    state = request.GET.get("state", "open")
    before = request.GET.get("before", "")
    found = selectors.listed(
        state=state,
        before=int(before) if before.isdecimal() and before.isascii() and len(before) < 18 else None,
    )
    context = {
        "rows": selectors.with_clocks(found[: selectors.PAGE]),
        "more": found[selectors.PAGE - 1].pk if len(found) > selectors.PAGE else None,
        "state": state,
        "tabs": [("open", _("Not closed yet")), *State.choices],
        "settles": deciding.SETTLE in entered(request).permissions,
    }
    return render(request, "contracts/complaints.html", context)


@require_http_methods(["GET", "POST"])
@permitted(filing.PERMISSION)
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """The complaint form, with what the customer's order says of the goods."""
    me, now = person(request), timezone.now()
    typed = request.GET.get("sale", "")
    sale = (
        sales.find(me, int(typed), now) if typed.isdecimal() and typed.isascii() and len(typed) < 18 else None
    )
    if typed and sale is None:
        raise NotFound(_("There is no such order, or nothing that you may see."))
    form = forms.NewComplaintForm(request.POST or None, sale=sale, initial=_initial(sale))
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            made = filing.file_complaint(filled=form.filled(), by=me, now=now)
            messages.success(request, _("Filed. Add photographs now."))
            return redirect("contracts:complaint", pk=made.pk)
        except Refused as refused:
            forms.refuse(form, refused)
            status = refused.status
    return render(request, "contracts/complaint_new.html", {"form": form, "sale": sale}, status=status)


def _initial(sale: sales.Sale | None) -> dict[str, Any]:
    if sale is None or len(sale.lines) != 1:
        return {"kind": "delivery"}
    [line] = sale.lines
    return {"kind": "delivery", "goods": line.title[:120], "sku": line.sku, "quantity": line.quantity}


@require_GET
@permitted(filing.PERMISSION)
@never_cache
def complaint(request: HttpRequest, pk: int) -> HttpResponse:
    return show(request, pk)


@require_POST
@permitted(filing.PERMISSION)
def act(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Parse, do, show. What was refused shows the complaint as it is now, with what was typed."""
    door = DOORS.get(key)
    if door is None:
        raise Http404
    form = door.form(request.POST)
    if not form.is_valid():
        return show(request, pk, bound={key: form}, status=422)
    try:
        door.verb(complaint_id=pk, by=person(request), now=timezone.now(), **form.arguments())
    except NotFound:
        raise
    except Refused as refused:
        forms.refuse(form, refused)
        return show(request, pk, bound={key: form}, status=refused.status)
    messages.success(request, str(door.done))
    return redirect("contracts:complaint", pk=pk)


@permitted(filing.PERMISSION)
@files.takes_files(door_limits)
@require_POST
def add_file(request: HttpRequest, pk: int) -> HttpResponse:
    """A photograph; "for us only" keeps it from the supplier."""
    part = request.headers.get("X-Upload") == "1"
    now = timezone.now()
    try:
        content, name = files.sent_file(request, door_limits(now))
        kept = filing.add_file(
            complaint_id=pk,
            content=content,
            name=name,
            shared=request.POST.get("private") != "1",
            by=person(request),
            now=now,
        )
    except NotFound:
        raise
    except Refused as refused:
        if part:
            answer = {"refused": refused}
            return render(request, "contracts/door/_upload_refused.html", answer, status=refused.status)
        messages.error(request, str(refused.message))
        return show(request, pk, status=refused.status)
    if part:
        return render(request, "contracts/door/_upload_kept.html", {"file": kept.file})
    return redirect("contracts:complaint", pk=pk)


@require_GET
@permitted(filing.PERMISSION)
def file(request: HttpRequest, pk: int, file: int) -> HttpResponseBase:
    for each in selectors.page(pk).files:
        if each.pk == file:
            if "small" in request.GET:
                return files.serve_preview(request, each.file)
            return files.serve(request, each.file)
    raise NotFound(_("There is no such file."))


def show(
    request: HttpRequest, pk: int, *, bound: dict[str, forms.ActForm] | None = None, status: int = 200
) -> HttpResponse:
    """Facts, what can be done now and by whom, timeline. Raises NotFound."""
    page, now = selectors.page(pk), timezone.now()
    complaint = page.complaint
    sale = sales.find(person(request), complaint.sale_id, now) if complaint.sale_id else None
    context = {
        "page": page,
        "complaint": complaint,
        "form": complaint.form,
        "sale_url": sale.url if sale else "",
        "offers": _offers(request, page, bound or {}),
        "words": list(complaint.words.select_related("by").order_by("-pk")),
        "disputes": list(complaint.disputes.order_by("-pk")),
        "may_dispute": deciding.SETTLE in entered(request).permissions,
        "takes_files": complaint.state in selectors.OPEN,
        "accept": ACCEPT,
        "max_bytes": door_limits(now).largest(),
        "rows": audit.timeline(complaint.subject),
        "both": rulebook.parameter_rule("contracts.liability_places", at=now).integer("both_percent"),
    }
    return render(request, "contracts/complaint.html", context, status=status)


def _offers(request: HttpRequest, page: selectors.Page, bound: dict[str, forms.ActForm]) -> list[forms.Offer]:
    complaint, now = page.complaint, timezone.now()
    settles = deciding.SETTLE in entered(request).permissions
    objected = page.answer is not None and page.answer.word == ComplaintAnswer.Word.OBJECT
    keys = []
    own = complaint.created_by_id == person(request).pk
    if (
        settles
        and not own
        and (complaint.state == State.FILED or (complaint.state == State.ANSWERED and objected))
    ):
        keys.append("decide")
    if complaint.state in (State.DECIDED, State.ANSWERED):
        keys.append("word")
    charged = hasattr(complaint, "charge")
    may_charge = complaint.state in (State.ANSWERED, State.CLOSED) or selectors.silent(complaint, now)
    owed = page.decision is not None and page.decision.charge > 0 and not charged
    if settles and owed and may_charge and not objected:
        keys.append("charge")
    if complaint.state == State.FILED:
        keys.append("withdraw")
    initial = {
        "seen": complaint.version,
        "liable": page.decision.liable if page.decision else complaint.form.proposed,
        "cost": page.decision.cost if page.decision else None,
    }
    return [
        forms.Offer(
            key,
            DOORS[key].label,
            bound.get(key) or DOORS[key].form(initial=initial),
            main=place == 0,
            ask=DOORS[key].ask,
            opened=key in bound or (not bound and place == 0),
        )
        for place, key in enumerate(keys)
    ] + [
        forms.Offer(key, DOORS[key].label, form, opened=True)
        for key, form in bound.items()
        if key not in keys
    ]
