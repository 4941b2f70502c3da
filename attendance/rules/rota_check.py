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
    """`kind`: "empty" (nobody), "stranger" (not of these people), "away" (leave or another shift), "twice" (two
    duties on a day), "no_rest" (S1d), "unfair" (C9.2, M7.2: `turns` in the weeks from `since`, the least there is
    `least`)."""

    day: date
    kind: str
    employee_id: int = 0
    turns: int = 0
    least: int = 0
    since: date | None = None


def faults(problem: Problem, answer: Mapping[Seat, int | None]) -> list[Fault]:
    """What is wrong, by day. An answer without faults keeps every rule; wishes are no rules."""
    found: list[Fault] = []
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
    """Every stretch of so many weeks that ends with a week of the plan; of each person the first that is unfair."""
    found = []
    weeks = sorted({seat.day - timedelta(days=seat.day.weekday()) for seat in problem.seats})
    told: set[int] = set()
    for last in weeks:
        start = last - timedelta(weeks=problem.window - 1)
        count = {
            who: sum(start <= day for day in problem.past.get(who, ()))
            + sum(
                holders.count(who)
                for day, holders in on_day.items()
                if start <= day < last + timedelta(weeks=1)
            )
            for who in problem.people
        }
        judged = [who for who in problem.people if _there(problem, who, start)]
        if not judged:
            continue
        least = min(count[who] for who in judged)
        for who in problem.people:
            if count[who] > least + problem.above and who not in told:
                told.add(who)
                sunday = last + timedelta(days=6)
                found.append(Fault(sunday, "unfair", who, count[who], least, start))
    return found


def _there(problem: Problem, who: int, start: date) -> bool:
    """Joined before the stretch, and not away for most of its weekends; of its nights, where no rest is taken."""
    if who in problem.since and problem.since[who] > start:
        return False
    turns = {seat.day for seat in problem.seats} | {day for days in problem.past.values() for day in days}
    if not problem.rest_days:
        nights = sorted(day for day in turns if 0 <= (day - start).days < 7 * problem.window)
        gone = [day for day in nights if (who, day) in problem.away]
        return len(nights) - len(gone) >= len(gone)
    weeks = missed = 0
    for week in range(problem.window):
        monday = start + timedelta(weeks=week)
        if not any(monday <= day < monday + timedelta(weeks=1) for day in turns):
            continue
        weeks += 1
        days = [
            monday + timedelta(days=5 + n)
            for n, name in enumerate(("sat", "sun"))
            if name in problem.rest_days
        ]
        missed += bool(days) and all((who, day) in problem.away for day in days)
    return missed * 2 <= weeks
