"""Swaps: asked for, answered, taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from attendance.models import Swap
from attendance.rules.shifts import DAY
from attendance.selectors import mine as selectors
from attendance.selectors.fairness import if_moved
from attendance.selectors.returned import why_returned
from attendance.selectors.roster_people import visible_ids, visible_to
from attendance.services.roster import guards
from attendance.services.roster import swaps as verbs
from attendance.views import asked
from office.approvals import api as approvals
from office.errors import Refused
from office.rulebook.guards import person
from office.staff.models import Employee

AHEAD = 42 * DAY


@require_http_methods(["GET", "POST"])
@login_required
def swaps(request: HttpRequest) -> HttpResponse:
    """One's swaps, and the form to ask for one: my shift, then the colleague, then what I take."""
    me, now = person(request), timezone.now()
    refusal = None
    if request.method == "POST":
        try:
            made = verbs.ask_swap(
                **_turns(request), colleague_id=_colleague(request, me), reason=request.POST.get("reason", ""), by=me,
                now=now,
            )  # fmt: skip
        except Refused as refused:
            if refused.status in (403, 404):
                raise
            refusal = refused
        else:
            messages.success(request, _("Asked. Your colleague answers first, then it is approved."))
            _warn(request, made, now)
            return redirect("attendance:swaps")
    typed = request.POST if request.method == "POST" else request.GET
    return render(
        request,
        "attendance/swaps.html",
        {"lines": selectors.swaps_of(me, now), "refusal": refusal, "typed": typed, **_choices(me, typed)},
        status=422 if refusal else 200,
    )


@require_http_methods(["GET", "POST"])
@login_required
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """A swap that came back: with another shift, another colleague, for another one, or with other words."""
    me, now = person(request), timezone.now()
    swap, run = selectors.access_swap(pk, me)
    if run is None and request.method == "GET":
        return redirect("attendance:swaps")
    draft = approvals.form_draft(me, verbs.KIND, pk, f"{swap.given.day} {swap.colleague.name}")
    give, *take = selectors.own([each for each in (swap.given, swap.taken) if each is not None], now)
    stands = {
        "give": give.key,
        "colleague": swap.colleague_id,
        "take": take[0].key if take else "",
        "reason": swap.reason,
    }
    typed: Any = {name: str(value) for name, value in stands.items()} | draft.initial | request.GET.dict()
    refusal = None
    if request.method == "POST":
        typed = request.POST
        try:
            changed = verbs.change_swap(
                **_turns(request), swap_id=pk, colleague_id=_colleague(request, me), reason=typed.get("reason", ""),
                by=me, now=now,
            )  # fmt: skip
        except Refused as refused:
            if refused.status in (403, 404):
                raise
            refusal = refused
        else:
            messages.success(request, _said(changed))
            _warn(request, changed, now)
            return redirect("attendance:swaps")
    context = {
        "swap": swap, "give": give, "run": run, "said": why_returned(run),
        "draft": draft, "refusal": refusal, "typed": typed, **_choices(me, typed),
    }  # fmt: skip
    return render(request, "attendance/swap_again.html", context, status=refusal.status if refusal else 200)


def _warn(request: HttpRequest, swap: Swap, now: datetime) -> None:
    """What the swap would make unfair: a swap is possible all the same, and who decides sees it too."""
    for each in if_moved(verbs.moves_of(swap), now):
        messages.warning(
            request,
            _(
                "{name} would have {n} turns from {since} to {until}, the least is {least} ({clause})."
                " Who approves sees this."
            ).format(
                name=each.name, n=each.turns, since=f"{each.since:%m-%d}", until=f"{each.until:%m-%d}",
                least=each.least, clause=each.clause,
            ),
        )  # fmt: skip


def _said(swap: Swap) -> str:
    if swap.state == Swap.State.ASKED:
        return _("Asked. Your colleague answers first, then it is approved.")
    return _("It is asked for again. You see here who decides next.")


NIGHT = "night-"


def _turns(request: HttpRequest) -> dict[str, Any]:
    """What is given, what is taken for it, and of which sort both are. Raises Invalid for two sorts."""
    give, take = request.POST.get("give", ""), request.POST.get("take", "")
    night = give.startswith(NIGHT)
    if take and take.startswith(NIGHT) != night:
        raise guards.wrong(
            "take", "sort", _("A shift is swapped for a shift, a night with the hotline for a night.")
        )
    return {
        "give_id": asked.number(give.removeprefix(NIGHT)) or 0,
        "take_id": asked.number(take.removeprefix(NIGHT)),
        "sort": Swap.Sort.NIGHT if night else Swap.Sort.SHIFT,
    }


def _colleague(request: HttpRequest, me: Employee) -> int:
    """The colleague's key; 0, which the verb refuses, for who is not to be seen."""
    found = asked.number(request.POST.get("colleague")) or 0
    ids = visible_ids(me, timezone.now())
    return found if ids is None or found in ids else 0


def _choices(me: Employee, typed: Any) -> dict[str, Any]:
    now = timezone.now()
    until = timezone.localdate(now) + AHEAD
    colleagues = [each for each in visible_to(me, now) if each.pk != me.pk]
    chosen = next((each for each in colleagues if each.pk == asked.number(typed.get("colleague"))), None)
    return {
        "mine": selectors.may_swap(me, now, until),
        "colleagues": colleagues,
        "chosen": chosen,
        "theirs": selectors.may_swap(chosen, now, until) if chosen else [],
        "night": str(typed.get("give", "")).startswith(NIGHT),
    }


@require_POST
@login_required
def act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    me, now = person(request), timezone.now()
    if act == "agree":
        verbs.answer_swap(swap_id=pk, agrees=True, by=me, now=now)
        messages.success(request, _("Agreed. It is handed in for approval."))
    elif act == "decline":
        verbs.answer_swap(swap_id=pk, agrees=False, by=me, now=now)
    elif act == "withdraw":
        verbs.withdraw_swap(swap_id=pk, by=me, now=now)
    else:
        raise Http404
    return redirect("attendance:swaps")
