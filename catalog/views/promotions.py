"""Promotions: the list with its calendar, the page of one with its plan, its prices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.forms.promotions import GoodsForm, PlanForm, StopForm
from catalog.models import Channel, Promotion
from catalog.selectors import calendar
from catalog.selectors import promotions as selectors
from catalog.selectors.offers import offer_rows
from catalog.services import promotions as verbs
from catalog.services.stopping import STOP, ask_stop
from catalog.subjects import promotion_subject
from catalog.views.answers import explain, number
from catalog.views.goods import COST, VIEW
from office.approvals import api as approvals
from office.audit import api as audit
from office.errors import Invalid, Refused
from office.rulebook.guards import entered, permitted, person


@require_GET
@permitted(VIEW)
def promotions(request: HttpRequest) -> HttpResponse:
    """The latest first, a page by key, beside the calendar of a month."""
    now = timezone.now()
    found = selectors.listed(before=number(request.GET.get("before")), limit=31)
    context = {
        "lines": [
            (each, state, *selectors.STATES[state]) for each, state in calendar.with_states(found[:30], now)
        ],
        "next_url": f"?before={found[29].pk}" if len(found) > 30 else "",
        "first_url": "?" if request.GET.get("before") else "",
        "month": calendar.month_of(_month(request.GET.get("month"), timezone.localdate(now)), now),
        "today": timezone.localdate(now),
        "may_plan": approvals.may_ask(verbs.PLAN, person(request), now),
    }
    return render(request, "catalog/promotions.html", context)


def _month(text: str | None, today: date) -> date:
    try:
        found = date.fromisoformat(f"{text}-01") if text else today
    except ValueError:
        return today
    return found if 2000 <= found.year <= 2200 else today


@require_http_methods(["GET", "POST"])
@permitted(VIEW)
def promotion_new(request: HttpRequest) -> HttpResponse:
    """A plan of one's own; asked about on its page."""
    me, now = person(request), timezone.now()
    if not approvals.may_ask(verbs.PLAN, me, now):
        raise PermissionDenied
    draft = approvals.form_draft(me, verbs.PLAN, "new", _("New promotion"))
    form = PlanForm(request.POST or None, initial=draft.initial)
    made = _saved(request, form, None)
    if made is not None:
        if draft.pk is not None:
            approvals.discard_draft(draft_id=draft.pk, by=me)
        return redirect("catalog:promotion", made.pk)
    context = {"form": form, "draft": draft}
    return render(request, "catalog/promotion_new.html", context, status=422 if form.is_bound else 200)


def _saved(request: HttpRequest, form: PlanForm, pk: int | None) -> Promotion | None:
    """The plan as it is kept; None when the form does not hold."""
    if not form.is_bound or not form.is_valid():
        return None
    given = form.cleaned_data
    try:
        return verbs.save_promotion(
            promotion_id=pk, title=given["title"], goal=given["goal"], starts_at=given["starts_at"],
            ends_at=given["ends_at"], channel_ids=[channel.pk for channel in given["channels"]],
            may_overlap=given["may_overlap"], by=person(request), now=timezone.now(),
        )  # fmt: skip
    except Refused as refused:
        if refused.status == 404:
            raise
        explain(form, refused)
        return None


@require_http_methods(["GET", "POST"])
@permitted(VIEW)
def promotion(request: HttpRequest, pk: int) -> HttpResponse:
    """Facts, what can be done now, the timeline; the planner changes the plan here."""
    me, now = person(request), timezone.now()
    found = selectors.access_promotion(pk)
    may_plan = approvals.may_ask(verbs.PLAN, me, now)
    if request.method == "POST" and not may_plan:
        raise PermissionDenied
    form = PlanForm(request.POST or None, initial=_initial(found))
    if _saved(request, form, pk) is not None:
        messages.success(request, _("Saved."))
        return redirect("catalog:promotion", pk)
    return _page(request, found, form, None, status=422 if form.is_bound else 200)


def _page(
    request: HttpRequest, found: Promotion, form: PlanForm, stop_form: StopForm | None, *, status: int
) -> HttpResponse:
    me, now, pk = person(request), timezone.now(), found.pk
    stop_draft = approvals.form_draft(me, STOP, pk, found.title)
    again = _returned(request, found, STOP)
    said = {"reason": again.payload["reason"]} if again else {}
    may_plan = approvals.may_ask(verbs.PLAN, me, now)
    subject = promotion_subject(found)
    runs = selectors.runs_of([pk])[pk]
    plan = selectors.passed_plan(found)
    state = selectors.state_of(found, now, [run for run in runs if run.live], plan is not None)
    context = {
        "promotion": found,
        "channels": Channel.objects.filter(pk__in=found.channels),
        "state": state,
        "state_name": selectors.STATES[state][0],
        "tone": selectors.STATES[state][1],
        "prices": selectors.prices_of(pk),
        "runs": approvals.runs_about(subject, me, now),
        "timeline": audit.timeline(subject),
        "stop": selectors.stop_of(found),
        "form": form,
        "stop_form": stop_form or StopForm(initial={**said, **stop_draft.initial}),
        "stop_draft": stop_draft,
        "stopping": stop_form is not None or stop_draft.pk is not None or again is not None,
        "may_stop": state in {"waiting", "running"}
        and approvals.may_ask(STOP, me, now)
        and not any(run.live and run.kind == STOP and run.state != "returned" for run in runs),
        "may_plan": may_plan and found.priced_at is None,
        "may_ask_plan": may_plan and state == "planned",
        "may_ask_prices": COST in entered(request).permissions
        and approvals.may_ask(verbs.PRICES, me, now)
        and state == "passed",
        "now": now,
    }
    return render(request, "catalog/promotion.html", context, status=status)


@require_POST
@permitted(VIEW)
def promotion_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask that it stops early, with the reason; or ask again."""
    me, now = person(request), timezone.now()
    if not approvals.may_ask(STOP, me, now):
        raise PermissionDenied
    found, form = selectors.access_promotion(pk), StopForm(request.POST)
    if form.is_valid():
        again = _returned(request, found, STOP)
        try:
            run = ask_stop(promotion_id=pk, reason=form.cleaned_data["reason"], by=me, now=now, again=again)
        except Invalid as refused:
            explain(form, refused)
        else:
            messages.success(request, _("It is asked for that the promotion stops."))
            return redirect("approvals:run", run.pk)
    return _page(request, found, PlanForm(initial=_initial(found)), form, status=422)


def _initial(found: Promotion) -> dict[str, Any]:
    return {
        "title": found.title,
        "goal": found.goal,
        "starts_at": timezone.localtime(found.starts_at).replace(tzinfo=None),
        "ends_at": timezone.localtime(found.ends_at).replace(tzinfo=None),
        "channels": found.channels,
        "may_overlap": found.may_overlap,
    }


@require_POST
@permitted(VIEW)
def promotion_ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand the plan in, or hand it in again."""
    me, now = person(request), timezone.now()
    if not approvals.may_ask(verbs.PLAN, me, now):
        raise PermissionDenied
    again = _returned(request, selectors.access_promotion(pk), verbs.PLAN)
    run = verbs.ask_plan(
        promotion_id=pk, by=me, now=now, comment=request.POST.get("comment", "")[:500], again=again
    )
    messages.success(request, _("The plan is handed in."))
    return redirect("approvals:run", run.pk)


def _returned(request: HttpRequest, found: Promotion, kind: str) -> approvals.Run | None:
    me = person(request)
    runs = approvals.runs_about(promotion_subject(found), me, timezone.now())
    fitting = (
        run for run in runs if run.kind == kind and run.state == "returned" and run.requester_id == me.pk
    )
    return next(fitting, None)


@require_http_methods(["GET", "POST"])
@permitted(COST)
def price_promotion(request: HttpRequest, pk: int) -> HttpResponse:
    """The prices of a promotion whose plan has passed: rows of SKU and channel, added product by product."""
    me, now = person(request), timezone.now()
    if not approvals.may_ask(verbs.PRICES, me, now):
        raise PermissionDenied
    found = selectors.access_promotion(pk)
    again = _returned(request, found, verbs.PRICES)
    draft = approvals.form_draft(me, verbs.PRICES, pk, found.title)
    typed = request.POST if request.method == "POST" else draft.data
    picked = GoodsForm(request.GET if request.GET.get("product") else None)
    extra = picked.cleaned_data["product"] if picked.is_bound and picked.is_valid() else None
    rows = offer_rows(found, typed, again, extra, now)
    refusal: Refused | None = None
    if request.method == "POST":
        try:
            run = verbs.ask_promotion(
                promotion_id=pk, offers=_offers(rows), by=me, now=now,
                comment=request.POST.get("comment", "")[:500], again=again,
            )  # fmt: skip
        except Refused as refused:
            refusal = refused
            _mark(rows, refused)
        else:
            messages.success(request, _("The promotion prices are asked for."))
            return redirect("approvals:run", run.pk)
    context = {
        "promotion": found,
        "plan": selectors.passed_plan(found),
        "rows": rows,
        "picked": picked,
        "draft": draft,
        "again": again,
        "refusal": refusal,
        "comment": typed.get("comment", "") if typed else "",
    }
    return render(request, "catalog/price_promotion.html", context, status=refusal.status if refusal else 200)


def _offers(rows: list[Any]) -> list[verbs.Offer]:
    """The rows that have a value. Raises Invalid for a value that is no number."""
    found: list[verbs.Offer] = []
    for row in rows:
        if not row.value:
            continue
        try:
            value = Decimal(row.value)
        except InvalidOperation as error:
            row.wrong.append(_("This is not a number."))
            raise Invalid(
                _("The prices cannot be asked for like this. Please look at the marked fields.")
            ) from error
        row.place = len(found)
        found.append(verbs.Offer(row.sku.pk, row.channel.pk, row.rule, value))
    return found


def _mark(rows: list[Any], refused: Refused) -> None:
    """The reasons of a refusal beside their rows: paths are "rows.N.value"."""
    for error in getattr(refused, "errors", []):
        parts = error["path"].split(".")
        if len(parts) == 3 and parts[1].isdecimal():
            for row in rows:
                if row.place == int(parts[1]):
                    row.wrong.append(error["message"])
