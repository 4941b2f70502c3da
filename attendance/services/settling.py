"""Settling days: what is marked and over is judged, many people at once (S1, S2d)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models import MonthClose
from attendance.rules.months import month_of, next_month
from attendance.rules.settling import Outcome, settle
from attendance.selectors.settling import Facts, Last, facts_of, held, reduced, spells
from attendance.selectors.terms import MATCHING, book_of, terms_of
from attendance.services.months_lock import hold_months
from office.audit import api as audit
from office.audit.services import Target, copy_rows
from office.rulebook import api as rulebook
from office.subjects import Subject

VERBS = {"attendance.settle": _("Days settled")}
RETENTION = "retention.punch_days"
ABSENCE = "attendance.absence"
#: Marks that are settled in one transaction.
BATCH = 20_000
SETTLED = Target(
    "attendance_settledday",
    "employee_id, day, turn, verdict, flags, planned, worked, late, early, leave, absent, absent_share, came_at,"
    " left_at, facts, digest, version_id, at",
    "verdict, digest",
)

_DUE = """
SELECT u.id, u.employee_id, u.day, u.marks
  FROM attendance_unsettled u
  LEFT JOIN LATERAL (
      SELECT max(s.ends_at) AS ends_at FROM attendance_shift s
       WHERE s.employee_id = u.employee_id AND s.day = u.day AND s.removed_at IS NULL
         AND s.published_at IS NOT NULL
  ) last ON true
 WHERE u.day <= %(today)s
   AND CASE WHEN last.ends_at IS NULL THEN u.day < %(today)s ELSE last.ends_at <= %(ended)s END
   AND (%(only)s::bigint[] IS NULL OR u.employee_id = ANY (%(only)s))
 ORDER BY u.employee_id, u.day
 LIMIT %(most)s
   FOR UPDATE OF u SKIP LOCKED
"""
_DONE = """
DELETE FROM attendance_unsettled u USING unnest(%(ids)s::bigint[]) AS done (id) WHERE u.id = done.id
"""
_ADJUST = """
INSERT INTO attendance_adjustment (employee_id, day, turn, month, verdict, share_before, absent_share, facts, digest,
                                   version_id, at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
#: A line is proposed where a share is at stake, and follows every later turn of its day; a changed one is asked anew.
_LINES = """
INSERT INTO attendance_wageline AS line (employee_id, day, month, share, turn, clause, state, proposed_at, reason)
SELECT given.employee_id, given.day, given.month, given.share, given.turn, %(clause)s,
       CASE WHEN given.share = 0 THEN 'void' ELSE 'proposed' END, %(now)s, ''
  FROM unnest(%(employees)s::bigint[], %(days)s::date[], %(months)s::date[], %(shares)s::numeric[],
              %(turns)s::int[]) AS given (employee_id, day, month, share, turn)
 WHERE given.share <> 0
    OR EXISTS (SELECT FROM attendance_wageline known WHERE known.employee_id = given.employee_id
               AND known.day = given.day AND known.month = given.month)
 ORDER BY given.employee_id, given.day
ON CONFLICT (employee_id, day, month) DO UPDATE
   SET share = excluded.share, turn = excluded.turn, state = excluded.state, proposed_at = excluded.proposed_at,
       decided_by_id = NULL, decided_at = NULL, reason = '', sealed = NULL
 WHERE line.share <> excluded.share
"""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a run did: days looked at, days that came to something new, days of closed months among them."""

    looked_at: int = 0
    changed: int = 0
    adjusted: int = 0


class Fresh(NamedTuple):
    """A turn to be written."""

    employee_id: int
    outcome: Outcome
    turn: int
    version: int
    digest: str


class Changed(NamedTuple):
    """A day that came to something new, as those who watch are told."""

    employee_id: int
    day: date
    outcome: Outcome


Watcher = Callable[[Sequence[Changed], datetime], None]
_watchers: list[Watcher] = []


def watch_settled(watcher: Watcher) -> None:
    """Called in `apps.ready()`: the watcher is told inside the transaction what a run changed."""
    if watcher not in _watchers:
        _watchers.append(watcher)


def settle_marked(*, now: datetime, only: Collection[int] | None = None, batch: int = BATCH) -> Settled:
    """Settle every marked day that is over: the last shift ended and its window is past; a day without a shift when it
    has ended. Safe to run by many at once and at any time: the same facts give no new turn. `only`: these people."""
    total = Settled()
    if not rulebook.has_rule(MATCHING, now):
        return total  # a book of before: the marks wait for one that says how punches are read
    while True:
        done, count = _settle_batch(now, only, batch)
        total = Settled(
            total.looked_at + done.looked_at, total.changed + done.changed, total.adjusted + done.adjusted
        )
        if count < batch:
            return total


@transaction.atomic
def _settle_batch(now: datetime, only: Collection[int] | None, batch: int) -> tuple[Settled, int]:
    today = timezone.localdate(now)
    hold_months(shared=True)
    with connection.cursor() as cursor:
        cursor.execute(
            _DUE,
            {
                "today": today,
                "ended": now - terms_of(rulebook.book(now)).after,
                "only": None if only is None else list(only),
                "most": batch,
            },
        )
        marks = cursor.fetchall()
    if not marks:
        return Settled(), 0
    days = [(employee_id, day) for _pk, employee_id, day, _marks in marks]
    done = _settle_days(days, now)
    with connection.cursor() as cursor:
        cursor.execute(_DONE, {"ids": [mark[0] for mark in marks]})
    return done, len(marks)


def _settle_days(days: Sequence[tuple[int, date]], now: datetime) -> Settled:
    today = timezone.localdate(now)
    horizon = today - timedelta(days=rulebook.limit_rule(RETENTION, at=now).count)
    over = reduced(days, today)
    days = [each for each in days if each not in over] if over else days
    facts = facts_of(spells(days), horizon=horizon)
    outcomes = judge(days, facts)
    known = held(days)
    closed = set(MonthClose.objects.values_list("month", flat=True))
    fresh: list[Fresh] = []
    late: list[tuple[int, Outcome, Last | None, int]] = []
    for employee_id, outcome, digest, version in outcomes:
        before = known.get((employee_id, outcome.day))
        if before is not None and before.digest == digest:
            continue
        if month_of(outcome.day) in closed:
            late.append((employee_id, outcome, before, version))
        else:
            fresh.append(Fresh(employee_id, outcome, before.turn + 1 if before else 1, version, digest))
    _write(fresh, now)
    entered_in = open_month(closed, today)
    _adjust(late, entered_in, now)
    _propose(fresh, late, entered_in, now)
    changed = [Changed(each.employee_id, each.outcome.day, each.outcome) for each in fresh]
    changed += [Changed(employee_id, outcome.day, outcome) for employee_id, outcome, *_rest in late]
    if changed:
        first, last = min(each.day for each in changed), max(each.day for each in changed)
        audit.record(
            "attendance.settle",
            subject=Subject("attendance", "settling", f"{first:%Y-%m-%d} – {last:%Y-%m-%d}"),
            by=None,
            now=now,
            clause=_clause(now),
            data={"looked_at": len(days), "changed": len(changed), "in_closed_months": len(late)},
        )
        for watcher in _watchers:
            watcher(changed, now)
    return Settled(len(days), len(changed), len(late))


def judge(days: Sequence[tuple[int, date]], facts: Facts) -> list[tuple[int, Outcome, str, int]]:
    """Each day by the book in force when it began: (person, outcome, its digest, the book's version)."""
    found: list[tuple[int, Outcome, str, int]] = []
    by_day = {day: book_of(day) for day in {day for _employee_id, day in days}}
    for employee_id, group in groupby(sorted(days), key=lambda each: each[0]):
        by_book: dict[int, list[date]] = defaultdict(list)
        for _employee, day in group:
            by_book[by_day[day].version_id or 0].append(day)
        for version, own in by_book.items():
            for outcome in settle(
                days=own,
                shifts=facts.shifts.get(employee_id, ()),
                punches=facts.punches.get(employee_id, ()),
                leaves=facts.leaves.get(employee_id, ()),
                waived=facts.waived,
                terms=terms_of(by_day[own[0]]),
            ):
                found.append((employee_id, outcome, outcome.digest, version))
    return found


def open_month(closed: Collection[date], today: date) -> date:
    """The month in which something that became known today is entered: this one, or the first after it that is open."""
    month = month_of(today)
    while month in closed:
        month = next_month(month)
    return month


def _write(fresh: Sequence[Fresh], now: datetime) -> None:
    if not fresh:
        return
    at = now.isoformat()
    with connection.cursor() as cursor:
        copy_rows(cursor, SETTLED, [row_of(each, at) for each in fresh])


def row_of(fresh: Fresh, at: str) -> tuple[object, ...]:
    """The turn as a row of `SETTLED`."""
    outcome = fresh.outcome
    return (
        fresh.employee_id,
        outcome.day.isoformat(),
        fresh.turn,
        outcome.verdict,
        "{" + ",".join(outcome.flags) + "}",
        _seconds(outcome.planned),
        _seconds(outcome.worked),
        _seconds(outcome.late),
        _seconds(outcome.early),
        _seconds(outcome.leave),
        _seconds(outcome.absent),
        outcome.absent_share,
        outcome.came_at.isoformat() if outcome.came_at else None,
        outcome.left_at.isoformat() if outcome.left_at else None,
        outcome.facts,
        fresh.digest,
        fresh.version,
        at,
    )


def _seconds(time: timedelta) -> str:
    return f"{time.total_seconds():.6f} seconds" if time else "0"


def _adjust(late: Sequence[tuple[int, Outcome, Last | None, int]], month: date, now: datetime) -> None:
    if not late:
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            _ADJUST,
            [
                (
                    employee_id,
                    outcome.day,
                    before.adjusted + 1 if before else 1,
                    month,
                    outcome.verdict,
                    before.share if before else Decimal(0),
                    outcome.absent_share,
                    json.dumps(json.loads(outcome.facts)),
                    outcome.digest,
                    version,
                    now,
                )
                for employee_id, outcome, before, version in late
            ],
        )


def _propose(
    fresh: Sequence[Fresh],
    late: Sequence[tuple[int, Outcome, Last | None, int]],
    month: date,
    now: datetime,
) -> None:
    """Wage lines for what is at stake (S2d). A correcting entry's line is the difference to what closed months hold;
    what was never deducted is not given back."""
    rows = [
        (employee_id, outcome.day, month_of(outcome.day), outcome.absent_share, turn)
        for employee_id, outcome, turn, _version, _digest in fresh
    ]
    if late:
        entered = _entered_before([(employee_id, outcome.day) for employee_id, outcome, *_r in late], month)
        rows += [
            (
                employee_id,
                outcome.day,
                month,
                _difference(outcome.absent_share, entered.get((employee_id, outcome.day))),
                before.adjusted + 1 if before else 1,
            )
            for employee_id, outcome, before, _version in late
        ]
    if not rows:
        return
    employees, days, months, shares, turns = (list(column) for column in zip(*rows, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            _LINES,
            {
                "employees": employees,
                "days": days,
                "months": months,
                "shares": shares,
                "turns": turns,
                "clause": _clause(now),
                "now": now,
            },
        )


_BEFORE = """
SELECT line.employee_id, line.day, sum(line.share),
       coalesce(sum(line.share) FILTER (WHERE line.state = 'confirmed'), 0)
  FROM unnest(%(employees)s::bigint[], %(days)s::date[]) AS asked (employee_id, day)
  JOIN attendance_wageline line ON line.employee_id = asked.employee_id AND line.day = asked.day
 WHERE line.month < %(month)s
 GROUP BY 1, 2
"""


def _difference(share: Decimal, entered: tuple[Decimal, Decimal] | None) -> Decimal:
    held_so_far, deducted = entered or (Decimal(0), Decimal(0))
    return max(share - held_so_far, -deducted)


def _entered_before(
    days: Sequence[tuple[int, date]], month: date
) -> dict[tuple[int, date], tuple[Decimal, Decimal]]:
    """The shares that the closed months hold for the days, and what of them was deducted."""
    asked: dict[str, Any] = {
        "employees": [each[0] for each in days],
        "days": [each[1] for each in days],
        "month": month,
    }
    with connection.cursor() as cursor:
        cursor.execute(_BEFORE, asked)
        return {
            (employee_id, day): (share, deducted) for employee_id, day, share, deducted in cursor.fetchall()
        }


def _clause(now: datetime) -> str:
    return rulebook.parameter_rule(ABSENCE, at=now).clause
