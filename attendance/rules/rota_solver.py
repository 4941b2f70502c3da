"""A rota as a model for CP-SAT. What is hard cannot be solved away; what may give way costs.

Hard: one person at most in a seat, one seat a day, one day of a weekend unless the rest is given up (nights with the
hotline take no rest), nobody who is away. An empty seat, and a turn more than is fair, are allowed at a price that
nothing else outweighs, so that there always is an answer which says what it lacks. Then wishes; then that turns are
spread, not on weekends or nights in a row, and shared between Saturdays and Sundays.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from attendance.rules.rota import Problem, Seat
from attendance.rules.shifts import DAY, WEEK, monday

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, IntVar

EMPTY, UNFAIR, UNWANTED, WANTED, SPREAD, IN_A_ROW, LOPSIDED = 20_000, 4_000, 60, 40, 20, 4, 1
WORKERS = 4


@dataclass(frozen=True, slots=True)
class Solution:
    """`proven`: no better answer exists; otherwise the best one found in the time."""

    answer: dict[Seat, int | None]
    proven: bool


class _Model:
    def __init__(self, problem: Problem, model: CpModel) -> None:
        self.problem, self.model = problem, model
        self.start = by_turns(problem)
        self.own: dict[int, list[Seat]] = defaultdict(list)
        for seat, who in self.start.items():
            self.own[who or 0].append(seat)
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
        model.minimize(sum(self.cost))

    def _seats(self) -> None:
        by_seat: dict[Seat, list[IntVar]] = defaultdict(list)
        for (seat, who), taken in self.takes.items():
            by_seat[seat].append(taken)
            wish = self.problem.wishes.get((who, seat.day))
            if wish is not None:
                self.cost.append(-WANTED * taken if wish else UNWANTED * taken)
        for seat in self.problem.seats:
            empty = self.model.new_bool_var("")
            self.model.add_hint(empty, self.start[seat] is None)
            self.model.add_exactly_one([*by_seat[seat], empty])
            self.cost.append(EMPTY * empty)

    def _people(self) -> None:
        waived = self.problem.waived
        for who, mine in self.by_person.items():
            began = self.own[who]
            by_day: dict[date, list[IntVar]] = defaultdict(list)
            by_week: dict[date, list[IntVar]] = defaultdict(list)
            for seat, taken in mine:
                by_day[seat.day].append(taken)
                by_week[monday(seat.day)].append(taken)
            for same_day in by_day.values():
                self.model.add_at_most_one(same_day)
            for day, first in by_day.items() if not self.problem.rest_days else ():
                if day + DAY in by_day:
                    in_a_row = self.model.new_bool_var("")
                    own = {seat.day for seat in began}
                    self.model.add_hint(in_a_row, {day, day + DAY} <= own)
                    self.model.add(sum(first) + sum(by_day[day + DAY]) <= 1 + in_a_row)
                    self.cost.append(IN_A_ROW * in_a_row)
            for week, taken_in in by_week.items() if self.problem.rest_days else ():
                if not waived.intersection(self.problem.weekend(week)):
                    self.model.add_at_most_one(taken_in)
                if week + WEEK in by_week:
                    both = self.model.new_bool_var("")
                    weeks = {monday(seat.day) for seat in began}
                    self.model.add_hint(both, {week, week + WEEK} <= weeks)
                    self.model.add(sum(taken_in) + sum(by_week[week + WEEK]) <= 1 + 3 * both)
                    self.cost.append(IN_A_ROW * both)
            saturdays = sum(taken for seat, taken in mine if seat.day.weekday() == 5)
            sundays = sum(taken for seat, taken in mine if seat.day.weekday() == 6)
            aside = self.model.new_int_var(0, len(mine), "")
            self.model.add(aside >= saturdays - sundays)
            self.model.add(aside >= sundays - saturdays)
            days = [seat.day.weekday() for seat in began]
            self.model.add_hint(aside, abs(days.count(5) - days.count(6)))
            self.cost.append(LOPSIDED * aside)

    def _fairness(self) -> None:
        problem, model = self.problem, self.model
        longest = max((len(days) for days in problem.past.values()), default=0)
        most_possible = len({seat.day for seat in problem.seats}) + longest
        for start in problem.windows():
            end = start + WEEK * problem.window
            least = model.new_int_var(0, most_possible, "")
            most = model.new_int_var(0, most_possible, "")
            over = model.new_int_var(0, most_possible, "")
            counted = False
            counts, judged = [], []
            for who in problem.people:
                began = sum(start <= day for day in problem.past.get(who, ()))
                began += sum(start <= seat.day < end for seat in self.own[who])
                counts.append(began)
                count = sum(start <= day for day in problem.past.get(who, ())) + sum(
                    taken for seat, taken in self.by_person[who] if start <= seat.day < end
                )
                model.add(most >= count)
                if problem.counts_in(who, start):
                    counted = True
                    judged.append(began)
                    model.add(least <= count)
            model.add_hint(most, max(counts))
            model.add_hint(least, min(judged, default=0))
            if counted:
                model.add_hint(over, max(0, max(counts) - min(judged) - problem.above))
                model.add(over >= most - least - problem.above)
                self.cost.append(UNFAIR * over)
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
    """A plain answer to begin with: seat by seat whoever may and has fewest turns in the window, wishes next."""
    turns = {who: list(problem.past.get(who, ())) for who in problem.people}
    answer: dict[Seat, int | None] = {}
    for seat in sorted(problem.seats):
        since = monday(seat.day) - WEEK * (problem.window - 1)
        weekend = set(problem.weekend(monday(seat.day)))
        taken = {seat.day} if problem.waived & weekend else weekend | {seat.day}

        def rank(who: int, since: date = since, seat: Seat = seat) -> tuple[int, int, date, int]:
            recent = [day for day in turns[who] if day >= since]
            wish = problem.wishes.get((who, seat.day))
            return len(recent), {True: 0, None: 1, False: 2}[wish], max(recent, default=since), who

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
    suffices."""
    # Loaded here: the library takes half a second and 60 MB that only the worker that solves needs.
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    built = _Model(problem, model)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    # Several ways of searching, taken in turn by one thread's worth of time each: the same every time.
    solver.parameters.num_workers = WORKERS
    solver.parameters.interleave_search = True
    solver.parameters.random_seed = 1
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    answer: dict[Seat, int | None] = dict.fromkeys(problem.seats)
    for (seat, who), taken in built.takes.items():
        if solver.value(taken):
            answer[seat] = who
    return Solution(answer, status == cp_model.OPTIMAL)
