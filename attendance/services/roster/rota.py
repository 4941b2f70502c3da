"""A rota, of weekends (C9.2, M7.2) or of nights with the hotline (C9.3, M7.1), is asked for, solved, changed by hand,
and taken over into the roster."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models import Rota, Shift
from attendance.rules import rota as rules
from attendance.rules.rota import Problem, Seat
from attendance.rules.rota_check import Fault, faults
from attendance.rules.shifts import WEEK
from attendance.selectors.hotline import nights_of
from attendance.selectors.rota import access_rota, current, problem_for, rule_of
from attendance.services.roster import guards, laying
from attendance.services.roster.guards import PLAN
from attendance.services.roster.hotline import lay_night
from attendance.services.roster.solving import run
from office.audit import api as audit
from office.errors import Conflict, NotFound
from office.notices import api as notices
from office.staff.models import Employee

MOST_WEEKS = 26
#: Notes of a proposal: the best found in the time; no answer fills every turn and is fair beside leave and what stands.
IN_TIME, NOT_FAIR = "time", "unfair"
OPEN = (Rota.State.QUEUED, Rota.State.SOLVING, Rota.State.SOLVED)
#: A solver that says nothing for so long has died with its worker; the rota may then be solved again.
SILENT = timedelta(minutes=3)


def ask_rota(
    *, first_day: date, weeks: int, by: Employee, now: datetime, sort: str = Rota.Sort.WEEKEND
) -> Rota:
    """A proposal for so many weeks from that Monday on is asked for. The caller hands it to the solver after the
    commit. Raises Forbidden, Invalid (`filled`: nothing is left to propose), Conflict (`open`: one for these weeks is
    being worked on; `solving`: one for weeks nearby is)."""
    guards.require(by, PLAN, now)
    if sort not in Rota.Sort.values:
        raise guards.wrong("sort", "choice", _("A rota is of weekends or of the hotline."))
    if first_day.weekday() != 0:
        raise guards.wrong("first_day", "weekday", _("A rota begins on a Monday."))
    if not 1 <= weeks <= MOST_WEEKS:
        raise guards.wrong("weeks", "range", _("Between 1 and {n} weeks.").format(n=MOST_WEEKS))
    if first_day <= timezone.localdate(now) - timedelta(days=7) or first_day > timezone.localdate(
        now
    ) + timedelta(366):
        raise guards.wrong("first_day", "far", _("A rota begins between this week and a year from now."))
    with transaction.atomic():
        guards.hold_roster()
        problem = problem_for(first_day, weeks, now, sort)
        _refuse_beside(first_day, weeks, sort, problem.window)
        if problem.people and not problem.seats and _turns_inside(problem, first_day, weeks):
            raise guards.wrong(
                "first_day",
                "filled",
                _(
                    "Every turn of these weeks has somebody already. Clear those that are to be given anew first."
                ),
            )
        if not problem.people or not problem.seats:
            raise guards.wrong("first_day", "nobody", _("There is nobody, or no duty, to plan for."))
        made = Rota.objects.create(
            sort=sort,
            first_day=first_day,
            weeks=weeks,
            problem=rules.as_json(problem),
            asked_by=by,
            asked_at=now,
        )
        _record("attendance.ask_rota", made, by, now, people=len(problem.people), seats=len(problem.seats))
    return made


def _refuse_beside(first_day: date, weeks: int, sort: str, window: int) -> None:
    """Raises Conflict: `open` for a proposal of some of the weeks, `solving` for one so near that its turns count, and
    whose turns are not known yet."""
    last, reach = first_day + WEEK * weeks, WEEK * (window - 1)
    for other in Rota.objects.filter(state__in=OPEN, sort=sort).only("first_day", "weeks", "state"):
        begin, end = other.first_day, other.first_day + WEEK * other.weeks
        if begin < last and first_day < end:
            raise Conflict(
                _("A rota for some of these weeks is being worked on. Take it over or drop it first."),
                code="open",
                rota=other.pk,
            )
        if other.state != Rota.State.SOLVED and begin < last + reach and first_day < end + reach:
            raise Conflict(
                _(
                    "The rota from {day} on is being solved, and its turns count here. Wait until it is proposed,"
                    " or drop it."
                ).format(day=other.first_day),
                code="solving",
                rota=other.pk,
            )


def _turns_inside(problem: Problem, first_day: date, weeks: int) -> bool:
    end = first_day + WEEK * weeks
    return any(first_day <= day < end for days in problem.fixed.values() for day in days)


def begin_solving(*, rota_id: int, now: datetime) -> Problem | None:
    """Claims the rota for this worker; None when another has it or it is no longer wanted."""
    claimed = Rota.objects.filter(pk=rota_id, state=Rota.State.QUEUED).update(
        state=Rota.State.SOLVING, progress=1
    )
    if not claimed:
        claimed = Rota.objects.filter(pk=rota_id, state=Rota.State.SOLVING, asked_at__lt=now - SILENT).update(
            progress=1
        )
    return rules.from_json(Rota.objects.get(pk=rota_id).problem) if claimed else None


def note_progress(*, rota_id: int, percent: int) -> bool:
    """How far the solver is. False when the rota is no longer wanted: a report, not an act."""
    return bool(
        Rota.objects.filter(pk=rota_id, state=Rota.State.SOLVING).update(progress=min(99, max(1, percent)))
    )


@transaction.atomic
def keep_solution(
    *,
    rota_id: int,
    answer: dict[Seat, int | None] | None,
    proven: bool,
    now: datetime,
    possible: bool | None = None,
) -> Rota | None:
    """The solver's answer, None for none; `possible` False when it says that none keeps every rule. One that the
    checker finds unlawful in what nobody may break is kept as failed. Nothing happens when the rota was dropped
    meanwhile."""
    found = Rota.objects.select_for_update().filter(pk=rota_id, state=Rota.State.SOLVING).first()
    if found is None:
        return None
    problem = rules.from_json(found.problem)
    broken = answer is None or any(
        fault.kind in ("stranger", "away", "twice", "no_rest") for fault in faults(problem, answer)
    )
    found.state = Rota.State.FAILED if broken else Rota.State.SOLVED
    found.progress, found.solved_at = 100, now
    found.note = "" if broken else NOT_FAIR if possible is False else "" if proven else IN_TIME
    if answer is not None and not broken:
        found.seats = rules.seats_as_json(answer)
    found.save(update_fields=["state", "progress", "solved_at", "note", "seats"])
    _record("attendance.solve_rota", found, None, now, proven=proven, state=found.state)
    notices.notify(
        "attendance.rota_solved" if not broken else "attendance.rota_failed",
        [found.asked_by_id],
        source="rota",
        source_id=found.pk,
        subject=found.subject,
        now=now,
        clause=guards.clause_of(rule_of(found.sort), now),
    )
    return found


@transaction.atomic
def set_seat(
    *, rota_id: int, seat: Seat, employee_id: int | None, revision: int, by: Employee, now: datetime
) -> list[Fault]:
    """Another person in the seat, or nobody. Any choice is kept: what is wrong with it, as things are now, is answered
    and stands in the way when the rota is taken over. Raises Forbidden, NotFound, Conflict (`moved`: changed since the
    page was shown)."""
    guards.require(by, PLAN, now)
    found = _open(rota_id)
    if found.revision != revision:
        raise Conflict(_("Somebody changed this rota meanwhile. Please look again."), code="moved")
    problem, answer = current(found, now)
    if seat not in answer or (employee_id is not None and employee_id not in problem.people):
        raise NotFound(_("There is no such seat or person in this rota."))
    before = answer[seat]
    if before != employee_id:
        answer[seat] = employee_id
        found.seats, found.revision = rules.seats_as_json(answer), revision + 1
        found.save(update_fields=["seats", "revision"])
        _record(
            "attendance.set_seat",
            found,
            by,
            now,
            day=seat.day.isoformat(),
            code=seat.code,
            before=before,
            after=employee_id,
        )
    return faults(problem, answer)


@transaction.atomic
def adopt(*, rota_id: int, by: Employee, now: datetime, reason: str = "") -> Rota:
    """The seats become drafts of the roster, to be published with it, and the proposal keeps what it was judged by. An
    unfair turn needs a reason; what nobody may break is refused, and so is a person whose leave or roster has changed
    since, and a turn that somebody else has by now. Raises Forbidden, NotFound, Invalid, Conflict (`faults`,
    `overlap`)."""
    guards.require(by, PLAN, now)
    guards.hold_roster()
    found = _open(rota_id)
    problem, answer = current(found, now)
    said = faults(problem, answer)
    wrong = [fault for fault in said if fault.kind not in ("empty", "unfair")]
    if wrong:
        raise Conflict(
            _(
                "Leave, rosters or people have changed since. Look at the marked seats, or ask for the rota anew."
            ),
            code="faults",
            faults=[[fault.kind, fault.day.isoformat(), fault.employee_id] for fault in wrong[:20]],
        )
    unfair = any(fault.kind == "unfair" for fault in said)
    reason = guards.text(
        reason,
        path="reason",
        longest=200,
        missing=_("Somebody would have more turns than the rule allows: please say why.") if unfair else "",
    )
    held = [(seat, holder) for seat, holder in sorted(answer.items()) if holder is not None]
    drafts = _nights(held, by, now) if found.sort == Rota.Sort.HOTLINE else _shifts(held, by, now)
    found.state, found.ended_at = Rota.State.ADOPTED, now
    found.problem, found.seats = rules.as_json(problem), rules.seats_as_json(answer)
    found.save(update_fields=["state", "ended_at", "problem", "seats"])
    _record("attendance.adopt_rota", found, by, now, shifts=drafts, reason=reason)
    return found


def _shifts(held: list[tuple[Seat, int]], by: Employee, now: datetime) -> int:
    drafts = [
        laying.build(employee_id=who, day=seat.day, code=seat.code, origin=Shift.Origin.ROTA, by=by, now=now)
        for seat, who in held
    ]
    return len(Shift.objects.bulk_create(drafts))


def _nights(held: list[tuple[Seat, int]], by: Employee, now: datetime) -> int:
    """How many nights became drafts; published ones are as they were."""
    made = 0
    for seat, who in held:
        for period in nights_of(seat.day, seat.day, now):
            made += lay_night(employee_id=who, period=period, by=by, now=now) is not None
    return made


@transaction.atomic
def drop(*, rota_id: int, by: Employee, now: datetime) -> Rota:
    """The proposal is not wanted. Raises Forbidden, NotFound, Conflict (`ended`)."""
    guards.require(by, PLAN, now)
    found = Rota.objects.select_for_update().filter(pk=access_rota(rota_id).pk).get()
    if found.state in (Rota.State.ADOPTED, Rota.State.DROPPED):
        raise Conflict(_("This rota was taken over or dropped already."), code="ended")
    found.state, found.ended_at = Rota.State.DROPPED, now
    found.save(update_fields=["state", "ended_at"])
    _record("attendance.drop_rota", found, by, now)
    return found


def solve(*, rota_id: int, seconds: float, clock: Callable[[], datetime]) -> Rota | None:
    """Solve and keep. For the task; runs outside any transaction, so that its progress is seen."""
    problem = begin_solving(rota_id=rota_id, now=clock())
    if problem is None:
        return None
    try:
        solution = run(
            problem, seconds=seconds, told=lambda percent: note_progress(rota_id=rota_id, percent=percent)
        )
    except Exception:
        keep_solution(rota_id=rota_id, answer=None, proven=False, now=clock())
        raise
    return keep_solution(
        rota_id=rota_id,
        answer=solution.answer if solution else None,
        proven=bool(solution and solution.proven),
        possible=solution.possible if solution else None,
        now=clock(),
    )


def _open(rota_id: int) -> Rota:
    found = Rota.objects.select_for_update().filter(pk=rota_id).first()
    if found is None:
        raise NotFound(_("There is no such rota."))
    if found.state != Rota.State.SOLVED:
        raise Conflict(
            _("This rota is not open for changes: {state}.").format(state=found.get_state_display()),
            code="state",
        )
    return found


def _record(verb: str, found: Rota, by: Employee | None, now: datetime, **data: object) -> None:
    clause = guards.clause_of(rule_of(found.sort), now)
    audit.record(verb, subject=found.subject, by=by, now=now, clause=clause, data=data)


def waiting(*, now: datetime) -> list[int]:
    """Rotas that a solver should have taken on by now: their message was lost, or their worker died."""
    late = Rota.objects.filter(state=Rota.State.QUEUED, asked_at__lt=now - timedelta(seconds=30))
    dead = Rota.objects.filter(state=Rota.State.SOLVING, asked_at__lt=now - SILENT)
    return [*late.values_list("pk", flat=True), *dead.values_list("pk", flat=True)]
