"""A rota as values: what is asked, what an answer is, and why somebody has a turn; of weekends (C9.2, M7.2) or of
nights with the hotline (C9.3, M7.1). Pure.

A seat is one turn: a day, a shift type, and a place where a type has several; or a night, named by the day it begins.
Over any `window` weeks in a row nobody has more than `above` turns more than the person who has least: in every such
stretch that a seat lies in, also where it reaches back before the seats or beyond them. Turns that stand already count,
before, between and after the seats, drafts as well as published ones. Who joined later than a window's first day, or is
away for more than half of its weekends (or nights) with turns, sets no least for that window: he has fewer turns
because he is not there. No wish does.
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
    """`fixed`: turns that stand already and are not asked for, less than a window away from a seat. `away`: (person,
    day) that cannot be: leave, another shift, or the other day's shift that would take the week's rest. `since`: from
    when a person counts. `rest_days`: of which one is kept free in a week; none where a turn takes nobody's rest.
    `waived`: days whose rest was given up (S7)."""

    people: tuple[int, ...]
    seats: tuple[Seat, ...]
    window: int
    above: int
    rest_days: tuple[str, ...]
    fixed: Mapping[int, tuple[date, ...]]
    away: frozenset[tuple[int, date]]
    wishes: Mapping[tuple[int, date], bool]
    since: Mapping[int, date]
    waived: frozenset[date]

    def windows(self) -> list[date]:
        """The Mondays on which the windows begin that a seat lies in."""
        weeks = {monday(seat.day) for seat in self.seats}
        return sorted({week - WEEK * n for week in weeks for n in range(self.window)})

    def weekend(self, week: date) -> list[date]:
        return [week + DAY * WEEKDAYS.index(name) for name in self.rest_days]

    def counts_in(self, employee_id: int, start: date) -> bool:
        """Whether the person sets the least of the window that begins on the Monday."""
        if self.since.get(employee_id, start) > start:
            return False
        end = start + WEEK * self.window
        days = [day for day in self._days() if start <= day < end]
        own = set(self.fixed.get(employee_id, ()))
        if not self.rest_days:
            turns = set(days)
            return 2 * sum((employee_id, day) in self.away for day in turns - own) <= len(turns)
        weeks, there = {monday(day) for day in days}, {monday(day) for day in own}
        off = sum(
            all((employee_id, day) in self.away for day in self.weekend(week)) for week in weeks - there
        )
        return 2 * off <= len(weeks)

    def _days(self) -> Iterator[date]:
        """Every day on which somebody has, had, or is to have a turn."""
        yield from (seat.day for seat in self.seats)
        for days in self.fixed.values():
            yield from days


def turns(problem: Problem, answer: Answer) -> dict[int, list[date]]:
    """Every turn of each person, by day."""
    found = {each: list(problem.fixed.get(each, ())) for each in problem.people}
    for seat, holder in answer.items():
        if holder in found:
            found[holder].append(seat.day)
    return {each: sorted(days) for each, days in found.items()}


def total(problem: Problem, answer: Answer) -> dict[int, int]:
    """Turns of each person in the window that ends with the last seat: what a page shows beside a name."""
    end = monday(max((seat.day for seat in answer), default=date.min + WEEK * problem.window)) + WEEK
    start = end - WEEK * problem.window
    return {each: sum(start <= day < end for day in days) for each, days in turns(problem, answer).items()}


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
    before, his wish for the day (None: none), and the others. `fixed`: those of his turns within reach of the seat that
    stood already when it was asked for."""

    employee_id: int
    turns: int
    least: int
    most: int
    before: date | None
    wish: bool | None
    others: tuple[Other, ...]
    fixed: tuple[date, ...] = ()


def why(problem: Problem, answer: Answer, seat: Seat) -> Why | None:
    """None for an empty seat."""
    holder = answer.get(seat)
    if holder is None:
        return None
    every = turns(problem, answer)
    here = monday(seat.day)
    ends = range(problem.window - 1, -1, -1)
    counted = [_count(problem, every, here - WEEK * n) for n in ends]
    within, judged = counted[0]
    reach = WEEK * problem.window
    others = tuple(
        _other(problem, answer, seat, each, counted)
        for each in sorted(problem.people, key=lambda each: (within[each], each))
        if each != holder
    )
    return Why(
        employee_id=holder,
        turns=within[holder],
        least=min((within[each] for each in judged), default=0),
        most=max(within.values()),
        before=max((day for day in every[holder] if day < seat.day), default=None),
        wish=problem.wishes.get((holder, seat.day)),
        others=others,
        fixed=tuple(
            day for day in sorted(problem.fixed.get(holder, ())) if here - reach < monday(day) < here + reach
        ),
    )


def _count(
    problem: Problem, every: Mapping[int, list[date]], start: date
) -> tuple[dict[int, int], list[int]]:
    """Turns of each in the window that begins on the Monday, and who sets its least."""
    end = start + WEEK * problem.window
    count = {each: sum(start <= day < end for day in days) for each, days in every.items()}
    return count, [each for each in problem.people if problem.counts_in(each, start)]


Counted = tuple[dict[int, int], list[int]]


def _other(
    problem: Problem, answer: Answer, seat: Seat, employee_id: int, counted: Sequence[Counted]
) -> Other:
    """`turns` are those of the window that ends with the seat; with "more", of the one in which he would have most over
    the least."""
    own = {each.day for each, holder in answer.items() if holder == employee_id}
    own |= set(problem.fixed.get(employee_id, ()))
    weekend = set(problem.weekend(monday(seat.day)))
    within = counted[0][0][employee_id]
    if (employee_id, seat.day) in problem.away:
        return Other(employee_id, "away", within)
    if seat.day in own:
        return Other(employee_id, "same_day", within)
    if own & weekend and not problem.waived & weekend:
        return Other(employee_id, "rest", within)
    over = [
        (_over(count, judged, answer[seat], employee_id), -n, count[employee_id])
        for n, (count, judged) in enumerate(counted)
    ]
    if max(over)[0] > problem.above:
        return Other(employee_id, "more", max(over)[2])
    unwanted = problem.wishes.get((employee_id, seat.day)) is False
    return Other(employee_id, "wish" if unwanted else "as_good", within)


def _over(count: Mapping[int, int], judged: Sequence[int], holder: int | None, instead: int) -> int:
    """How many turns more than the least `instead` would have in this window, had he the holder's seat."""
    least = min((count[each] - (each == holder) for each in judged if each != instead), default=None)
    return 0 if least is None else count[instead] + 1 - least


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
        "fixed": {str(who): [day.isoformat() for day in days] for who, days in problem.fixed.items()},
        "away": sorted([who, day.isoformat()] for who, day in problem.away),
        "wishes": sorted([who, day.isoformat(), wants] for (who, day), wants in problem.wishes.items()),
        "since": {str(who): day.isoformat() for who, day in problem.since.items()},
        "waived": sorted(day.isoformat() for day in problem.waived),
    }


def from_json(said: Mapping[str, Any]) -> Problem:
    """Rotas that were asked for before turns between and after their seats counted say "past" for "fixed"."""
    day = date.fromisoformat
    fixed = said["fixed"] if "fixed" in said else said["past"]
    return Problem(
        people=tuple(said["people"]),
        seats=tuple(Seat(day(when), code, place) for when, code, place in said["seats"]),
        window=said["window"],
        above=said["above"],
        rest_days=tuple(said["rest_days"]),
        fixed={int(who): tuple(day(each) for each in days) for who, days in fixed.items()},
        away=frozenset((who, day(when)) for who, when in said["away"]),
        wishes={(who, day(when)): wants for who, when, wants in said["wishes"]},
        since={int(who): day(when) for who, when in said["since"].items()},
        waived=frozenset(day(each) for each in said["waived"]),
    )
