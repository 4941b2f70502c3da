"""A rota as values: what is asked, what an answer is, and why somebody has a turn; of weekends (C9.2, M7.2) or of
nights with the hotline (C9.3, M7.1). Pure.

A seat is one turn: a day, a shift type, and a place where a type has several; or a night, named by the day it begins.
Over any `window` weeks in a row nobody has more than `above` turns more than the person who has least. Turns of the
weeks before count. Who joined later than a window's first day, or is away for more than half of its weekends (or
nights) with turns, sets no least for that window: he has fewer turns because he is not there. No wish does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from attendance.rules.shifts import DAY, WEEK, WEEKDAYS, monday


@dataclass(frozen=True, slots=True, order=True)
class Seat:
    day: date
    code: str
    place: int = 0


Answer = Mapping[Seat, int | None]


@dataclass(frozen=True, slots=True)
class Problem:
    """`past`: turns before the first seat, within the window. `away`: (person, day) that cannot be: leave, another
    shift, or the other day's shift that would take the week's rest. `since`: from when a person counts. `rest_days`: of
    which one is kept free in a week; none where a turn takes nobody's rest. `waived`: days whose rest was given up
    (S7)."""

    people: tuple[int, ...]
    seats: tuple[Seat, ...]
    window: int
    above: int
    rest_days: tuple[str, ...]
    past: Mapping[int, tuple[date, ...]]
    away: frozenset[tuple[int, date]]
    wishes: Mapping[tuple[int, date], bool]
    since: Mapping[int, date]
    waived: frozenset[date]

    def windows(self) -> list[date]:
        """The Mondays on which the windows begin that touch the seats and end with one of their weeks."""
        weeks = sorted({monday(seat.day) for seat in self.seats})
        return [week - WEEK * (self.window - 1) for week in weeks]

    def weekend(self, week: date) -> list[date]:
        return [week + DAY * WEEKDAYS.index(name) for name in self.rest_days]

    def counts_in(self, employee_id: int, start: date) -> bool:
        """Whether the person sets the least of the window that begins on the Monday."""
        if self.since.get(employee_id, start) > start:
            return False
        end = start + WEEK * self.window
        days = [day for day in self._days() if start <= day < end]
        if not self.rest_days:
            turns = set(days)
            return 2 * sum((employee_id, day) in self.away for day in turns) <= len(turns)
        weeks = {monday(day) for day in days}
        off = sum(all((employee_id, day) in self.away for day in self.weekend(week)) for week in weeks)
        return 2 * off <= len(weeks)

    def _days(self) -> Iterator[date]:
        """Every day on which somebody has, or had, a turn."""
        yield from (seat.day for seat in self.seats)
        for days in self.past.values():
            yield from days


def turns(problem: Problem, answer: Answer) -> dict[int, list[date]]:
    """Every turn of each person, the past ones first."""
    found = {each: sorted(problem.past.get(each, ())) for each in problem.people}
    for seat in sorted(answer):
        holder = answer[seat]
        if holder in found:
            found[holder].append(seat.day)
    return found


def total(problem: Problem, answer: Answer) -> dict[int, int]:
    """Turns of each person in the last window: what a page shows beside a name."""
    start = max(problem.windows())
    return {each: sum(day >= start for day in days) for each, days in turns(problem, answer).items()}


@dataclass(frozen=True, slots=True)
class Other:
    """Somebody else, and why not he: "away", "same_day", "rest", "more" (he would have more than is fair), "wish" (he
    would rather not), "as_good" (he could as well)."""

    employee_id: int
    reason: str
    turns: int


@dataclass(frozen=True, slots=True)
class Why:
    """Why the person has this seat: his turns in the window that ends there, the least and the most of all, the turn
    before, his wish for the day (None: none), and the others."""

    employee_id: int
    turns: int
    least: int
    most: int
    before: date | None
    wish: bool | None
    others: tuple[Other, ...]


def why(problem: Problem, answer: Answer, seat: Seat) -> Why | None:
    """None for an empty seat."""
    holder = answer.get(seat)
    if holder is None:
        return None
    start = monday(seat.day) - WEEK * (problem.window - 1)
    end = start + WEEK * problem.window
    every = turns(problem, answer)
    within = {each: sum(start <= day < end for day in days) for each, days in every.items()}
    least = min((within[each] for each in problem.people if problem.counts_in(each, start)), default=0)
    others = tuple(
        Other(each, _reason(problem, answer, seat, each, within[each] - least), within[each])
        for each in sorted(problem.people, key=lambda each: (within[each], each))
        if each != holder
    )
    return Why(
        employee_id=holder,
        turns=within[holder],
        least=least,
        most=max(within.values()),
        before=max((day for day in every[holder] if day < seat.day), default=None),
        wish=problem.wishes.get((holder, seat.day)),
        others=others,
    )


def _reason(problem: Problem, answer: Answer, seat: Seat, employee_id: int, above: int) -> str:
    own = {each.day for each, holder in answer.items() if holder == employee_id}
    if (employee_id, seat.day) in problem.away:
        return "away"
    if seat.day in own:
        return "same_day"
    weekend = problem.weekend(monday(seat.day))
    if own & set(weekend) and not problem.waived & set(weekend):
        return "rest"
    if above + 1 > problem.above:
        return "more"
    return "wish" if problem.wishes.get((employee_id, seat.day)) is False else "as_good"


# ---------------------------------------------------------------- as JSON


def seats_as_json(answer: Answer) -> list[list[Any]]:
    return [[seat.day.isoformat(), seat.code, seat.place, answer[seat]] for seat in sorted(answer)]


def seats_from_json(rows: Sequence[Sequence[Any]]) -> dict[Seat, int | None]:
    return {Seat(date.fromisoformat(day), code, place): holder for day, code, place, holder in rows}


def as_json(problem: Problem) -> dict[str, Any]:
    return {
        "people": list(problem.people),
        "seats": [[seat.day.isoformat(), seat.code, seat.place] for seat in problem.seats],
        "window": problem.window,
        "above": problem.above,
        "rest_days": list(problem.rest_days),
        "past": {str(who): [day.isoformat() for day in days] for who, days in problem.past.items()},
        "away": sorted([who, day.isoformat()] for who, day in problem.away),
        "wishes": sorted([who, day.isoformat(), wants] for (who, day), wants in problem.wishes.items()),
        "since": {str(who): day.isoformat() for who, day in problem.since.items()},
        "waived": sorted(day.isoformat() for day in problem.waived),
    }


def from_json(said: Mapping[str, Any]) -> Problem:
    day = date.fromisoformat
    return Problem(
        people=tuple(said["people"]),
        seats=tuple(Seat(day(when), code, place) for when, code, place in said["seats"]),
        window=said["window"],
        above=said["above"],
        rest_days=tuple(said["rest_days"]),
        past={int(who): tuple(day(each) for each in days) for who, days in said["past"].items()},
        away=frozenset((who, day(when)) for who, when in said["away"]),
        wishes={(who, day(when)): wants for who, when, wants in said["wishes"]},
        since={int(who): day(when) for who, when in said["since"].items()},
        waived=frozenset(day(each) for each in said["waived"]),
    )
