"""Looks at an answer of the rota and says what is wrong with it. Pure, and written apart from the model that solves: it
walks through people and weeks one by one and shares nothing with the solver but the problem's values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from attendance.rules.rota import Problem, Seat


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """`kind`: "empty" (nobody), "filled" (somebody has this turn already, it is not asked for), "stranger" (not of
    these people), "away" (leave or another shift), "twice" (two duties on a day), "no_rest" (S1d), "unfair" (C9.2,
    M7.2: `turns` in the weeks from `since` to `day`, the least there is `least`, and `fixed` are those of his turns in
    them that stand already)."""

    day: date
    kind: str
    employee_id: int = 0
    turns: int = 0
    least: int = 0
    since: date | None = None
    fixed: tuple[date, ...] = ()


def faults(problem: Problem, answer: Mapping[Seat, int | None]) -> list[Fault]:
    """What is wrong, by day. An answer without faults keeps every rule; wishes are no rules."""
    asked = set(problem.seats)
    found = [
        Fault(seat.day, "filled", holder)
        for seat, holder in answer.items()
        if holder is not None and seat not in asked
    ]
    on_day: dict[date, list[int]] = defaultdict(list)
    for seat in problem.seats:
        holder = answer.get(seat)
        if holder is None:
            found.append(Fault(seat.day, "empty"))
        elif holder not in problem.people:
            found.append(Fault(seat.day, "stranger", holder))
        else:
            on_day[seat.day].append(holder)
            if (holder, seat.day) in problem.away:
                found.append(Fault(seat.day, "away", holder))
    for day, holders in on_day.items():
        found += [Fault(day, "twice", who) for who in sorted({w for w in holders if holders.count(w) > 1})]
    found += _without_rest(problem, on_day)
    found += _unfair(problem, on_day)
    return sorted(found, key=lambda fault: (fault.day, fault.kind, fault.employee_id))


def _without_rest(problem: Problem, on_day: Mapping[date, list[int]]) -> list[Fault]:
    """Both days of a weekend in one hand, and the rest not given up."""
    found: list[Fault] = []
    if not problem.rest_days:
        return found
    for day, holders in on_day.items():
        if day.weekday() != 6:
            continue
        saturday = day - timedelta(days=1)
        if saturday in problem.waived or day in problem.waived:
            continue
        found += [Fault(day, "no_rest", who) for who in sorted(set(holders) & set(on_day.get(saturday, [])))]
    return found


def _unfair(problem: Problem, on_day: Mapping[date, list[int]]) -> list[Fault]:
    """Every stretch of so many weeks that a seat lies in; of each person the first that is unfair."""
    found: list[Fault] = []
    weeks = {seat.day - timedelta(days=seat.day.weekday()) for seat in problem.seats}
    told: set[int] = set()
    if not weeks:
        return found
    start = min(weeks) - timedelta(weeks=problem.window - 1)
    while start <= max(weeks):
        end = start + timedelta(weeks=problem.window)
        if any(start <= week < end for week in weeks):
            for fault in _unfair_in(problem, on_day, start, end):
                if fault.employee_id not in told:
                    told.add(fault.employee_id)
                    found.append(fault)
        start += timedelta(weeks=1)
    return found


def unfair_turns(problem: Problem, first: date, last: date) -> list[Fault]:
    """Who has more turns than is fair in the stretches of so many weeks that touch these days, of turns that stand: no
    seat is asked for. A stretch that reaches into weeks without any turn is not judged: it is not planned yet."""
    planned = max((day for days in problem.fixed.values() for day in days), default=None)
    if planned is None:
        return []
    week, length = timedelta(weeks=1), timedelta(weeks=problem.window)
    start = first - timedelta(days=first.weekday()) - length + week
    end = min(
        last - timedelta(days=last.weekday()), planned - timedelta(days=planned.weekday()) - length + week
    )
    found: list[Fault] = []
    while start <= end:
        found += _unfair_in(problem, {}, start, start + length)
        start += week
    return found


def _unfair_in(problem: Problem, on_day: Mapping[date, list[int]], start: date, end: date) -> list[Fault]:
    """Who has more turns than is fair from the one Monday to before the other."""
    standing = {
        who: tuple(d for d in problem.fixed.get(who, ()) if start <= d < end) for who in problem.people
    }
    count = {
        who: len(standing[who])
        + sum(holders.count(who) for day, holders in on_day.items() if start <= day < end)
        for who in problem.people
    }
    judged = [count[who] for who in problem.people if _there(problem, who, start)]
    if not judged:
        return []
    sunday = end - timedelta(days=1)
    return [
        Fault(sunday, "unfair", who, count[who], min(judged), start, tuple(sorted(standing[who])))
        for who in problem.people
        if count[who] > min(judged) + problem.above
    ]


def _there(problem: Problem, who: int, start: date) -> bool:
    """Joined before the stretch, and not away for most of its weekends; of its nights, where no rest is taken. Who has
    a turn is not away."""
    if who in problem.since and problem.since[who] > start:
        return False
    turns = {seat.day for seat in problem.seats} | {day for days in problem.fixed.values() for day in days}
    own = set(problem.fixed.get(who, ()))
    if not problem.rest_days:
        nights = sorted(day for day in turns if 0 <= (day - start).days < 7 * problem.window)
        gone = [day for day in nights if (who, day) in problem.away and day not in own]
        return len(nights) - len(gone) >= len(gone)
    weeks = missed = 0
    for week in range(problem.window):
        monday = start + timedelta(weeks=week)
        sunday = monday + timedelta(days=6)
        if not any(monday <= day <= sunday for day in turns):
            continue
        weeks += 1
        if any(monday <= day <= sunday for day in own):
            continue
        days = [
            monday + timedelta(days=5 + n)
            for n, name in enumerate(("sat", "sun"))
            if name in problem.rest_days
        ]
        missed += bool(days) and all((who, day) in problem.away for day in days)
    return missed * 2 <= weeks
