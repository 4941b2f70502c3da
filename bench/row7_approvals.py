"""Row 7: the approval queue with 200 waiting among a hundred thousand requests, against a bare signed-in Django page;
and deciding 200 at once, against 200 commits of a single row.

The requests are of a chain with two steps and an executor: deciding the first step opens the second for each of them,
deciding the second asks the executor and starts his time. Both are timed. Each decision looks its subject up in a table
first, as every kind does. Reach: p95 of the page at most 1.5 times the bare page's, deciding at most 5 times the
commits. Medians of three in turn, and the same again at a tenth of the size.

    ./dev bench 7 [--runs 100000] [--waiting 200] [--requests 300]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecdept.settings")

import datetime as dt

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench.row5_desk import SHOPS as SHOP_COUNT
from bench.row5_desk import Server, World, as_owner, keys_for, p95, session_of
from bench.row5_desk import people as desk_people
from office.approvals import api as approvals
from office.approvals.models import Run
from office.rulebook import api as rulebook
from office.rulebook.models import Version
from office.rulebook.parser import shipped_source
from office.staff.models import Appointment, Employee
from office.subjects import Subject
from orders.models import Order
from orders.services.shops import get_or_create_shop

KIND = "bench.two"
CHAIN = f"""
[rules."{KIND}"]
kind = "chain"
clause = "C11.1"
steps = [{{ positions = ["service_supervisor"] }}, {{ positions = ["department_manager"] }}]
executor = "product_operations"
"""
_LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
#: As many ended requests as asked for, with what they leave: paper, two agreed steps, their seats and votes.
_FILL = """
WITH made AS (
    INSERT INTO approvals_run (kind, subject_type, subject_id, label, flags, requester_id, post, chain, version_id,
                               clause, chain_steps, executor, check_by, round, revision, state, "similar", preview,
                               submitted_at,
                               decided_at, executed_at, executed_by_id, ended_at, execute_rule, execution_evidence,
                               check_state, changed_fields)
    SELECT %(kind)s, 'bench', 'old-' || g, 'cup ' || g, '{}', %(asks)s, 'service_agent', %(kind)s, %(version)s, 'C11.1',
           2, 'product_operations', '{}', 1, 5, CASE WHEN g %% 9 = 0 THEN 'rejected' ELSE 'executed' END,
           %(kind)s, '{"total": 0}', at, at + interval '3 hours',
           CASE WHEN g %% 9 <> 0 THEN at + interval '5 hours' END, CASE WHEN g %% 9 <> 0 THEN %(does)s::bigint END,
           at + interval '5 hours', '', '', '', '{}'
    FROM generate_series(%(first)s::int, %(last)s::int) g,
         LATERAL (SELECT now() - g * interval '1 minute' AS at) AS when_asked
    RETURNING id, submitted_at AS at
), paper AS (
    INSERT INTO approvals_paper (run_id, round, payload, digest, fields, changes, at)
    SELECT id, 1, '{"price":"12.50"}'::bytea, encode(sha256('{"price":"12.50"}'::bytea), 'hex'), '{}', '{}', at
    FROM made
), step AS (
    INSERT INTO approvals_step (run_id, round, place, mode, positions, origin, rule, state, current, opened_at, due_at,
                                closed_at, reminded)
    SELECT id, 1, n * 65536, 'any', ARRAY[post], 'chain', 'approvals.step', 'agreed', true, at, at + interval '1 day',
           at + n * interval '1 hour', 0
    FROM made, unnest(ARRAY['service_supervisor', 'department_manager']) WITH ORDINALITY AS chain (post, n)
    RETURNING id, run_id, positions[1] AS post, opened_at, due_at, closed_at
), seat AS (
    INSERT INTO approvals_seat (run_id, step_id, position, climbed_from, stuck, state, opened_at, due_at)
    SELECT run_id, id, post, '', false, 'decided', opened_at, due_at FROM step
    RETURNING id, run_id, step_id, position
)
INSERT INTO approvals_vote (run_id, step_id, seat_id, round, person_id, acting_for, decision, comment, digest, at)
SELECT seat.run_id, step_id, seat.id, 1, CASE WHEN position = 'service_supervisor' THEN %(first_decider)s::bigint
       ELSE %(second_decider)s::bigint END, '', 'approve', '', encode(sha256('{"price":"12.50"}'::bytea), 'hex'), now()
FROM seat
"""
_TABLES = ("approvals_run", "approvals_paper", "approvals_step", "approvals_seat", "approvals_vote")


def fields_of(subject_ids: Collection[str]) -> Mapping[str, Mapping[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, price::text FROM bench_row7 WHERE id = ANY(%s)", [list(subject_ids)])
        return {subject_id: {"price": price} for subject_id, price in cursor.fetchall()}


def nothing(run: Run, payload: Mapping[str, Any], by: Employee | None, now: dt.datetime) -> None:
    """The executor is never asked to act here."""


class Company:
    """Who asks, who decides, who carries out; and what they decide about."""

    def __init__(self) -> None:
        now = timezone.now()
        if not Version.objects.filter(base_source__contains=KIND).exists():
            rulebook.activate_book(
                code="site", starts_at=now, by=None, now=now, source=shipped_source("site") + CHAIN
            )
        self.asks = self._person("B7-A", "service_agent")
        self.first = self._person("B7-S", "service_supervisor")
        self.second = self._person("B7-M", "department_manager")
        self.does = self._person("B7-O", "product_operations")
        approvals.register_kind(
            approvals.Kind(
                code=KIND,
                name="Bench",
                subject_type="bench",
                fields=lambda subject_id: fields_of([subject_id])[subject_id],
                fields_of_many=fields_of,
                changes=lambda run: [approvals.Change("price", "Price", "10.00", "12.50")],
                apply=nothing,
            )
        )
        as_owner(
            "CREATE TABLE IF NOT EXISTS bench_row7 (id text PRIMARY KEY, price numeric(10, 2) NOT NULL)",
            "CREATE TABLE IF NOT EXISTS bench_row7_single (id bigserial PRIMARY KEY, run bigint NOT NULL)",
            "GRANT SELECT, INSERT ON bench_row7, bench_row7_single TO ecdept_app",
            "GRANT USAGE ON SEQUENCE bench_row7_single_id_seq TO ecdept_app",
        )

    def _person(self, number: str, position: str) -> Employee:
        found, made = Employee.objects.get_or_create(
            number=number,
            defaults={"name": number, "joined_at": _LONG_AGO, "password_changed_at": timezone.now()},
        )
        if made:
            Appointment.objects.create(employee=found, position=position, during=(_LONG_AGO, None))
        return found

    def grow(self, wanted: int) -> None:
        """At least `wanted` requests, ended ones written past the laws by the tables' owner."""
        there = Run.objects.count()
        if there >= wanted:
            return
        values = {
            "kind": KIND, "asks": self.asks.pk, "does": self.does.pk, "first": there + 1, "last": wanted,
            "version": rulebook.book(timezone.now()).version_id, "first_decider": self.first.pk,
            "second_decider": self.second.pk,
        }  # fmt: skip
        with connection.cursor() as cursor:
            fill = cursor.mogrify(_FILL, values).decode()
        as_owner(
            *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in _TABLES),
            fill,
            *(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in _TABLES),
            *(f"VACUUM ANALYZE {table}" for table in _TABLES),
        )

    def ask(self, count: int) -> list[int]:
        """As many requests as asked for, waiting on the first of the chain."""
        now, stamp = timezone.now(), f"{time.time():.3f}"
        subjects = [f"{stamp}-{n}" for n in range(count)]
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO bench_row7 SELECT id, 10 FROM unnest(%s::text[]) AS id", [subjects])
        return [
            approvals.submit(
                kind=KIND,
                subject=Subject("bench", subject_id, f"cup {subject_id}"),
                payload={"price": "12.50"},
                by=self.asks,
                now=now,
            ).pk
            for subject_id in subjects
        ]


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def decide(runs: Sequence[int], by: Employee) -> None:
    results = approvals.decide_many(
        decisions=[approvals.Decision(run, "approve", reason="bench") for run in runs],
        by=by,
        now=timezone.now(),
    )
    assert all(result.ok for result in results), next(each.refused for each in results if not each.ok)


def singly(runs: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        for run in runs:
            cursor.execute("INSERT INTO bench_row7_single (run) VALUES (%s)", [run])


def deciding(company: Company, count: int) -> dict[str, float]:
    """Seconds, medians of three in turn."""
    found: dict[str, list[float]] = {"commits": [], "first step": [], "second step": []}
    for _turn in range(3):
        runs = company.ask(count)
        as_owner("ANALYZE approvals_run", "ANALYZE approvals_step", "ANALYZE approvals_seat")
        found["commits"].append(timed(partial(singly, runs)))
        found["first step"].append(timed(partial(decide, runs, company.first)))
        found["second step"].append(timed(partial(decide, runs, company.second)))
        assert Run.objects.filter(pk__in=runs, state=Run.State.AGREED).count() == count
    for name, times in found.items():
        print(f"  {name}: {', '.join(f'{one * 1000:.0f}' for one in times)} ms for {count}")
    return {name: statistics.median(times) for name, times in found.items()}


def page(company: Company, requests: int) -> dict[str, float]:
    """Milliseconds, medians of three p95 in turn."""
    session = session_of(company.first)
    queue, bare = Server("ecdept.settings", "/healthz"), Server("bench.bare_desk", "/bare")
    found: dict[str, list[float]] = {"bare": [], "queue": []}
    try:
        p95(bare, "/bare", session, 40)
        p95(queue, "/approvals/", session, 40)
        for _turn in range(3):
            found["bare"].append(p95(bare, "/bare", session, requests))
            found["queue"].append(p95(queue, "/approvals/", session, requests))
    finally:
        queue.stop()
        bare.stop()
    for name, times in found.items():
        print(f"  {name}: p95 {', '.join(f'{one:.1f}' for one in times)} ms")
    return {name: statistics.median(times) for name, times in found.items()}


def queries(employee: Employee) -> int:
    """How many the page takes."""
    client = Client(headers={"host": "localhost"})
    client.cookies["sessionid"] = session_of(employee)
    client.get("/approvals/")
    with CaptureQueriesContext(connection) as found:
        assert client.get("/approvals/").status_code == 200
    return len(found.captured_queries)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--waiting", type=int, default=200)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--orders", type=int, default=20_000)
    options = parser.parse_args()
    call_command("collectstatic", "--noinput", verbosity=0)
    now = timezone.now()
    staffed = desk_people(now)
    shops = [get_or_create_shop(code=f"bench{n}", by=None, now=now) for n in range(SHOP_COUNT)]
    World(staffed, shops, keys_for(now), now).grow(options.orders)
    company = Company()
    for size in (options.runs // 10, options.runs):
        company.grow(size)
        times = deciding(company, options.waiting)
        for name in ("first step", "second step"):
            print(
                f"row 7, deciding {options.waiting} at once among {Run.objects.count()}, {name}:"
                f" {times[name] * 1000:.0f} ms, {options.waiting} commits {times['commits'] * 1000:.0f} ms,"
                f" × {times[name] / times['commits']:.1f} (reach 5)"
            )
        waiting = company.ask(options.waiting)
        found = page(company, options.requests)
        asked = queries(company.first)
        print(
            f"row 7, queue, {options.waiting} waiting among {Run.objects.count()}: p95 {found['queue']:.1f} ms, bare"
            f" page over {Order.objects.count()} orders {found['bare']:.1f} ms, ratio"
            f" {found['queue'] / found['bare']:.2f} (reach 1.5), {asked} queries (load {os.getloadavg()[0]:.1f})",
            flush=True,
        )
        decide(waiting, company.first)
        decide(waiting, company.second)


if __name__ == "__main__":
    main()
