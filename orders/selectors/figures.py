"""Figures of the desk: arrivals, time to accept and to contact as distributions, kept and late per rule and person.

All of them read facts (an order's received_at, a deadline's started_at, due_at, met_at), never a worker's word, and are
bounded by a period of at most MAX_DAYS.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from office.deadlines.models import Deadline
from office.rulebook import api as rulebook
from office.rulebook.calendar import ZONE
from orders.models import OrderProgress, Shop

MAX_DAYS = 92
#: Upper ends of the columns of a distribution, in minutes; the last column has no end.
EDGES = (1, 2, 3, 5, 7, 10, 15, 30, 60)


@dataclass(frozen=True, slots=True)
class Period:
    """Whole local days, `first` and `last` included."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time(0), tzinfo=ZONE)

    @property
    def end(self) -> datetime:
        return datetime.combine(self.last + timedelta(days=1), time(0), tzinfo=ZONE)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Distribution:
    """How long something took: `columns` are counts between EDGES, percentiles are in seconds (None: no data)."""

    columns: tuple[int, ...]
    total: int
    median: float | None
    p90: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """One rule and one person (None: nobody took it)."""

    rule: str
    clause: str
    holder_id: int | None
    holder: str
    kept: int
    late: int
    open: int

    @property
    def share(self) -> float | None:
        """Kept of what is decided, 0 to 1."""
        decided = self.kept + self.late
        return self.kept / decided if decided else None


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose orders are counted: one shop's (`shop_id`) or all, without the `hidden` shops the reader may not see."""

    shop_id: int | None = None
    hidden: tuple[int, ...] = ()

    def sql(self, column: str) -> tuple[str, list[Any]]:
        """The condition " AND …" on a column of shop ids, with its parameters; "" when everything counts."""
        text = ""
        values: list[Any] = []
        if self.shop_id is not None:
            text, values = f" AND {column} = %s", [self.shop_id]
        if self.hidden:
            text += f" AND {column} <> ALL(%s)"
            values.append(list(self.hidden))
        return text, values

    @property
    def everything(self) -> bool:
        return self.shop_id is None and not self.hidden


EVERYTHING = Scope()


def shops_of(hidden: Collection[int]) -> QuerySet[Shop]:
    """For the filter: the active shops but those that the reader may not see."""
    return Shop.objects.filter(active=True).exclude(pk__in=list(hidden))


def arrivals(period: Period, scope: Scope = EVERYTHING) -> tuple[list[int], list[float]]:
    """Orders received per local hour 0–23 over the period, and the mean of a day. Historical orders are left out."""
    counts = [0] * 24
    condition, values = scope.sql("shop_id")
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT extract(hour FROM received_at AT TIME ZONE 'Asia/Shanghai')::int, count(*)
            FROM orders_order
            WHERE received_at >= %s AND received_at < %s AND NOT historical{condition}
            GROUP BY 1
            """,  # noqa: S608 - the condition is Scope's
            [period.start, period.end, *values],
        )
        for hour, count in cursor.fetchall():
            counts[hour] = count
    return counts, [count / period.days for count in counts]


#: Orders are joined only when their shop is asked about.
_OF_ORDER = "LEFT JOIN orders_order o ON o.id = d.subject_id::bigint"


def time_used(rule: str, period: Period, scope: Scope = EVERYTHING) -> Distribution:
    """How much of the rule's time was used until it was met, for clocks that fell due in the period and are met.

    The rule's own hours count: from the due instant backwards for what was kept (an order that arrives at night and is
    accepted before opening used no time), elapsed time past the due instant added for what was late.
    """
    edges = ", ".join(str(edge * 60) for edge in EDGES)
    condition, values = scope.sql("o.shop_id")
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH used AS (
                SELECT LEAST(
                    extract(epoch FROM d.met_at - d.started_at),
                    GREATEST(0, extract(epoch FROM d.met_at - d.due_at) + %s)
                ) AS seconds
                FROM deadlines_deadline d
                {"" if scope.everything else _OF_ORDER}
                WHERE d.clause = ANY(%s) AND d.due_at >= %s AND d.due_at < %s
                  AND d.rule = %s AND d.subject_type = 'order' AND d.state = 'met'{condition}
            )
            SELECT width_bucket(seconds - 0.000001, ARRAY[{edges}]::numeric[]), count(*),
                   (SELECT percentile_cont(ARRAY[0.5, 0.9, 0.95]) WITHIN GROUP (ORDER BY seconds) FROM used)
            FROM used GROUP BY 1
            """,  # noqa: S608 - the edges are this module's numbers, the condition is Scope's
            [
                seconds_allowed(rule, period),
                _clauses(period, rule),
                period.start,
                period.end,
                rule,
                *values,
            ],
        )
        rows = cursor.fetchall()
    columns = [0] * (len(EDGES) + 1)
    percentiles: Sequence[float | None] = (None, None, None)
    for bucket, count, found in rows:
        columns[bucket] = count
        percentiles = found
    return Distribution(tuple(columns), sum(columns), *percentiles)


def kept_and_late(period: Period, now: datetime, scope: Scope = EVERYTHING) -> list[Row]:
    """Per rule and person, for clocks that fell or fall due in the period.

    A clock that was cancelled before it was due is no fact about anybody; one cancelled after it was due was late.
    """
    condition, values = scope.sql("o.shop_id")
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT d.rule, max(d.clause), d.holder_id, COALESCE(max(e.name), ''),
                   count(*) FILTER (WHERE d.met_at <= d.due_at),
                   count(*) FILTER (WHERE d.met_at > d.due_at OR d.cancelled_at > d.due_at
                                          OR (d.state = 'open' AND d.due_at < %s)),
                   count(*) FILTER (WHERE d.state = 'open' AND d.due_at >= %s)
            FROM deadlines_deadline d
            LEFT JOIN staff_employee e ON e.id = d.holder_id
            {"" if scope.everything else _OF_ORDER}
            WHERE d.clause = ANY(%s) AND d.due_at >= %s AND d.due_at < %s
              AND d.subject_type = 'order' AND (d.cancelled_at IS NULL OR d.cancelled_at > d.due_at){condition}
            GROUP BY d.rule, d.holder_id
            ORDER BY d.rule, 6 DESC, 4
            """,  # noqa: S608 - the condition is Scope's
            [now, now, _clauses(period), period.start, period.end, *values],
        )
        return [Row(*row) for row in cursor.fetchall()]


def rows_behind(
    *,
    rule: str,
    holder_id: int | None,
    state: str,
    period: Period,
    now: datetime,
    after: int = 0,
    limit: int = 50,
    hidden_shops: Collection[int] = (),
) -> list[Deadline]:
    """The deadlines behind one number of `kept_and_late`, by id; `after` is the last id of the page before. Orders of
    `hidden_shops` are neither counted there nor named here."""
    found = Deadline.objects.filter(
        clause__in=_clauses(period, rule),
        rule=rule,
        subject_type="order",
        holder_id=holder_id,
        due_at__gte=period.start,
        due_at__lt=period.end,
        id__gt=after,
    )
    if hidden_shops:
        of_order = Cast(OuterRef("subject_id"), BigIntegerField())
        found = found.exclude(Exists(OrderProgress.objects.filter(pk=of_order, shop_id__in=hidden_shops)))
    return list(found.filter(_condition(state, now)).order_by("id")[:limit])


def _condition(state: str, now: datetime) -> Q:
    kept, met_late = Q(met_at__lte=F("due_at")), Q(met_at__gt=F("due_at"))
    return {
        "kept": kept,
        "late": met_late | Q(cancelled_at__gt=F("due_at")) | Q(state="open", due_at__lt=now),
        "open": Q(state="open", due_at__gte=now),
    }[state]


def _clauses(period: Period, rule: str | None = None) -> list[str]:
    """The clauses that rule (or any rule of the desk) rests on, at either end of the period: the index begins there."""
    found: set[str] = set()
    for at in (period.start, period.end):
        try:
            book = rulebook.book(at)
        except rulebook.NoBookInForce:
            continue
        found.update(
            r.clause for key, r in book.rules.items() if (key == rule if rule else key.startswith("orders."))
        )
    return sorted(found)


def seconds_allowed(rule: str, period: Period) -> float:
    """The rule's time in seconds, by the book in force at the period's end."""
    try:
        return rulebook.deadline_rule(rule, period.end).duration.total_seconds()
    except (rulebook.UnknownRule, rulebook.NoBookInForce):
        return 0.0


def column_labels() -> list[str]:
    """ "≤ 1", "1–2", …, "> 60": minutes."""
    labels = [f"≤ {EDGES[0]}"]
    labels += [f"{low}–{high}" for low, high in pairwise(EDGES)]
    return [*labels, f"> {EDGES[-1]}"]


def summary(period: Period, now: datetime, scope: Scope = EVERYTHING) -> dict[str, Any]:
    """Everything the page and the workbook show."""
    hours, means = arrivals(period, scope)
    return {
        "arrivals": hours,
        "arrivals_mean": means,
        "accept": time_used("orders.accept", period, scope),
        "contact": time_used("orders.contact", period, scope),
        "rows": kept_and_late(period, now, scope),
        "labels": column_labels(),
    }
