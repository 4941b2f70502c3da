"""A rota, of weekends or of the hotline: asked for, watched while it is solved, changed by hand with the rules looking
on, taken over."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from attendance.models import Rota
from attendance.rules import rota as rules
from attendance.rules.rota import Seat
from attendance.rules.rota_check import faults
from attendance.rules.shifts import monday
from attendance.selectors import rota as selectors
from attendance.selectors.roster_people import PLAN
from attendance.selectors.types import shift_types
from attendance.services.roster import rota as verbs
from attendance.tasks.rota import solve_rota
from attendance.views import asked
from office.audit import api as audit
from office.errors import NotFound, Refused
from office.rulebook import api as rulebook
from office.rulebook.guards import permitted, person

WORKING = (Rota.State.QUEUED, Rota.State.SOLVING)


@require_http_methods(["GET", "POST"])
@permitted(PLAN)
def rotas(request: HttpRequest) -> HttpResponse:
    """Every proposal, the latest first; a new one is handed to the solver."""
    now = timezone.now()
    refusal = None
    if request.method == "POST":
        try:
            made = verbs.ask_rota(
                first_day=asked.needed_day(request.POST, "first_day"),
                weeks=asked.number(request.POST.get("weeks")) or 0,
                sort=request.POST.get("sort", Rota.Sort.WEEKEND),
                by=person(request),
                now=now,
            )
        except Refused as refused:
            if refused.status in (403, 404):
                raise
            refusal = refused
        else:
            transaction.on_commit(lambda: solve_rota.apply_async(args=(made.pk,), expires=600))
            return redirect("attendance:rota", made.pk)
    context = {
        "rotas": selectors.listed(),
        "sorts": Rota.Sort.choices,
        "sort": request.GET.get("sort", ""),
        "refusal": refusal,
        "typed": request.POST,
        "next_monday": monday(timezone.localdate(now)) + timedelta(days=7),
    }
    return render(request, "attendance/rotas.html", context, status=422 if refusal else 200)


@dataclass(slots=True)
class Week:
    """The seats of a week, and the turns in it that stand already: (day, name)."""

    places: list[Place] = field(default_factory=list)
    standing: list[tuple[date, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Place:
    """A seat on the page."""

    seat: Seat
    holder: int | None
    name: str
    letter: str
    wrong: bool
    wish: bool | None

    @property
    def key(self) -> str:
        return f"{self.seat.day.isoformat()}/{self.seat.code}/{self.seat.place}"


@require_GET
@permitted(PLAN)
def rota(request: HttpRequest, pk: int) -> HttpResponse:
    """One proposal: its seats by weekend, who has how many turns, what is wrong, the timeline."""
    return render(request, "attendance/rota.html", _page(selectors.access_rota(pk), timezone.now()))


def _page(found: Rota, now: datetime, **more: Any) -> dict[str, Any]:
    problem, answer = selectors.current(found, now)
    names = selectors.names_of({*problem.people, *(who for who in answer.values() if who is not None)})
    wrong = faults(problem, answer) if found.seats else []
    marked = {(fault.day, fault.employee_id) for fault in wrong if fault.kind != "unfair"}
    types = shift_types(now)
    weeks: dict[date, Week] = defaultdict(Week)
    for seat, holder in sorted(answer.items()) if found.seats else ():
        weeks[monday(seat.day)].places.append(
            Place(
                seat,
                holder,
                names.get(holder or 0, ""),
                types[seat.code].letter if seat.code in types else "",
                (seat.day, holder or 0) in marked,
                problem.wishes.get((holder or 0, seat.day)),
            )
        )
    for who, days in problem.fixed.items() if found.seats else ():
        for day in days:
            if found.first_day <= day < found.first_day + timedelta(weeks=found.weeks):
                weeks[monday(day)].standing.append((day, names[who]))
    counts = rules.total(problem, answer) if found.seats else {}
    return {
        "rota": found,
        "clause": rulebook.book(now).rules[selectors.rule_of(found.sort)].clause,
        "working": found.state in WORKING,
        "open": found.state == Rota.State.SOLVED,
        "weeks": [(week, row.places, sorted(row.standing)) for week, row in sorted(weeks.items())],
        "people": [(who, names[who]) for who in problem.people],
        "counts": sorted(
            ((names[who], n) for who, n in counts.items()), key=lambda pair: (-pair[1], pair[0])
        ),
        "most": max(counts.values(), default=0) or 1,
        "window": problem.window,
        "above": problem.above,
        "faults": [(fault, names.get(fault.employee_id, "")) for fault in wrong],
        "unfair": any(fault.kind == "unfair" for fault in wrong),
        "timeline": audit.timeline(found.subject),
        **more,
    }


@require_GET
@permitted(PLAN)
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the solver is; the page comes anew when it has ended."""
    found = selectors.access_rota(pk)
    answer = render(request, "attendance/_progress.html", {"rota": found, "working": found.state in WORKING})
    if found.state not in WORKING:
        answer["HX-Refresh"] = "true"
    return answer


def _seat(text: str) -> Seat:
    """Raises NotFound."""
    day, _slash, rest = text.partition("/")
    code, _slash, place = rest.partition("/")
    try:
        return Seat(date.fromisoformat(day), code, int(place))
    except ValueError as error:
        raise NotFound(_("There is no such seat or person in this rota.")) from error


@require_POST
@permitted(PLAN)
def seat(request: HttpRequest, pk: int) -> HttpResponse:
    """Another person in a seat; the answer says at once what is wrong with it."""
    now = timezone.now()
    verbs.set_seat(
        rota_id=pk,
        seat=_seat(request.POST.get("seat", "")),
        employee_id=asked.number(request.POST.get("person")),
        revision=asked.number(request.POST.get("revision")) or 0,
        by=person(request),
        now=now,
    )
    if request.headers.get("HX-Request"):
        return render(request, "attendance/_rota_body.html", _page(selectors.access_rota(pk), now))
    return redirect("attendance:rota", pk)


@require_GET
@permitted(PLAN)
def why(request: HttpRequest, pk: int) -> HttpResponse:
    """Why this person has this seat, and why not the others."""
    found = selectors.access_rota(pk)
    problem, answer = selectors.current(found, timezone.now())
    place = _seat(request.GET.get("seat", ""))
    reasons = rules.why(problem, answer, place) if place in answer else None
    if reasons is None:
        raise NotFound(_("There is no such seat or person in this rota."))
    names = selectors.names_of({*problem.people, reasons.employee_id})
    context = {
        "rota": found,
        "why": reasons,
        "seat": place,
        "name": names.get(reasons.employee_id, ""),
        "others": [(names[other.employee_id], other.reason, other.turns) for other in reasons.others],
        "window": problem.window,
    }
    part = request.headers.get("HX-Request")
    return render(request, "attendance/_why.html" if part else "attendance/rota_why.html", context)


@require_POST
@permitted(PLAN)
def adopt(request: HttpRequest, pk: int) -> HttpResponse:
    """The seats become drafts; what stands in the way is said on the page, with the reason that was typed."""
    now = timezone.now()
    try:
        made = verbs.adopt(rota_id=pk, reason=request.POST.get("reason", ""), by=person(request), now=now)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        context = _page(selectors.access_rota(pk), now, refusal=refused, typed=request.POST)
        return render(request, "attendance/rota.html", context, status=422)
    messages.success(request, _("The turns are drafts of the roster now. Publish them there."))
    first = min((seat.day for seat in rules.seats_from_json(made.seats)), default=made.first_day)
    return redirect(f"{reverse('attendance:roster')}?view=month&day={first.isoformat()}")


@require_POST
@permitted(PLAN)
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    verbs.drop(rota_id=pk, by=person(request), now=timezone.now())
    return redirect("attendance:rotas")
