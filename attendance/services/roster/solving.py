"""Runs the solver in a thread of its own and says how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet

from attendance.rules.rota import Problem
from attendance.rules.rota_solver import Solution, solve

TICK = 0.5  # seconds between two words about the progress


def run(problem: Problem, *, seconds: float, told: Callable[[int], object]) -> Solution | None:
    """`told(percent)`: how much of the time is spent; from the caller's thread, which owns the database connection."""
    begun = time.monotonic()
    with ThreadPoolExecutor(max_workers=1) as pool:
        running = pool.submit(solve, problem, seconds=seconds)
        while True:
            try:
                return running.result(timeout=TICK)
            except NotYet:
                told(int(100 * (time.monotonic() - begun) / seconds))
