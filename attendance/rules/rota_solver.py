"""A rota as a model for CP-SAT. What is hard cannot be solved away; what may give way costs.

Hard: one person at most in a seat, one seat a day, one day of a weekend unless the rest is given up (nights with the
hotline take no rest), nobody who is away. Turns that stand already are counted as they are. First an answer is looked
for that fills every seat and is fair in every window, and made better from there on. Where there is none, an empty
seat, and a turn more than is fair, are allowed at a price that nothing else outweighs, so that there always is an
answer which says what it lacks. Then wishes; then that turns are spread, far apart, and shared between Saturdays and
Sundays.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal

from attendance.rules.rota import Problem, Seat
from attendance.rules.shifts import DAY, WEEK, monday

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, IntVar

UNFAIR, UNWANTED, WANTED, SPREAD, NEAR, LOPSIDED = 4_000, 60, 40, 20, 4, 1
#: The search ends when no answer can cost so much less that a wish, or a turn more evenly shared, would be in it: the
#: last steps, which only move turns a week apart, take longer than all before.
CLOSE = SPREAD - 1
WORKERS = 8


@dataclass(frozen=True, slots=True)
class Solution:
    """`proven`: no answer is better by more than `CLOSE`; otherwise the best one found in the time. `possible`: whether
    an answer exists that fills every seat and is fair in every window; None when the time did not tell."""

    answer: dict[Seat, int | None]
    proven: bool
    possible: bool | None = None


class _Model:
    """`strict`: every seat is filled and every window is fair, or there is no answer. `start`: where to begin."""

    def __init__(
        self, problem: Problem, model: CpModel, start: Mapping[Seat, int | None], *, strict: bool
    ) -> None:
        self.problem, self.model, self.strict = problem, model, strict
        # One seat lies in so many windows, and may be a turn too many in each.
        self.empty = UNFAIR * (problem.window + 1)
        self.start = start
        self.own: dict[int, list[Seat]] = defaultdict(list)
        for seat, who in self.start.items():
            self.own[who or 0].append(seat)
        #: What it costs to lack something, and what it costs besides.
        self.lack: list[Any] = []
        self.cost: list[Any] = []
        self.takes: dict[tuple[Seat, int], IntVar] = {
            (seat, who): model.new_bool_var("")
            for seat in problem.seats
            for who in problem.people
            if (who, seat.day) not in problem.away
        }
        self.by_person: dict[int, list[tuple[Seat, IntVar]]] = defaultdict(list)
        for (seat, who), taken in self.takes.items():
            self.by_person[who].append((seat, taken))
        self._seats()
        self._people()
        self._fairness()
        for (seat, who), taken in self.takes.items():
            model.add_hint(taken, self.start[seat] == who)

    def _seats(self) -> None:
        by_seat: dict[Seat, list[IntVar]] = defaultdict(list)
        for (seat, who), taken in self.takes.items():
            by_seat[seat].append(taken)
            wish = self.problem.wishes.get((who, seat.day))
            if wish is not None:
                self.cost.append(-WANTED * taken if wish else UNWANTED * taken)
        for seat in self.problem.seats:
            if self.strict:
                self.model.add_exactly_one(by_seat[seat])
                continue
            empty = self.model.new_bool_var("")
            self.model.add_hint(empty, self.start[seat] is None)
            self.model.add_exactly_one([*by_seat[seat], empty])
            self.lack.append(self.empty * empty)

    def _people(self) -> None:
        waived = self.problem.waived
        for who, mine in self.by_person.items():
            by_day: dict[date, list[IntVar]] = defaultdict(list)
            by_week: dict[date, list[IntVar]] = defaultdict(list)
            for seat, taken in mine:
                by_day[seat.day].append(taken)
                by_week[monday(seat.day)].append(taken)
            for same_day in by_day.values():
                self.model.add_at_most_one(same_day)
            for week, taken_in in by_week.items() if self.problem.rest_days else ():
                if not waived.intersection(self.problem.weekend(week)):
                    self.model.add_at_most_one(taken_in)
            self._apart(who, by_week if self.problem.rest_days else by_day)
            saturdays = sum(taken for seat, taken in mine if seat.day.weekday() == 5)
            sundays = sum(taken for seat, taken in mine if seat.day.weekday() == 6)
            aside = self.model.new_int_var(0, len(mine), "")
            self.model.add(aside >= saturdays - sundays)
            self.model.add(aside >= sundays - saturdays)
            days = [seat.day.weekday() for seat in self.own[who]]
            self.model.add_hint(aside, abs(days.count(5) - days.count(6)))
            self.cost.append(LOPSIDED * aside)

    def _apart(self, who: int, mine: Mapping[date, list[IntVar]]) -> None:
        """Everybody else has his turn before the person has the next: turns nearer to each other cost. That also keeps
        the weeks after the plan easy to share."""
        step = WEEK if self.problem.rest_days else DAY
        units = {self._unit(seat.day) for seat in self.problem.seats}
        gap = max(2, len(self.problem.people) * len(units) // len(self.problem.seats))
        standing = Counter(self._unit(day) for day in self.problem.fixed.get(who, ()))
        own = Counter(self._unit(seat.day) for seat in self.own[who])
        for begin in sorted({unit - step * n for unit in mine for n in range(gap)}):
            stretch = [begin + step * n for n in range(gap)]
            turns = [taken for unit in stretch for taken in mine.get(unit, ())]
            stands = sum(standing[unit] for unit in stretch)
            if len(turns) + stands < 2:
                continue
            near = self.model.new_int_var(0, len(turns) + stands, "")
            self.model.add_hint(near, max(0, stands + sum(own[unit] for unit in stretch) - 1))
            self.model.add(sum(turns) + stands <= 1 + near)
            self.cost.append(NEAR * near)

    def _unit(self, day: date) -> date:
        """The week of a weekend's turn; the night itself."""
        return monday(day) if self.problem.rest_days else day

    def _fairness(self) -> None:
        problem, model = self.problem, self.model
        longest = max((len(days) for days in problem.fixed.values()), default=0)
        most_possible = len({seat.day for seat in problem.seats}) + longest
        for start in problem.windows():
            end = start + WEEK * problem.window
            judged = {who for who in problem.people if problem.counts_in(who, start)}
            if not judged:
                continue
            counts, began = {}, {}
            for who in problem.people:
                stands = sum(start <= day < end for day in problem.fixed.get(who, ()))
                began[who] = stands + sum(start <= seat.day < end for seat in self.own[who])
                counts[who] = stands + sum(
                    taken for seat, taken in self.by_person[who] if start <= seat.day < end
                )
            least = model.new_int_var(0, most_possible, "")
            lowest = min(began[who] for who in judged)
            model.add_hint(least, lowest)
            for who, count in counts.items():
                fair = least + problem.above
                if not self.strict:
                    over = model.new_int_var(0, most_possible, "")
                    model.add_hint(over, max(0, began[who] - lowest - problem.above))
                    self.lack.append(UNFAIR * over)
                    fair = fair + over
                model.add(count <= fair)
                if who in judged:
                    model.add(count >= least)
        fewest, fullest = (model.new_int_var(0, most_possible, "") for _ in range(2))
        loads = [len(self.own[who]) for who in problem.people]
        model.add_hint(fullest, max(loads))
        model.add_hint(fewest, min(loads))
        for who in problem.people:
            own = sum(taken for _seat, taken in self.by_person[who])
            model.add(fullest >= own)
            model.add(fewest <= own)
        self.cost.append(SPREAD * fullest - SPREAD * fewest)


def by_turns(problem: Problem) -> dict[Seat, int | None]:
    """A plain answer to begin with: seat by seat whoever may and has his nearest turn farthest away, then fewest within
    a window of it, then wishes."""
    turns = {who: list(problem.fixed.get(who, ())) for who in problem.people}
    answer: dict[Seat, int | None] = {}
    for seat in sorted(problem.seats):
        here, reach = monday(seat.day), WEEK * problem.window
        weekend = set(problem.weekend(here))
        taken = {seat.day} if problem.waived & weekend else weekend | {seat.day}

        def rank(
            who: int, here: date = here, reach: timedelta = reach, seat: Seat = seat
        ) -> tuple[timedelta, int, int, int]:
            near = [day for day in turns[who] if here - reach < monday(day) < here + reach]
            wish = problem.wishes.get((who, seat.day))
            apart = min((abs(seat.day - day) for day in near), default=reach)
            return -apart, len(near), {True: 0, None: 1, False: 2}[wish], who

        able = [
            who
            for who in problem.people
            if (who, seat.day) not in problem.away and not taken.intersection(turns[who])
        ]
        answer[seat] = min(able, key=rank, default=None)
        if able:
            turns[answer[seat] or 0].append(seat.day)
    return answer


def solve(problem: Problem, *, seconds: float) -> Solution | None:
    """The best answer within the time, None when none was found. The same problem gives the same answer while the time
    suffices, unless a fair answer is so hard to find that several searches race for it."""
    begun = time.monotonic()
    start: Mapping[Seat, int | None] = by_turns(problem)
    word, found = _run(problem, start, seconds / 6, strict=True, goal="any")
    possible = True if found is not None else False if word == "INFEASIBLE" else None
    if found is None:
        word, found = _run(problem, start, seconds / 2, strict=False, goal="lack")
        possible = True if word == "FULL" else possible
    left = max(1.0, seconds - (time.monotonic() - begun))
    word, best = _run(problem, found or start, left, strict=bool(possible), goal="best")
    if best is None and found is None:
        return None
    return Solution(best or found or {}, best is not None and word == "OPTIMAL", possible)


def _run(
    problem: Problem,
    start: Mapping[Seat, int | None],
    seconds: float,
    *,
    strict: bool,
    goal: Literal["any", "lack", "best"],
) -> tuple[str, dict[Seat, int | None] | None]:
    """CP-SAT's word, and the answer if it has one: `any`, one that lacks least ("FULL": nothing), or the best."""
    # Loaded here: the library takes half a second and 60 MB that only the worker that solves needs.
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    built = _Model(problem, model, start, strict=strict)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.random_seed = 1
    solver.parameters.num_workers = 1 if goal == "any" else WORKERS
    # Without this the answer to begin with may be lost to a symmetric one, and with it what it keeps.
    solver.parameters.keep_all_feasible_solutions_in_presolve = goal != "any"
    # Several ways of searching, taken in turn by one thread's worth of time each: the same every time. The bound is
    # looked at when each had its turn; the library's own number of turns would go on for twice as long after the end.
    solver.parameters.interleave_search = goal == "best"
    solver.parameters.interleave_batch_size = WORKERS if goal == "best" else 0
    solver.parameters.absolute_gap_limit = CLOSE if goal == "best" else 0
    if goal != "any":
        model.minimize(sum(built.lack) + (sum(built.cost) if goal == "best" else 0))
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return solver.status_name(status), None
    answer: dict[Seat, int | None] = dict.fromkeys(problem.seats)
    for (seat, who), taken in built.takes.items():
        if solver.value(taken):
            answer[seat] = who
    full = goal == "lack" and solver.objective_value < 1
    return "FULL" if full else solver.status_name(status), answer
