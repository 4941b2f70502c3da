"""How long steps take, what is stuck, by kind and by person. Whether a step was in time is a fact of its rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, Q, QuerySet

from office.approvals.models import Run, Step, Vote
from office.approvals.selectors.queue import stuck


class KindFigure(NamedTuple):
    """One kind in a period: requests handed in, how they ended, how long a step took, how many steps were late."""

    kind: str
    asked: int
    agreed: int
    rejected: int
    returned: int
    steps: int
    median: timedelta | None
    longest: timedelta | None
    late: int


class PersonFigure(NamedTuple):
    """One person's decisions in a period; `late` were given after the step's time."""

    person_id: int
    name: str
    decisions: int
    agreed: int
    median: timedelta | None
    late: int


class Column(NamedTuple):
    """How many steps took up to `upto` (None: longer than the last) and more than the column before."""

    upto: timedelta | None
    steps: int
    late: int


#: Where the columns of the distribution end.
EDGES = tuple(timedelta(hours=hours) for hours in (0.25, 1, 4, 8, 24, 48, 96))


class OpenFigure(NamedTuple):
    """What is waiting now: steps open, overdue, stuck, by kind."""

    kind: str
    waiting: int
    overdue: int
    stuck: int


_KINDS = """
WITH asked AS (
    SELECT kind, count(*) AS asked,
           count(*) FILTER (WHERE state IN ('agreed', 'executed')) AS agreed,
           count(*) FILTER (WHERE state = 'rejected') AS rejected
    FROM approvals_run WHERE submitted_at >= %(start)s AND submitted_at < %(end)s GROUP BY kind
), took AS (
    SELECT r.kind, count(*) AS steps, count(*) FILTER (WHERE s.state = 'returned') AS returned,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY s.closed_at - s.opened_at) AS median,
           max(s.closed_at - s.opened_at) AS longest, count(*) FILTER (WHERE s.closed_at > s.due_at) AS late
    FROM approvals_step s JOIN approvals_run r ON r.id = s.run_id
    WHERE s.closed_at >= %(start)s AND s.closed_at < %(end)s AND s.opened_at IS NOT NULL
      AND s.state IN ('agreed', 'rejected', 'returned')
    GROUP BY r.kind
)
SELECT coalesce(asked.kind, took.kind), coalesce(asked, 0), coalesce(agreed, 0), coalesce(rejected, 0),
       coalesce(returned, 0), coalesce(steps, 0), median, longest, coalesce(late, 0)
FROM asked FULL JOIN took ON took.kind = asked.kind ORDER BY 1
"""
_COLUMNS = """
SELECT width_bucket(s.closed_at - s.opened_at - interval '1 microsecond', %(edges)s::interval[]), count(*),
       count(*) FILTER (WHERE s.closed_at > s.due_at)
FROM approvals_step s JOIN approvals_run r ON r.id = s.run_id
WHERE s.closed_at >= %(start)s AND s.closed_at < %(end)s AND s.opened_at IS NOT NULL
  AND s.state IN ('agreed', 'rejected', 'returned') AND (%(kind)s = '' OR r.kind = %(kind)s)
GROUP BY 1
"""
_PEOPLE = """
SELECT v.person_id, p.name, count(*), count(*) FILTER (WHERE v.decision = 'approve'),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY v.at - e.opened_at), count(*) FILTER (WHERE v.at > e.due_at)
FROM approvals_step s JOIN approvals_vote v ON v.step_id = s.id JOIN approvals_seat e ON e.id = v.seat_id
JOIN staff_employee p ON p.id = v.person_id JOIN approvals_run r ON r.id = s.run_id
WHERE s.closed_at >= %(start)s AND s.closed_at < %(end)s AND v.decision <> 'agreed_before'
  AND (%(kind)s = '' OR r.kind = %(kind)s)
GROUP BY v.person_id, p.name, p.name_key ORDER BY p.name_key
"""
_OPEN = """
SELECT r.kind, count(DISTINCT s.id), count(DISTINCT s.id) FILTER (WHERE s.due_at < %(now)s),
       count(DISTINCT s.id) FILTER (WHERE vacant.any_stuck AND (s.mode = 'all' OR vacant.all_stuck))
FROM approvals_step s JOIN approvals_run r ON r.id = s.run_id
JOIN LATERAL (SELECT bool_or(e.stuck) AS any_stuck, bool_and(e.stuck) AS all_stuck FROM approvals_seat e
              WHERE e.step_id = s.id AND e.state = 'active') vacant ON true
WHERE s.state = 'active' GROUP BY r.kind ORDER BY 1
"""


def by_kind(start: datetime, end: datetime) -> list[KindFigure]:
    """For [start, end), by kind."""
    return [KindFigure(*row) for row in _rows(_KINDS, start=start, end=end)]


def distribution(start: datetime, end: datetime, kind: str = "") -> list[Column]:
    """How long the steps that ended in [start, end) took, of one kind or of all."""
    found = {
        place: (steps, late)
        for place, steps, late in _rows(_COLUMNS, start=start, end=end, kind=kind, edges=list(EDGES))
    }
    return [Column(upto, *found.get(place, (0, 0))) for place, upto in enumerate((*EDGES, None))]


def by_person(start: datetime, end: datetime, kind: str = "") -> list[PersonFigure]:
    """For steps that ended in [start, end), by who decided, sorted by name; of one kind or of all."""
    return [PersonFigure(*row) for row in _rows(_PEOPLE, start=start, end=end, kind=kind)]


def open_now(now: datetime) -> list[OpenFigure]:
    """What waits at this instant, by kind."""
    return [OpenFigure(*row) for row in _rows(_OPEN, now=now)]


def _rows(sql: str, **values: Any) -> list[tuple]:  # type: ignore[type-arg]  # a named tuple is made of each
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


#: What a number of the page counts → the runs behind it, of the period or at this instant.
RUNS: dict[str, Callable[[datetime, datetime], Q]] = {
    "asked": lambda start, end: Q(submitted_at__gte=start, submitted_at__lt=end),
    "agreed": lambda start, end: Q(
        submitted_at__gte=start, submitted_at__lt=end, state__in=["agreed", "executed"]
    ),
    "rejected": lambda start, end: Q(submitted_at__gte=start, submitted_at__lt=end, state="rejected"),
    "returned": lambda start, end: _with_step(_closed(start, end).filter(state="returned")),
    "steps": lambda start, end: _with_step(_closed(start, end)),
    "late": lambda start, end: _with_step(_closed(start, end).filter(closed_at__gt=F("due_at"))),
    "waiting": lambda start, end: _with_step(Step.objects.filter(state="active")),
    "overdue": lambda start, end: _with_step(Step.objects.filter(state="active", due_at__lt=end)),
    "stuck": lambda start, end: Q(pk__in=[run.pk for run in stuck(end)]),
}


def runs_behind(
    what: str, start: datetime, end: datetime, *, kind: str = "", person_id: int | None = None,
    before: int | None = None, limit: int = 50,
) -> list[Run]:  # fmt: skip
    """The runs behind one number, the latest first; with `person_id` those in which that person decided: "steps" all,
    "agreed" what he agreed to, "late" what he decided after its time. KeyError for a number that is none."""
    if person_id is None:
        found = Run.objects.filter(RUNS[what](start, end))
    else:
        found = Run.objects.filter(pk__in=_votes_of(what, start, end, person_id).values("run_id"))
    found = found.filter(kind=kind) if kind else found
    found = found if before is None else found.filter(pk__lt=before)
    return list(found.select_related("requester").order_by("-id")[:limit])


def _votes_of(what: str, start: datetime, end: datetime, person_id: int) -> QuerySet[Vote]:
    votes = Vote.objects.filter(
        person_id=person_id, step__closed_at__gte=start, step__closed_at__lt=end
    ).exclude(decision=Vote.Decision.AGREED_BEFORE)
    narrower = {
        "steps": Q(),
        "agreed": Q(decision=Vote.Decision.APPROVE),
        "late": Q(at__gt=F("seat__due_at")),
    }
    return votes.filter(narrower[what])


def _closed(start: datetime, end: datetime) -> QuerySet[Step]:
    return Step.objects.filter(
        closed_at__gte=start, closed_at__lt=end, opened_at__isnull=False,
        state__in=[Step.State.AGREED, Step.State.REJECTED, Step.State.RETURNED],
    )  # fmt: skip


def _with_step(steps: QuerySet[Step]) -> Q:
    return Q(pk__in=steps.values("run_id"))
