"""The sweep: tells whatever has come due. Any number may run at once; each step is told once.

Rows are claimed with SKIP LOCKED in batches, one statement and one transaction per batch; a backlog of
several batches is worked off by two at once. Rows whose breach has a handler are taken one by one: the
handler and the telling commit together, or the row keeps the error and backs off.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import F

from office.deadlines import kinds, rules
from office.deadlines.models import Deadline, SweepGap
from office.deadlines.selectors import STANDING_STILL
from office.deadlines.telling import Told, tell
from office.errors import Refused
from office.notices import api as notices
from office.staff.models import Appointment
from office.subjects import Subject

log = structlog.get_logger(__name__)

BATCH = 2_000
#: A sweep runs every few seconds; this long without one is an outage that people should know of.
GAP = STANDING_STILL
_LOCK_SPACE = 0x6465 << 48  # advisory lock keys of single rows: "de" in the upper bits, the row's id below

_DUE_NOW = "SELECT EXISTS (SELECT FROM deadlines_deadline WHERE next_at <= %s)"
_HAS_HANDLER = "rule = ANY(%(handled)s) AND due_at <= %(now)s AND breached_at IS NULL"
_BATCH = "next_at <= %(now)s {} ORDER BY next_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED"
_ONE = "id = %(id)s AND next_at <= %(now)s FOR UPDATE"
_HANDLED = f"""
SELECT id FROM deadlines_deadline WHERE next_at <= %(now)s AND {_HAS_HANDLER}
    AND id > %(after)s ORDER BY id LIMIT 500
"""  # noqa: S608 - constants only
_TICK = """
INSERT INTO deadlines_sweeptick AS tick (name, last_at) VALUES ('sweep', %(now)s)
ON CONFLICT (name) DO UPDATE SET last_at = excluded.last_at WHERE tick.last_at < excluded.last_at
"""


@dataclass(slots=True)
class Settled:
    """What one call told. `settled` = warned + breached + escalated steps; `failed` = rows whose handler
    raised.
    """

    settled: int = 0
    warned: int = 0
    breached: int = 0
    escalated: int = 0
    failed: int = 0

    def add(self, told: Told) -> None:
        self.warned += told.warned
        self.breached += told.breached
        self.escalated += told.escalated
        self.settled = self.warned + self.breached + self.escalated

    def __str__(self) -> str:
        return (
            f"settled {self.settled}, warned {self.warned}, breached {self.breached}, "
            f"escalated {self.escalated}, failed {self.failed}"
        )


def settle_due(now: datetime, *, batch: int = BATCH, max_batches: int = 1_000) -> Settled:
    """Tell every step whose instant is not after `now`, oldest first, until nothing is due or
    `max_batches` are done.

    Steps missed during an outage are told in order in the same run. Safe to run many at once and to kill
    at any instant: a batch is one transaction.
    """
    total = Settled()
    with connection.cursor() as cursor:
        cursor.execute(_DUE_NOW, [now])
        if not cursor.fetchone()[0]:
            return total
    handlers = kinds.handlers()
    claim = _Claim(
        _BATCH.format(f"AND NOT ({_HAS_HANDLER})" if handlers else ""),
        {"batch": batch, "handled": list(handlers)},
        now,
        _Left(max_batches),
    )
    for told in [*claim.tell_all(most=1), *_work_off(claim)]:
        total.add(told)
    if handlers:
        _settle_handled(now, handlers, total)
    return total


class _Left:
    """How many more batches may be taken, by whoever takes them."""

    def __init__(self, batches: int) -> None:
        self._batches, self._guard = batches, threading.Lock()

    def take(self) -> bool:
        with self._guard:
            self._batches -= 1
            return self._batches >= 0


@dataclass(slots=True)
class _Claim:
    """The batches of one sweep; `more` until a batch was not full."""

    sql: str
    values: dict[str, Any]
    now: datetime
    left: _Left
    more: bool = True

    def tell_all(self, most: int | None = None) -> list[Told]:
        """Batch after batch until nothing is due, each in a transaction of its own."""
        found: list[Told] = []
        while (most is None or len(found) < most) and self.left.take():
            with transaction.atomic():
                told = tell(self.sql, dict(self.values), now=self.now)
            found.append(told)
            if told.rows < self.values["batch"]:
                self.more = False
                break
        return found

    def tell_beside(self) -> list[Told]:
        """The same in a thread of its own, through its own connection."""
        try:
            return self.tell_all()
        finally:
            connection.close()


def _work_off(claim: _Claim) -> list[Told]:
    """What is left after a full batch. A backlog is worked off by two at once: the rows of both are different ones, and
    while one waits for the disk the other goes on. Inside somebody's transaction by one: nobody else would see it."""
    if not claim.more:
        return []
    if connection.in_atomic_block:
        return claim.tell_all()
    with ThreadPoolExecutor(1, thread_name_prefix="sweep") as pool:
        beside = pool.submit(claim.tell_beside)
        return [*claim.tell_all(), *beside.result()]


def _settle_handled(now: datetime, handlers: dict[str, kinds.Handler], total: Settled) -> None:
    after = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_HANDLED, {"now": now, "handled": list(handlers), "after": after})
            ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return
        for deadline_id in ids:
            try:
                told = _settle_one(deadline_id, handlers, now)
            except Exception as error:  # noqa: BLE001 - a desk's handler may raise anything; its row keeps it, others go on
                _keep_failure(deadline_id, error, now)
                total.failed += 1
            else:
                total.add(told)
        after = ids[-1]


def _settle_one(deadline_id: int, handlers: dict[str, kinds.Handler], now: datetime) -> Told:
    """The handler and the telling of one row, in one transaction.

    The claim is an advisory lock: handlers lock their own rows first and the deadline after, as every act
    of a desk does, so the two never wait for each other.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK_SPACE | deadline_id])
            if not cursor.fetchone()[0]:
                return Told()
        row = Deadline.objects.filter(pk=deadline_id, next_at__lte=now, breached_at=None).first()
        if row is None:
            return Told()
        handlers[row.rule](row, now)
        return tell(_ONE, {"id": deadline_id}, now=now)


def _keep_failure(deadline_id: int, error: Exception, now: datetime) -> None:
    """The error's kind and code only: a message may quote what a person typed."""
    name = type(error).__name__
    words = f"{name}: {error.code}" if isinstance(error, Refused) else name
    log.error("deadline_handler_failed", deadline=deadline_id, error=words)
    failures = Deadline.objects.filter(pk=deadline_id).values_list("failures", flat=True).first() or 0
    Deadline.objects.filter(pk=deadline_id, next_at__lte=now).update(
        failures=F("failures") + 1,
        last_error=words[:300],
        next_at=now + rules.retry_after(failures + 1),
    )


def tick(now: datetime) -> SweepGap | None:
    """Note that a sweep runs now; a gap since the last one is kept and told to those who run the machines.

    `now` is the real clock: a sweep with a time of its own (`settle_deadlines --now`) does not tick.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT last_at FROM deadlines_sweeptick WHERE name = 'sweep' FOR UPDATE")
            before = cursor.fetchone()
            cursor.execute(_TICK, {"now": now})
        if before is None or now - before[0] <= GAP:
            return None
        gap = SweepGap.objects.create(started_at=before[0], ended_at=now)
        people = Appointment.objects.filter(
            position__in=("it_manager", "system_administrator"), during__contains=now
        ).values_list("employee_id", flat=True)
        notices.notify(
            kinds.GAP,
            people,
            source="sweep_gap",
            source_id=gap.pk,
            subject=Subject("sweep_gap", str(gap.pk), f"{(now - before[0]).total_seconds():.0f} s"),
            now=now,
            params={"started_at": before[0], "ended_at": now},
            urgent=True,
        )
        return gap
