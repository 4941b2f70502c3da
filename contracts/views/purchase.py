"""Purchase orders for buyers.

The job: see which order waits for me, move it on by one act, and prove later how it came about. Gone wrong
first: an act that cannot be done now is not offered, and the page says what is missing and whose turn it is; a
late line is seen at once; whoever may not see money sees none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contracts.forms import purchase as forms
from contracts.forms.choosing import SupplierFilter
from contracts.forms.losses import StandForm
from contracts.limits import upload_limits
from contracts.models import PurchaseOrder
from contracts.order_subjects import order_subject
from contracts.selectors import account, money_pages, read_out
from contracts.selectors import losses as losses_of
from contracts.selectors import purchase as selectors
from contracts.selectors import ready as standing_ready
from contracts.selectors.ready import ReadyToShip
from contracts.services import (
    accepting,
    ending,
    first_sample,
    handovers,
    inspecting,
    ordering,
    proving,
    ready,
    reports,
    returning,
    samples,
    shipping,
    whole,
)
from contracts.services.sides import INSPECT, ORDER, RECEIVE
from contracts.views import losses
from office.approvals import api as approvals
from office.audit import api as audit
from office.errors import Forbidden, Invalid, NotFound, Refused
from office.files import api as files
from office.rulebook.guards import entered, permitted, person

VIEW, MONEY, SETTLE = "contracts.view", "contracts.money", "contracts.settle"


def explain(form: BaseForm, refused: Refused) -> None:
    """What a verb refused, beside the fields it speaks of, else above the form."""
    told = refused.errors if isinstance(refused, Invalid) else []
    for error in told:
        form.add_error(error["path"] if error["path"] in form.fields else None, error["message"])
    if not told:
        form.add_error(
            "file" if isinstance(refused, files.FileRefused) and "file" in form.fields else None,
            str(refused.message),
        )


def number(text: str | None) -> int | None:
    """A key out of an address; None for what is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None


def kept(request: HttpRequest, field: str = "file") -> Any:
    """The form's file as it is kept, None for none. Raises FileRefused."""
    if field not in request.FILES:
        return None
    now = timezone.now()
    content, name = files.sent_file(request, upload_limits(now), field)
    return files.keep_file(content=content, name=name, by=person(request), now=now, limits=upload_limits(now))


@require_http_methods(["GET", "POST"])
@permitted(VIEW)
def orders(request: HttpRequest) -> HttpResponse:
    """Orders by what they wait for; a new one is begun here."""
    may = ORDER in entered(request).permissions
    form = forms.NewOrderForm(request.POST or None)
    if request.method == "POST":
        if not may:
            raise PermissionDenied(ORDER)
        if form.is_valid():
            try:
                made = ordering.draft_order(
                    supplier_id=form.cleaned_data["supplier"].pk, note=form.cleaned_data["note"],
                    by=person(request), now=timezone.now(),
                )  # fmt: skip
                return redirect("contracts:order", made.pk)
            except Invalid as refused:
                explain(form, refused)
    tab = request.GET.get("tab", "open")
    tab = tab if tab in selectors.TABS else "open"
    narrow = SupplierFilter(request.GET, auto_id="narrow-%s")
    supplier, chosen = narrow.narrowed()
    rows, following = selectors.order_list(
        tab, supplier, number(request.GET.get("before")), timezone.localdate()
    )
    narrowed = {"tab": tab, **chosen}
    context = {
        "rows": [(row, selectors.waits_for(row.state)) for row in rows],
        "tab": tab,
        "narrow": narrow,
        "form": form,
        "may": may,
        "money": MONEY in entered(request).permissions,
        "first_url": f"?{urlencode(narrowed)}" if request.GET.get("before") else "",
        "next_url": f"?{urlencode({**narrowed, 'before': following})}" if following else "",
    }
    return render(request, "contracts/orders.html", context, status=422 if request.method == "POST" else 200)


@require_GET
@permitted(VIEW)
def order(request: HttpRequest, pk: int) -> HttpResponse:
    """Facts, what can be done now, timeline."""
    return order_page(request, selectors.access_order(pk))


@dataclass(frozen=True, slots=True)
class Act:
    """Something that can be done to an order: in which states, by which form and verb. `first`: it leads on."""

    label: Any
    within: tuple[str, ...]
    form: type[forms.OfOrder]
    verb: Callable[[HttpRequest, PurchaseOrder, Any], Any]
    first: bool = False
    warning: Any = ""


def _offered(key: str, found: ReadyToShip | None) -> bool:
    """What stands ready is stated, and leaves, only under a contract that is paid before shipping."""
    if key == "ready":
        return found is not None and found.to_state
    if key == "ready_back":
        return found is not None and any(each.untouched for each in found.standing)
    return key != "ship" or found is None or found.may_leave


def _by(request: HttpRequest) -> dict[str, Any]:
    return {"by": person(request), "now": timezone.now()}


_HAND = ("returned", "deemed_accepted")
_LIVE = (*_HAND, "producing", "shipped")
ACTS: dict[str, Act] = {
    "issue": Act(
        gettext_lazy("Sign the order"), ("draft",), forms.NothingForm,
        lambda request, order, form: ordering.issue_order(order_id=order.pk, **_by(request)), True,
        gettext_lazy("Its lines stay as they are from then on."),
    ),
    "send": Act(
        gettext_lazy("Send it"), ("issued",), forms.SendForm,
        lambda request, order, form: ordering.send_order(order_id=order.pk, **form.cleaned_data, **_by(request)), True,
    ),
    "return": Act(
        gettext_lazy("File the countersigned order that came by post"), ("sent", "deemed_accepted"), forms.ReturnForm,
        lambda request, order, form: returning.return_order(
            order=order, file=kept(request), text=form.cleaned_data["text"], **_by(request)),
    ),
    "first_ours": Act(
        gettext_lazy("Confirm the first sample"), _HAND, forms.NothingForm,
        lambda request, order, form: first_sample.confirm(order=order, **_by(request)), True,
    ),
    "first_theirs": Act(
        gettext_lazy("File the supplier’s confirmation that came by post or message"), _HAND, forms.OnBehalfForm,
        lambda request, order, form: first_sample.confirm(
            order=order, for_supplier=True, file=kept(request), text=form.cleaned_data["text"], **_by(request)),
    ),
    "first_refuse": Act(
        gettext_lazy("Refuse the first sample"), _HAND, forms.ReasonForm,
        lambda request, order, form: first_sample.refuse(order=order, **form.cleaned_data, **_by(request)),
    ),
    "produce": Act(
        gettext_lazy("Let production begin"), _HAND, forms.NothingForm,
        lambda request, order, form: first_sample.start_production(order=order, **_by(request)), True,
    ),
    "sample": Act(
        gettext_lazy("Name the sample of a line"), ("draft", "issued", "sent", *_HAND), forms.SampleOfLineForm,
        lambda request, order, form: samples.name_sample(order_id=order.pk, **form.cleaned_data, **_by(request)),
    ),
    "report": Act(
        gettext_lazy("File a report on a process step"), ("producing", "shipped"), forms.ReportForm,
        lambda request, order, form: reports.give_report(
            **{**form.cleaned_data, "file": kept(request)}, **_by(request)),
    ),
    "ready": Act(
        gettext_lazy("State goods ready to ship"), ("producing", "shipped"), forms.ReadyForm,
        lambda request, order, form: ready.state_ready(order=order, lines=form.pieces(), **_by(request)),
        False, gettext_lazy("Their balance falls due. They leave once it is paid."),
    ),
    "ready_back": Act(
        gettext_lazy("Not ready after all"), ("producing", "shipped"), forms.ReadyBackForm,
        lambda request, order, form: ready.take_back(order=order, **form.cleaned_data, **_by(request)),
    ),
    "ship": Act(
        gettext_lazy("Note a delivery"), ("producing", "shipped"), forms.ShipForm,
        lambda request, order, form: shipping.ship(
            order=order, lines=form.pieces(), number=form.cleaned_data["number"],
            carrier=form.cleaned_data["carrier"], note=kept(request, "note"), **_by(request)),
    ),
    "place": Act(
        gettext_lazy("Agree to another warehouse"), _LIVE, forms.PlaceForm,
        lambda request, order, form: shipping.change_place(order_id=order.pk, **form.cleaned_data, **_by(request)),
    ),
    "delay": Act(
        gettext_lazy("Judge a delay"), _LIVE, forms.DelayForm,
        lambda request, order, form: ending.judge_delay(order_id=order.pk, **form.cleaned_data, **_by(request)),
    ),
    "design": Act(
        gettext_lazy("Hand a design over"), ("issued", "sent", *_HAND, "producing"), forms.DesignForm,
        lambda request, order, form: _hand_over(request, order, form),
    ),
    "cancel": Act(
        gettext_lazy("Ask to cancel the order"), ("sent", *_HAND, "producing"), forms.EndForm,
        lambda request, order, form: ending.ask_to_end(
            order_id=order.pk, mode="cancel", **form.cleaned_data, **_by(request)),
    ),
    "end": Act(
        gettext_lazy("Ask to end the rest"), ("shipped",), forms.EndForm,
        lambda request, order, form: ending.ask_to_end(
            order_id=order.pk, mode="end", **form.cleaned_data, **_by(request)),
    ),
    "discard": Act(
        gettext_lazy("Throw it away"), ("draft", "issued"), forms.ReasonForm,
        lambda request, order, form: ordering.discard_order(order_id=order.pk, **form.cleaned_data, **_by(request)),
        False, gettext_lazy("It cannot be taken up again."),
    ),
}  # fmt: skip


def _hand_over(request: HttpRequest, order: PurchaseOrder, form: Any) -> Any:
    content, name = files.sent_file(request, upload_limits())
    return handovers.hand_over(
        content=content, name=name, order=order, contact_id=form.cleaned_data["contact_id"],
        purpose=form.cleaned_data["purpose"], **_by(request),
    )  # fmt: skip


@require_POST
@permitted(ORDER)
@files.takes_files(upload_limits)
def order_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """One of the ACTS."""
    found = selectors.access_order(pk)
    known = ACTS.get(act)
    if known is None:
        raise Http404
    form = known.form(request.POST, request.FILES, order=found)
    if form.is_valid():
        try:
            known.verb(request, found, form)
        except (Forbidden, NotFound):
            raise
        except Refused as refused:
            explain(form, refused)
        else:
            messages.success(request, _("Done."))
            return redirect("contracts:order", pk)
    return order_page(request, selectors.access_order(pk), bound={act: form}, status=422)


def order_page(
    request: HttpRequest, found: PurchaseOrder, *, bound: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    me, now, bound = person(request), timezone.now(), bound or {}
    permissions = entered(request).permissions
    rows = selectors.line_rows(found, timezone.localdate())
    way = selectors.gates(found, rows)
    decided = whole.takes_decisions(found)
    agreed = all(gate.done for gate in way[4:6])  # signed samples, first sample
    prepaid = standing_ready.to_ship(found, {row.line.pk: row.tally for row in rows})
    offered = [
        (key, act, bound.get(key) or act.form(order=found))
        for key, act in ACTS.items()
        if ORDER in permissions and (found.state in act.within or (key == "report" and decided))
        and (key in bound or ((key != "produce" or agreed) and _offered(key, prepaid)))
    ]  # fmt: skip
    evidence = selectors.evidence_of(found)
    money = MONEY in permissions
    owed, claimed = money_pages.of_order(found) if money else ([], [])
    deciding = selectors.undecided(found) if INSPECT in permissions and decided else []
    context = {
        "order": found,
        "held_up": standing_ready.held_up(found, [row.tally for row in rows]),
        "rows": rows,
        "total": sum((row.amount for row in rows), start=0),
        "gates": way,
        "clocks": selectors.clocks(found, [row.line for row in rows]),
        "evidence": evidence,
        "unproven": proving.unproven(evidence),
        "read_out": read_out.of_orders([found.pk]) if found.opened_at else [],
        "papers": selectors.papers_of(found),
        "reports": selectors.reports_of(found),
        "deliveries": selectors.deliveries_of(found),
        "accepted": selectors.accepted_of(found),
        "handovers": selectors.handovers_of(found) if ORDER in permissions else [],
        "claims": [
            (each, _stand_form(each, bound) if SETTLE in permissions else None)
            for each in losses_of.claimed(found.claims.all(), now)
        ],
        "rectifications": selectors.rectifications_of(found),
        "runs": approvals.runs_about(order_subject(found), me, now),
        "first": [each for each in offered if each[1].first],
        "others": [each for each in offered if not each[1].first],
        "opened": next(iter(bound), ""),
        "deciding": [
            (
                row,
                left,
                bound.get(f"accept-{row.pk}")
                or forms.AcceptForm(prefix=f"a{row.pk}", initial={"accepted": left}),
            )
            for row, left in deciding
        ],
        "inspect": bound.get("inspect", forms.InspectForm(order=found))
        if INSPECT in permissions and found.state in ("producing", "shipped")
        else None,
        "may_order": ORDER in permissions,
        "may_receive": RECEIVE in permissions and found.state in ("shipped", "closed"),
        "may_claim": ORDER in permissions and found.state in losses.STATES,
        "money": money,
        "owed": owed,
        "claimed": claimed,
        "today": timezone.localdate(),
        "prepaid": prepaid,
        "frozen": prepaid is not None and prepaid.waits and account.withheld(found.supplier_id) > 0,
        "waits": selectors.waits_for(found.state),
        "timeline": audit.timeline(order_subject(found), latest=100),
    }
    return render(request, "contracts/order.html", context, status=status)


def _stand_form(each: losses_of.Claimed, bound: dict[str, Any]) -> BaseForm | None:
    """Where somebody has to say what follows from the supplier's answer, or from its silence."""
    said: BaseForm | None = bound.get(f"stand-{each.claim.pk}")
    return said or (StandForm(auto_id=f"stand-{each.claim.pk}-%s") if each.to_decide else None)


@require_http_methods(["GET", "POST"])
@permitted(ORDER)
def line(request: HttpRequest, pk: int, line_id: int | None = None) -> HttpResponse:
    """A line of a draft, new or written anew."""
    found = selectors.access_order(pk)
    old = found.lines.filter(pk=line_id).prefetch_related("steps").first() if line_id else None
    if found.state != "draft" or (line_id and old is None):
        raise NotFound(_("There is no such line."))
    initial: dict[str, Any] = {"warehouse": forms.place_of(found, timezone.now())}
    if old is not None:
        names = ("name", "sku", "spec", "quantity", "unit_price", "due_on", "warehouse", "design_owner",
                 "trademark_licensed", "sample_id")  # fmt: skip
        initial = {name: getattr(old, name) for name in names}
        initial["steps"] = "\n".join(step.name for step in old.steps.all())
    form = forms.LineForm(request.POST or None, order=found, initial=initial)
    if request.method == "POST" and request.POST.get("drop") and old is not None:
        ordering.drop_line(order_id=pk, line_id=old.pk, **_by(request))
        return redirect("contracts:order", pk)
    if request.method == "POST" and form.is_valid():
        try:
            ordering.put_line(order_id=pk, line_id=line_id, wish=form.wish(), **_by(request))
            return redirect("contracts:order", pk)
        except (Forbidden, NotFound):
            raise
        except Refused as refused:
            explain(form, refused)
    status = 422 if request.method == "POST" else 200
    return render(
        request, "contracts/order_line.html", {"order": found, "form": form, "old": old}, status=status
    )


@require_GET
@permitted(VIEW)
def paper(request: HttpRequest, pk: int, file_id: int) -> HttpResponseBase:
    """A paper of the order."""
    return files.serve(request, selectors.file_of(selectors.access_order(pk), file_id))


@require_POST
@permitted(ORDER)
def design(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The marked copy, to be passed on; noted."""
    return files.serve(request, handovers.fetch_design(handover_id=pk, **_by(request)), download=True)


@require_POST
@permitted(INSPECT)
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide about a counted line."""
    found = selectors.access_order(pk)
    row = next(
        (row for row, _left in selectors.undecided(found) if str(row.pk) == request.POST.get("row")), None
    )
    if row is None:
        raise NotFound(_("These goods are decided already, or never came."))
    form = forms.AcceptForm(request.POST, prefix=f"a{row.pk}")
    if form.is_valid():
        data = {key: value for key, value in form.cleaned_data.items() if value is not None}
        try:
            accepting.accept(arrived_id=row.pk, **data, **_by(request))
            messages.success(request, _("Done."))
            return redirect("contracts:order", pk)
        except (Forbidden, NotFound):
            raise
        except Refused as refused:
            explain(form, refused)
    return order_page(request, selectors.access_order(pk), bound={f"accept-{row.pk}": form}, status=422)


@require_POST
@permitted(INSPECT)
def inspect(request: HttpRequest, pk: int) -> HttpResponse:
    """An inspection besides the lottery."""
    found = selectors.access_order(pk)
    form = forms.InspectForm(request.POST, order=found)
    if form.is_valid():
        try:
            made = inspecting.inspect(**form.cleaned_data, **_by(request))
            return redirect("contracts:inspection", made.pk)
        except (Forbidden, NotFound):
            raise
        except Refused as refused:
            explain(form, refused)
    return order_page(request, found, bound={"inspect": form}, status=422)
