"""Why somebody has a shift, a duty or a night with the hotline: the person's own question, answered from what is kept.

A turn of a rota is explained by the rota that it was taken from, as it stood then; anything else by where it came from:
the pattern, a swap, rest given up, a planner's hand. Of colleagues one learns how many turns they have and that they
could not, not that they are on leave or what they wished.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import HotlineSpan, Pattern, RestWaiver, Rota, Shift, Swap
from attendance.rules import rota as rules
from attendance.rules.rota import Other, Seat, Why
from attendance.selectors.grid import spans_text
from attendance.selectors.roster_people import PLAN, VIEW, visible_ids
from attendance.selectors.rota import HOTLINE, names_of, rule_of
from attendance.selectors.types import shift_types
from office.errors import NotFound
from office.rulebook import api as rulebook
from office.staff.models import Employee

#: What a colleague's reason is said as to somebody who plans no rosters.
DISCREET = {"wish": "less", "away": "cannot", "same_day": "cannot", "rest": "cannot"}


@dataclass(frozen=True, slots=True)
class Turn:
    """The seat in the rota that it was taken from. `hidden`: colleagues of other posts, who are counted, not named."""

    rota: Rota
    seat: Seat
    why: Why
    window: int
    clause: str
    others: list[tuple[str, str, int]]
    hidden: int


@dataclass(frozen=True, slots=True)
class Grounds:
    """`shift` or `night`; `origin`: "pattern", "rota", "hand", "swap", "waiver", "named". `before`: what stood there
    and was taken out for it, with the reason."""

    person: Employee
    name: str
    day: date
    times: str
    origin: str
    made_by: Employee | None
    made_at: datetime
    published_at: datetime | None
    shift: Shift | None = None
    night: HotlineSpan | None = None
    turn: Turn | None = None
    pattern: Pattern | None = None
    swap: Swap | None = None
    waiver: RestWaiver | None = None
    before: Shift | HotlineSpan | None = None
    before_name: str = ""


def grounds_of_shift(pk: int, me: Employee, now: datetime) -> Grounds:
    """Raises NotFound for a shift that is gone, a draft to who does not plan, or somebody else's."""
    shift = Shift.objects.select_related("employee", "made_by").filter(pk=pk, removed_at=None).first()
    plans = _plans(me, now)
    if shift is None or not _may(shift.employee_id, shift.published_at, me, plans, now):
        raise NotFound(_("There is no such shift."))
    types = shift_types(now)
    before = (
        Shift.objects.filter(
            employee=shift.employee_id, day=shift.day, sort=shift.sort, removed_at=shift.made_at
        )
        .exclude(removed_reason="")
        .first()
    )
    turn = None
    if shift.origin == Shift.Origin.ROTA:
        turn = _turn(Rota.Sort.WEEKEND, shift.day, shift.code, shift.employee_id, me, plans, now)
    return Grounds(
        person=shift.employee,
        name=types[shift.code].name if shift.code in types else shift.code,
        day=shift.day,
        times=spans_text(shift),
        origin=shift.origin,
        made_by=shift.made_by,
        made_at=shift.made_at,
        published_at=shift.published_at,
        shift=shift,
        turn=turn,
        pattern=_pattern(shift) if shift.origin == Shift.Origin.PATTERN else None,
        swap=_swap(shift) if shift.origin == Shift.Origin.SWAP else None,
        waiver=_waiver(shift.day),
        before=before,
        before_name=types[before.code].name if before and before.code in types else "",
    )


def grounds_of_night(pk: int, me: Employee, now: datetime) -> Grounds:
    """As `grounds_of_shift`, for a night with the hotline."""
    night = HotlineSpan.objects.select_related("employee", "made_by").filter(pk=pk, removed_at=None).first()
    plans = _plans(me, now)
    if night is None or not _may(night.employee_id, night.published_at, me, plans, now):
        raise NotFound(_("There is no such night."))
    start, end = timezone.localtime(night.starts_at), timezone.localtime(night.ends_at)
    turn = _turn(Rota.Sort.HOTLINE, start.date(), HOTLINE, night.employee_id, me, plans, now)
    if turn is not None and turn.rota.ended_at != night.made_at:
        turn = None  # named by hand since, as it happens the same person
    swap = _swap_of_night(night) if turn is None else None
    before = (
        HotlineSpan.objects.filter(
            removed_at=night.made_at, starts_at__lt=night.ends_at, ends_at__gt=night.starts_at
        )
        .exclude(removed_reason="")
        .select_related("employee")
        .first()
    )
    return Grounds(
        person=night.employee,
        name=str(_("Hotline")),
        day=start.date(),
        times=f"{start:%m-%d %H:%M} – {end:%m-%d %H:%M}",
        origin="rota" if turn else "swap" if swap else "named",
        made_by=night.made_by,
        made_at=night.made_at,
        published_at=night.published_at,
        night=night,
        turn=turn,
        swap=swap,
        before=before,
        before_name=before.employee.name if before else "",
    )


def _plans(me: Employee, now: datetime) -> bool:
    return rulebook.may(me, PLAN, now)


def _may(owner: int, published: datetime | None, me: Employee, plans: bool, now: datetime) -> bool:
    """One's own, when it is published; those who plan or oversee the roster ask for everybody's."""
    if plans:
        return True
    return published is not None and (owner == me.pk or rulebook.may(me, VIEW, now))


def _turn(
    sort: str, day: date, code: str, employee_id: int, me: Employee, plans: bool, now: datetime
) -> Turn | None:
    """The seat of the latest rota that was taken over for the day and gave it to the person."""
    first, last = day - timedelta(weeks=26), day
    for found in Rota.objects.filter(
        sort=sort, state=Rota.State.ADOPTED, first_day__range=(first, last)
    ).order_by("-ended_at"):
        if day >= found.first_day + timedelta(weeks=found.weeks):
            continue
        answer = rules.seats_from_json(found.seats)
        seat = next(
            (s for s, who in answer.items() if (s.day, s.code, who) == (day, code, employee_id)), None
        )
        if seat is None:
            continue
        problem = rules.from_json(found.problem)
        reasons = rules.why(problem, answer, seat)
        if reasons is None:
            continue
        seen = None if plans else visible_ids(me, now)
        named = [other for other in reasons.others if seen is None or other.employee_id in seen]
        names = names_of(other.employee_id for other in named)
        return Turn(
            rota=found,
            seat=seat,
            why=reasons,
            window=problem.window,
            clause=rulebook.book(now).rules[rule_of(sort)].clause,
            others=[(names[other.employee_id], _reason(other, plans), other.turns) for other in named],
            hidden=len(reasons.others) - len(named),
        )
    return None


def _reason(other: Other, plans: bool) -> str:
    return other.reason if plans else DISCREET.get(other.reason, other.reason)


def _pattern(shift: Shift) -> Pattern | None:
    return (
        Pattern.objects.select_related("made_by")
        .filter(Q(last_day=None) | Q(last_day__gte=shift.day), employee=shift.employee_id)
        .filter(first_day__lte=shift.day)
        .order_by("-first_day")
        .first()
    )


def _swap(shift: Shift) -> Swap | None:
    return (
        Swap.objects.select_related("asker", "colleague")
        .filter(Q(asker=shift.employee_id) | Q(colleague=shift.employee_id), state=Swap.State.DONE)
        .filter(Q(give__day=shift.day) | Q(take__day=shift.day))
        .order_by("-pk")
        .first()
    )


def _swap_of_night(night: HotlineSpan) -> Swap | None:
    """The swap by which the person has the night."""
    same = {"starts_at": night.starts_at, "ends_at": night.ends_at}
    given = Q(colleague=night.employee_id, **{f"give_night__{name}": at for name, at in same.items()})
    taken = Q(asker=night.employee_id, **{f"take_night__{name}": at for name, at in same.items()})
    done = Swap.objects.filter(given | taken, state=Swap.State.DONE, ended_at=night.made_at)
    return done.select_related("asker", "colleague").first()


def _waiver(day: date) -> RestWaiver | None:
    return (
        RestWaiver.objects.select_related("declared_by")
        .filter(first_day__lte=day, last_day__gte=day, removed_at=None)
        .first()
    )
