"""Reads: the clocks of a subject, and how the rules fared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone

from office.deadlines.models import Deadline, SweepGap, SweepTick
from office.rulebook import api as rulebook
from office.rulebook.models import Version
from office.subjects import Subject

#: Without a tick for this long the sweep counts as standing still.
STANDING_STILL = timedelta(seconds=60)


def of(subject: Subject) -> list[Deadline]:
    """Every clock that ever ran on the subject, oldest first."""
    return list(
        Deadline.objects.filter(subject_type=subject.type, subject_id=subject.id).order_by("started_at", "id")
    )


def running(subject: Subject, rule_key: str) -> Deadline | None:
    return Deadline.objects.filter(
        subject_type=subject.type, subject_id=subject.id, rule=rule_key, state=Deadline.State.OPEN
    ).first()


class Figure(NamedTuple):
    """How one rule fared with one holder (None: it was nobody's) in a period."""

    rule: str
    clause: str
    holder_id: int | None
    kept: int
    late: int
    open: int


# Every deadline counts once: as kept at the instant it was met, as late at the instant its time was over.
# One that was cancelled in time counts nowhere. Kept implies start <= met_at <= due_at, so the index
# (clause, due_at) bounds the scan.
_FIGURES = """
SELECT rule, clause, holder_id, kept, late, running FROM (
    SELECT rule, clause, holder_id,
           count(*) FILTER (WHERE met_at >= %(start)s AND met_at < %(end)s AND met_at <= due_at) AS kept,
           count(*) FILTER (WHERE due_at < least(%(end)s, coalesce(met_at, cancelled_at, %(now)s))) AS late,
           count(*) FILTER (WHERE state = 'open' AND due_at >= %(now)s) AS running
    FROM deadlines_deadline
    WHERE clause = ANY(%(clauses)s) AND due_at >= %(start)s AND started_at < %(end)s
    GROUP BY rule, clause, holder_id
) AS counted
WHERE kept + late + running > 0
ORDER BY clause, rule, holder_id NULLS FIRST
"""


def figures(
    clauses: Iterable[str], start: datetime, end: datetime, now: datetime | None = None
) -> list[Figure]:
    """Kept, late and still running, per rule and holder, for [start, end). Computed from facts (met_at,
    due_at), so a sweep that stood still changes nothing. `clauses` are the rules' own clauses; `now`
    (default: the clock) decides what is late but not yet done.
    """
    values: dict[str, Any] = {
        "clauses": list(clauses),
        "start": start,
        "end": end,
        "now": now or timezone.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, values)
        return [Figure(*row) for row in cursor.fetchall()]


def state_of_clauses(
    clause_ids: Iterable[str], start: datetime, end: datetime
) -> Mapping[str, rulebook.Counts]:
    """The rulebook page's bars. A rule counts for every clause it enforces, in the words of any version's
    book.
    """
    wanted = set(clause_ids)
    enforced: dict[str, set[str]] = {}
    own: set[str] = set()
    for version_id in Version.objects.values_list("id", flat=True):
        for rule in rulebook.book_by_version(version_id).rules.values():
            if isinstance(rule, rulebook.DeadlineRule) and wanted.intersection(rule.clauses):
                enforced.setdefault(rule.key, set()).update(wanted.intersection(rule.clauses))
                own.add(rule.clause)
    total: dict[str, rulebook.Counts] = {}
    for figure in figures(own, start, end):
        for clause_id in enforced.get(figure.rule, ()):
            before = total.get(clause_id, rulebook.Counts())
            total[clause_id] = rulebook.Counts(
                before.kept + figure.kept, before.late + figure.late, before.open + figure.open
            )
    return total


def last_tick() -> datetime | None:
    """When a sweep last ran; None before the first."""

    return SweepTick.objects.filter(name="sweep").values_list("last_at", flat=True).first()


def failed(limit: int = 100) -> list[Deadline]:
    """Running rows whose handler failed and that wait for another try, the most often failed first."""
    waiting = Deadline.objects.filter(next_at__isnull=False, failures__gt=0)
    return list(waiting.order_by("-failures", "id")[:limit])


def gaps(limit: int = 20) -> list[SweepGap]:
    """The latest outages of the sweep, newest first."""
    return list(SweepGap.objects.order_by("-id")[:limit])
