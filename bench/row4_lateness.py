"""Row 4: how late a breach is told, against the sweep's interval and against one Celery ETA task per deadline.

Reach: at 5,000 due per second p99 within the interval + 0.3 s; 20,000 due in one instant told at least ten times
earlier than as ETA tasks. A deadline counts as told when the sweep that told it has returned, which is after its
commit. The ETA tasks do nothing but note when they ran, on a real worker with two processes. Medians of three, and the
same at a tenth.

    ./dev bench 4 [--rate 5000] [--seconds 6] [--instant 20000] [--rounds 3] [--no-eta]
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecdept.settings")

import django

django.setup()

from celery import Celery
from django.conf import settings
from django.db import connection
from django.utils import timezone

from bench.row3_sweep import as_owner, empty, prepare_people
from office.deadlines.models import DeadlineEvent
from office.deadlines.sweep import BATCH, settle_due
from office.notices.models import Notice

_BEAT: dict[str, Any] = settings.CELERY_BEAT_SCHEDULE["settle-deadlines"]
INTERVAL = float(_BEAT["schedule"])
OTHERS = 200_000  # open rows that are not due
QUEUE = "bench-eta"

eta_app = Celery("bench", broker=settings.CELERY_BROKER_URL)
eta_app.conf.update(
    task_default_queue=QUEUE,
    task_acks_late=True,
    task_ignore_result=True,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
)

_FILL = """
INSERT INTO deadlines_deadline
       (rule, clause, version_id, subject_type, subject_id, label, holder_id, state, started_at, due_at, plan_at,
        plan_kind, plan_to, step, next_at, failures, last_error)
SELECT 'orders.contact', 'C7.2', 1, 'order', %(prefix)s || g, 'TM01/' || g,
       (%(people)s::bigint[])[1 + g %% cardinality(%(people)s::bigint[])], 'open', due - interval '10 minutes', due,
       ARRAY[due, due + interval '100 days'], ARRAY['b', 'e'], ARRAY['holder', 'service_supervisor:on_duty'], 0, due,
       0, ''
FROM generate_series(0, %(count)s - 1) AS g, LATERAL (SELECT %(first)s + g * %(apart)s::interval AS due) AS instant
"""


@eta_app.task(name="bench.note")
def note() -> None:
    """One write of eight bytes: far less than telling a breach."""
    file = os.open(os.environ["ECDEPT_BENCH_TIMES"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, struct.pack("d", time.time()))
    os.close(file)


def fill(prefix: str, count: int, first: dt.datetime, apart: dt.timedelta, people: list[int]) -> None:
    values: dict[str, Any] = {
        "prefix": prefix,
        "count": count,
        "first": first,
        "apart": apart,
        "people": people,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FILL, values)


def prepare() -> list[int]:
    people: list[int] = prepare_people()
    empty()
    far = timezone.now() + dt.timedelta(days=30)
    fill("far", OTHERS, far, dt.timedelta(milliseconds=1), people)
    as_owner("VACUUM ANALYZE deadlines_deadline")
    return people


def sweep_until(count: int, interval: float) -> list[float]:
    """Sweep every `interval` seconds, as the beat does, until `count` breaches are told: their lateness in seconds."""
    returned: dict[dt.datetime, float] = {}
    told = 0
    tick = time.monotonic()
    while told < count:
        while True:  # the task goes on while batches are full
            now = timezone.now()
            settled = settle_due(now, max_batches=1)
            returned[now] = time.time()
            told += settled.breached
            if settled.settled < BATCH:
                break
        tick += interval
        time.sleep(max(0.0, tick - time.monotonic()))
    late = []
    for at, planned in DeadlineEvent.objects.filter(at__in=returned).values_list("at", "planned_at"):
        late.append(returned[at] - planned.timestamp())
    return late


def p99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]


def steady(rate: int, seconds: float, interval: float) -> float:
    people = prepare()
    count = int(rate * seconds)
    first = timezone.now() + dt.timedelta(seconds=1 + count / 60_000)
    fill("due", count, first, dt.timedelta(seconds=1 / rate), people)
    late = sweep_until(count, interval)
    assert Notice.objects.count() == len(late) == count
    return p99(late)


def at_once(count: int, interval: float) -> float:
    """All due in one instant; the tick falls just before it, which is the worst case."""
    people = prepare()
    instant = timezone.now() + dt.timedelta(seconds=1.5 + count / 40_000)
    fill("due", count, instant, dt.timedelta(), people)
    time.sleep(max(0.0, (instant - timezone.now()).total_seconds() - 0.01))
    late = sweep_until(count, interval)
    assert len(late) == count
    return p99(late)


def as_eta_tasks(count: int) -> float:
    """The same as one ETA task each; all of them are with the worker before their instant comes."""
    with tempfile.TemporaryDirectory() as folder:
        times = Path(folder) / "times"
        env = {
            **os.environ,
            "ECDEPT_BENCH_TIMES": str(times),
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        }
        command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "bench.row4_lateness:eta_app",
            "worker",
            "-c",
            "2",
            "-Q",
            QUEUE,
        ]
        worker = subprocess.Popen(
            [*command, "--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "ERROR"],
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
        )
        try:
            eta = timezone.now() + dt.timedelta(seconds=20 + count / 250)
            with eta_app.connection_for_write() as link, eta_app.amqp.Producer(link) as producer:
                for _number in range(count):
                    note.apply_async(eta=eta, producer=producer)
            with eta_app.connection_for_read() as link:
                channel: Any = link.default_channel
                while channel.client.llen(QUEUE) and timezone.now() < eta:
                    time.sleep(0.2)
            if timezone.now() >= eta:
                print("  (the worker had not fetched every ETA task in time: its figure includes fetching)")
            deadline = time.monotonic() + 60 + count / 100
            while not times.exists() or times.stat().st_size < 8 * count:
                assert time.monotonic() < deadline, "the ETA tasks did not all run"
                time.sleep(0.2)
            content = times.read_bytes()
        finally:
            worker.terminate()
            worker.wait(30)
            with eta_app.connection_for_write() as link:
                cleared: Any = link.default_channel
                cleared.queue_purge(QUEUE)
    late = [value[0] - eta.timestamp() for value in struct.iter_unpack("d", content)]
    return p99(late[:count])


def run(rate: int, seconds: float, instant: int, rounds: int, eta: bool) -> None:
    print(
        f"row 4: {rate:,} due per second for {seconds:g} s, {instant:,} due at once, {OTHERS:,} other open rows"
    )
    for interval in (INTERVAL, 0.2):
        found = [steady(rate, seconds, interval) for _round in range(rounds)]
        over = statistics.median(found) - interval
        show(
            f"p99 at {rate:,}/s, a sweep every {interval:g} s",
            found,
            f"interval {over:+.2f} s (asked ≤ +0.3)",
        )
    together = [at_once(instant, 0.2) for _round in range(rounds)]
    show(f"p99 of {instant:,} at once", together)
    if eta:
        tasks = [as_eta_tasks(instant) for _round in range(rounds)]
        ratio = statistics.median(tasks) / statistics.median(together)
        show("the same as Celery ETA tasks", tasks, f"× {ratio:.1f} (asked ≥ 10)")


def show(what: str, found: list[float], remark: str = "") -> None:
    rounds = ", ".join(f"{each:.2f}" for each in found)
    print(f"  {what:38} {statistics.median(found):7.2f} s   [{rounds}]   {remark}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=5_000)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--instant", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-eta", action="store_true")
    options = parser.parse_args()
    run(options.rate, options.seconds, options.instant, options.rounds, not options.no_eta)
    run(options.rate // 10, options.seconds, options.instant // 10, options.rounds, not options.no_eta)
    empty()


if __name__ == "__main__":
    main()
