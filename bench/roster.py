"""The weekend rota of 40 people over 8 weeks: how long the solver takes, and what the independent checker says of it.

Two early and two late duties a day, the turns of the seven weeks before, leave and wishes by a seeded generator.
Needs no database. Exits 1 when the checker finds a fault.

    .venv/bin/python bench/roster.py [--people 40] [--weeks 8] [--seconds 20]
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from attendance.rules.rota import Problem, Seat
from attendance.rules.rota_check import faults
from attendance.rules.rota_solver import solve

MONDAY = dt.date(2026, 11, 30)
DAY, WEEK = dt.timedelta(days=1), dt.timedelta(weeks=1)
EACH = 2


def problem(people: int, weeks: int) -> Problem:
    """Past turns by rotation, so that the weeks before were fair."""
    rng = random.Random(4)
    everybody = tuple(range(1, people + 1))
    days = [MONDAY + n * WEEK + d * DAY for n in range(weeks) for d in (5, 6)]
    seats = tuple(
        Seat(day, code, place) for day in days for code in ("cs_early", "cs_late") for place in range(EACH)
    )
    past: dict[int, list[dt.date]] = {}
    turn = 0
    for n in range(7, 0, -1):
        for d in (5, 6):
            for _ in range(2 * EACH):
                past.setdefault(everybody[turn % people], []).append(MONDAY - n * WEEK + d * DAY)
                turn += 1
    away = {(who, day) for who in everybody for day in days if rng.random() < 0.06}
    wishes = {(who, day): rng.random() < 0.4 for who in everybody for day in days if rng.random() < 0.08}
    return Problem(
        people=everybody, seats=seats, window=8, above=1, rest_days=("sat", "sun"),
        fixed={who: tuple(each) for who, each in past.items()}, away=frozenset(away), wishes=wishes, since={},
        waived=frozenset(),
    )  # fmt: skip


def main() -> int:
    """Prints time and verdict."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--people", type=int, default=40)
    arguments.add_argument("--weeks", type=int, default=8)
    arguments.add_argument("--seconds", type=float, default=20)
    given = arguments.parse_args()
    asked = problem(given.people, given.weeks)
    begun = time.perf_counter()
    found = solve(asked, seconds=given.seconds)
    took = time.perf_counter() - begun
    if found is None:
        sys.stdout.write(f"no answer in {took:.1f} s\n")
        return 1
    wrong = faults(asked, found.answer)
    turns = Counter(found.answer.values())
    wished = Counter(
        asked.wishes[holder, seat.day]
        for seat, holder in found.answer.items()
        if holder is not None and (holder, seat.day) in asked.wishes
    )
    sys.stdout.write(
        f"{given.people} people × {given.weeks} weeks, {len(asked.seats)} duties: {took:.1f} s,"
        f" {'proven best' if found.proven else 'best within the time'}\n"
        f"turns of each: {min(turns.values())} to {max(turns.values())};"
        f" wishes met {wished[True]}, against a wish {wished[False]}\n"
        f"checker: {wrong or 'every rule is kept'}\n"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
