"""The weekend rota of 40 people over 8 weeks: how long the solver takes, and what the independent checker says of it.

Two early and two late duties a day, the turns of the seven weeks before, leave and wishes by a seeded generator. Four
cases: `plain`; `newcomers`, of whom some joined within the window and some within the weeks asked for; `waived`, with
two weekends whose rest everybody gave up (S7) and twice as many duties; `between`, with the turns of the weeks
after, and some inside, planned already. Needs no database. Exits 1 when the checker finds a fault.

    ./dev bench roster                (all cases)
    .venv/bin/python bench/roster.py [--people 40] [--weeks 8] [--seconds 20] [--case plain]
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from attendance.rules.rota import Problem, Seat
from attendance.rules.rota_check import faults
from attendance.rules.rota_solver import by_turns, solve
from attendance.rules.shifts import DAY, WEEK, monday

MONDAY = dt.date(2026, 11, 30)
EACH = 2


CASES = ("plain", "newcomers", "waived", "between")


def problem(people: int, weeks: int, case: str = "plain") -> Problem:
    """Past turns by rotation, so that the weeks before were fair."""
    rng = random.Random(4)
    everybody = tuple(range(1, people + 1))
    late = people // 8 if case == "newcomers" else 0
    since = {people - n: MONDAY + WEEK * (n - 4) for n in range(late)}
    old = everybody[: people - late]
    days = [MONDAY + n * WEEK + d * DAY for n in range(weeks) for d in (5, 6)]
    waived = frozenset(days[6:8] + days[12:14]) if case == "waived" else frozenset()
    seats = tuple(
        Seat(day, code, place)
        for day in days
        for code in ("cs_early", "cs_late")
        for place in range(EACH * 2 if day in waived else EACH)
    )
    fixed: dict[int, list[dt.date]] = {}
    turn = 0
    for n in (*range(-7, 0), *(range(weeks, weeks + 3) if case == "between" else ())):
        for d in (5, 6):
            for _ in range(2 * EACH):
                fixed.setdefault(old[turn % len(old)], []).append(MONDAY + n * WEEK + d * DAY)
                turn += 1
        turn += 2 * 2 * EACH * weeks if n == -1 else 0
    away = {
        (who, day) for who in everybody for day in days if rng.random() < 0.06 or day < since.get(who, day)
    }
    wishes = {(who, day): rng.random() < 0.4 for who in everybody for day in days if rng.random() < 0.08}
    asked = Problem(
        people=everybody, seats=seats, window=8, above=1, rest_days=("sat", "sun"),
        fixed={who: tuple(each) for who, each in fixed.items()}, away=frozenset(away), wishes=wishes, since=since,
        waived=waived,
    )  # fmt: skip
    return _inside(asked) if case == "between" else asked


def _inside(asked: Problem) -> Problem:
    """Every sixth turn is somebody's already, as a plain answer has it: it is not asked for."""
    answer = by_turns(asked)
    given = {seat: answer[seat] for seat in asked.seats[::6]}
    fixed = {
        who: tuple(
            sorted(
                [*asked.fixed.get(who, ()), *(seat.day for seat, holder in given.items() if holder == who)]
            )
        )
        for who in asked.people
    }
    taken = {
        (who, day)
        for seat, who in given.items()
        if who is not None
        for day in asked.weekend(monday(seat.day))
    }
    return replace(
        asked,
        seats=tuple(seat for seat in asked.seats if seat not in given),
        fixed=fixed,
        away=asked.away | taken,
    )


def main() -> int:
    """Prints time and verdict of each case."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--people", type=int, default=40)
    arguments.add_argument("--weeks", type=int, default=8)
    arguments.add_argument("--seconds", type=float, default=20)
    arguments.add_argument("--case", choices=CASES)
    given = arguments.parse_args()
    cases = [given.case] if given.case else CASES
    return max(_judge(given.people, given.weeks, given.seconds, case) for case in cases)


def _judge(people: int, weeks: int, seconds: float, case: str) -> int:
    asked = problem(people, weeks, case)
    begun = time.perf_counter()
    found = solve(asked, seconds=seconds)
    took = time.perf_counter() - begun
    if found is None:
        sys.stdout.write(f"{case}: no answer in {took:.1f} s\n")
        return 1
    wrong = faults(asked, found.answer)
    turns = Counter(found.answer.values())
    wished = Counter(
        asked.wishes[holder, seat.day]
        for seat, holder in found.answer.items()
        if holder is not None and (holder, seat.day) in asked.wishes
    )
    sys.stdout.write(
        f"{case}: {people} people × {weeks} weeks, {len(asked.seats)} duties: {took:.1f} s,"
        f" {'proven best' if found.proven else 'best within the time'}\n"
        f"  turns of each: {min(turns.values())} to {max(turns.values())};"
        f" wishes met {wished[True]}, against a wish {wished[False]}\n"
        f"  checker: {wrong or 'every rule is kept'}\n"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
