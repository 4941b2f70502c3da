"""Row 3: the sweep, with events and notices, against one bare set-based statement over as many rows.

Reach: at least 0.4 of the bare statement (UPDATE … RETURNING and the events), at least 80 times one by one through the
ORM, an idle poll within 1 ms over all open rows. Alternating runs in one table, medians of three, and the same again at
a tenth of the size.

    ./dev bench 3 [--open 1000000] [--due 100000] [--batch 2000]
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecdept.settings")

import django

django.setup()

import psycopg2
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from office.deadlines.models import Deadline, DeadlineEvent
from office.deadlines.sweep import BATCH, settle_due
from office.notices.models import Notice
from office.rulebook.models import Version
from office.staff.models import Appointment, Employee

BASE = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
ONE_BY_ONE = 500
_LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)

# Six sets come due a minute apart; the rest waits far away. Every row has its escalations still before it.
_FILL = """
INSERT INTO deadlines_deadline
       (rule, clause, version_id, subject_type, subject_id, label, holder_id, state, started_at, due_at, plan_at,
        plan_kind, plan_to, step, next_at, failures, last_error)
SELECT 'orders.contact', 'C7.2', 1, 'order', g::text, 'TM01/' || lpad(g::text, 8, '0'),
       (%(people)s::bigint[])[1 + g %% cardinality(%(people)s::bigint[])], 'open', due - interval '10 minutes', due,
       ARRAY[due, due + interval '100 days', due + interval '101 days'], ARRAY['b', 'e', 'e'],
       ARRAY['holder', 'service_supervisor:on_duty', 'department_manager'], 0, due, 0, ''
FROM generate_series(0, %(open)s - 1) AS g,
     LATERAL (SELECT %(base)s + CASE WHEN g < 6 * %(due)s THEN (g / %(due)s + 1) * interval '1 minute'
                                     ELSE interval '30 days' + g * interval '1 millisecond' END AS due) AS instant
ORDER BY g
"""
_BARE = """
WITH moved AS (
    UPDATE deadlines_deadline SET step = 1, next_at = plan_at[2], breached_at = %(now)s
    WHERE next_at <= %(now)s RETURNING id, due_at
)
INSERT INTO deadlines_deadlineevent (deadline_id, step, kind, at, planned_at)
SELECT id, 0, 'b', %(now)s, due_at FROM moved
"""


def as_owner(*statements: str) -> None:
    """What the application's login may not do: empty, analyse, checkpoint."""
    parts = connection.get_connection_params()
    import environ

    owner = environ.Env.db_url_config(os.environ["DATABASE_OWNER_URL"])
    own = psycopg2.connect(
        dbname=parts["dbname"],
        user=owner["USER"],
        password=owner["PASSWORD"],
        host=parts.get("host"),
        port=parts.get("port"),
    )
    own.autocommit = True
    with own.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    own.close()


def prepare_people() -> list[int]:
    """Ten agents, one supervisor, one manager, and the site book in force."""
    if not Version.objects.exists():
        call_command("rulebook", "activate", "site", "--from", "2020-01-01", verbosity=0)
    posts = ["service_agent"] * 10 + ["service_supervisor", "department_manager"]
    people = []
    for number, post in enumerate(posts):
        employee, made = Employee.objects.get_or_create(
            number=f"B{number:03d}", defaults={"name": f"Bench {number}", "joined_at": _LONG_AGO}
        )
        if made:
            Appointment.objects.create(employee=employee, position=post, during=(_LONG_AGO, None))
        people.append(employee.pk)
    return people[:10]


def fill(open_rows: int, due: int, people: list[int]) -> None:
    empty()
    with connection.cursor() as cursor:
        cursor.execute(_FILL, {"open": open_rows, "due": due, "base": BASE, "people": people})
    as_owner("VACUUM ANALYZE deadlines_deadline")


def empty() -> None:
    as_owner(
        "TRUNCATE deadlines_deadline, deadlines_deadlineevent, notices_notice, notices_outboxmessage RESTART IDENTITY"
    )


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def bare(now: dt.datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_BARE, {"now": now})


def one_by_one(ids: list[int], now: dt.datetime) -> None:
    for deadline_id in ids:
        with transaction.atomic():
            row = Deadline.objects.select_for_update().get(pk=deadline_id)
            DeadlineEvent.objects.create(deadline=row, step=0, kind="b", at=now, planned_at=row.due_at)
            Notice.objects.create(
                recipient_id=row.holder_id or 0,
                kind="deadline.breached:orders.contact",
                source="deadline",
                source_id=row.pk,
                subject_type=row.subject_type,
                subject_id=row.subject_id,
                label=row.label,
                clause=row.clause,
                params={"due_at": row.due_at.isoformat()},
                urgent=True,
                created_at=now,
            )
            row.step, row.next_at, row.breached_at = 1, row.plan_at[1], now
            row.save(update_fields=["step", "next_at", "breached_at"])


def idle_poll() -> float:
    """Median of 200 sweeps with nothing due, in seconds."""
    before = BASE - dt.timedelta(days=1)
    return statistics.median(timed(lambda: settle_due(before)) for _round in range(200))


def run(open_rows: int, due: int, batch: int) -> tuple[float, float]:
    people = prepare_people()
    fill(open_rows, due, people)
    idle = idle_poll()
    bares, sweeps, singles = [], [], []
    for pair in range(3):
        minute = BASE + dt.timedelta(minutes=2 * pair + 1)
        as_owner("ANALYZE deadlines_deadline")
        bares.append(timed(partial(bare, minute)))
        later = minute + dt.timedelta(minutes=1)
        began = time.perf_counter()
        settled = settle_due(later, batch=batch)
        sweeps.append(time.perf_counter() - began)
        assert settled.breached == due, settled
        far = Deadline.objects.filter(step=0, due_at__gt=BASE + dt.timedelta(days=1))
        ids = list(far.order_by("pk").values_list("pk", flat=True)[:ONE_BY_ONE])
        singles.append(due / ONE_BY_ONE * timed(partial(one_by_one, ids, timezone.now())))
    assert Notice.objects.count() == 3 * (due + ONE_BY_ONE)
    assert DeadlineEvent.objects.count() == 3 * (2 * due + ONE_BY_ONE)
    bare_time, sweep_time = statistics.median(bares), statistics.median(sweeps)
    singly = statistics.median(singles)
    print(f"row 3: {due:,} due among {open_rows:,} open, batches of {batch:,}")
    for what, took, rounds in (
        ("bare UPDATE … RETURNING and events", bare_time, bares),
        ("sweep with events and notices", sweep_time, sweeps),
        (f"one by one through the ORM ({ONE_BY_ONE})", singly, singles),
    ):
        print(f"  {what:38} {due / took:10,.0f} rows/s   [{', '.join(f'{each:.2f}' for each in rounds)}] s")
    print(f"  {'idle poll':38} {idle * 1000:10.2f} ms   (asked ≤ 1)")
    print(
        f"  sweep to bare {bare_time / sweep_time:.2f} (asked ≥ 0.4), to one by one × {singly / sweep_time:.0f}"
        f" (asked ≥ 80); load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    return sweep_time / due, idle


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--open", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=100_000)
    parser.add_argument("--batch", type=int, default=BATCH)
    options = parser.parse_args()
    large, _idle = run(options.open, options.due, options.batch)
    small, _idle = run(options.open // 10, options.due // 10, options.batch)
    print(f"  cost of a row, ten times the size: × {large / small:.2f}")
    empty()


if __name__ == "__main__":
    main()
