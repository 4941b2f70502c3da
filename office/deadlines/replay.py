"""What would have happened: the real deadlines of the last weeks judged by another book, side by side.

Facts are kept: when each began, when it was met. Only the due instant is computed anew, by one statement for each rule.
Elapsed time and months are arithmetic in SQL; whole days are a table of local days; open hours are the intervals of the
calendar with the open time that passed before each, in which a start and its end are found by binary search.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from office.deadlines.kinds import title_of
from office.rulebook import api as rulebook
from office.rulebook.calendar import DAY, ZONE, due_at, hours_of, intervals
from office.rulebook.types import CALENDAR_DAYS, WORKING_DAYS

WINDOW = timedelta(days=28)
#: Judged at once: about a second on two small cores.
MOST = 400_000

# Kept, late and still running by the facts, for rows that began in the window.
_COUNT = """
count(*) FILTER (WHERE met_at <= {due}), count(*) FILTER (WHERE {due} < coalesce(met_at, cancelled_at, %(now)s)),
count(*) FILTER (WHERE state = 'open' AND {due} >= %(now)s)
"""
_WHERE = "rule = %(rule)s AND started_at >= %(start)s AND started_at < %(now)s"
_BEGAN = (
    "clause = ANY(%(clauses)s) AND due_at >= %(start)s AND started_at >= %(start)s AND started_at < %(now)s"
)
_HOW_MANY = f"SELECT FROM deadlines_deadline WHERE {_BEGAN} LIMIT %(most)s"
_REAL = f"""
SELECT rule, array_agg(DISTINCT version_id), {_COUNT.format(due="due_at")}
FROM deadlines_deadline WHERE {_BEGAN} GROUP BY rule ORDER BY rule
"""  # noqa: S608 - constants only
_OTHER = f"""
WITH judged AS (
    SELECT d.met_at, d.cancelled_at, d.state, {{due}} AS due
    FROM deadlines_deadline d {{join}}
    WHERE clause = ANY(%(clauses)s) AND due_at >= %(start)s AND {_WHERE}
)
SELECT {_COUNT.format(due="due")} FROM judged
"""  # noqa: S608 - constants only
_ELAPSED = """
((d.started_at AT TIME ZONE %(zone)s + make_interval(months => %(months)s)) AT TIME ZONE %(zone)s + %(duration)s)
"""
_LOCAL_DAY = "JOIN unnest(%(days)s::date[], %(dues)s::timestamptz[]) AS day (began, due)\n" + (
    "    ON day.began = (d.started_at AT TIME ZONE %(zone)s)::date"
)
# `opened` is the open time in seconds before each interval; the start's own share comes from the interval it falls in,
# or nothing when it falls between two. The end is in the last interval before which less than the target has passed.
_HOURS = """
CROSS JOIN LATERAL (SELECT width_bucket(d.started_at, %(starts)s::timestamptz[]) AS i) AS begun
CROSS JOIN LATERAL (SELECT CASE WHEN begun.i = 0 THEN 0 ELSE (%(opened)s::float8[])[begun.i]
    + extract(epoch FROM least(d.started_at, (%(ends)s::timestamptz[])[begun.i]) - (%(starts)s::timestamptz[])[begun.i])
    END + extract(epoch FROM %(duration)s::interval) AS seconds) AS target
CROSS JOIN LATERAL (SELECT width_bucket(target.seconds - 0.0000005, %(opened)s::float8[]) AS i) AS ended
"""
_HOURS_DUE = """
((%(starts)s::timestamptz[])[ended.i] + make_interval(secs => target.seconds - (%(opened)s::float8[])[ended.i]))
"""


@dataclass(frozen=True, slots=True)
class Tally:
    """How the deadlines of one rule fared."""

    kept: int = 0
    late: int = 0
    running: int = 0


@dataclass(frozen=True, slots=True)
class Replayed:
    """One rule side by side. `proposed` None: the other book has no such deadline. `same`: it has the very same."""

    rule: str
    title: str
    clause: str
    real: Tally
    proposed: Tally | None
    same: bool

    @property
    def more_late(self) -> int:
        """How many more would have been late; fewer when negative."""
        return 0 if self.proposed is None else self.proposed.late - self.real.late


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was judged: the deadlines that began from `start` on, `judged` of them, by rule."""

    start: datetime
    judged: int
    lines: tuple[Replayed, ...]


def replay(book: rulebook.Book, now: datetime, window: timedelta = WINDOW) -> Outcome:
    """The deadlines that began in the `window` before `now`, as they were and as `book` would have judged them.

    By rule, in the order of the keys. Days and hours are counted by today's calendar. A clock that was opened for a
    time of its own (an executor's, given by the chain) is judged by it only while the rule stays the same. Of more than
    MOST deadlines the window is halved until they fit: a page is waiting for the answer.
    """
    days = rulebook.day_table()
    values: dict[str, Any] = {"start": now - window, "now": now, "clauses": _clauses(), "most": MOST + 1}
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_HOW_MANY, values)
            judged = cursor.rowcount
            if judged <= MOST:
                break
            window /= 2
            values["start"] = now - window
        cursor.execute(_REAL, values)
        found = []
        for key, versions, *counts in cursor.fetchall():
            real = Tally(*counts)
            rule = book.rules.get(key)
            clause, same, other = "", False, None
            if isinstance(rule, rulebook.DeadlineRule):
                clause, other = rule.clause, real
                same = all(_same(rulebook.book_by_version(each), book, rule) for each in versions)
                if not same:
                    cursor.execute(*_statement(book, rule, days, {**values, "rule": key}))
                    other = Tally(*cursor.fetchone())
            found.append(
                Replayed(key, str(title_of(key)), clause or _clause_of(key, versions), real, other, same)
            )
    return Outcome(values["start"], judged, tuple(found))


def _clauses() -> list[str]:
    """Every clause that a deadline of any version may name: the index of deadlines begins with it."""
    with connection.cursor() as cursor:
        # Skips from one clause to the next through the index, however many deadlines there are.
        cursor.execute(
            """WITH RECURSIVE each AS (
                   (SELECT clause FROM deadlines_deadline ORDER BY clause LIMIT 1)
                   UNION ALL
                   SELECT (SELECT d.clause FROM deadlines_deadline d WHERE d.clause > each.clause
                           ORDER BY d.clause LIMIT 1)
                   FROM each WHERE each.clause IS NOT NULL
               ) SELECT clause FROM each WHERE clause IS NOT NULL"""
        )
        return [row[0] for row in cursor.fetchall()]


def _clause_of(key: str, versions: Collection[int]) -> str:
    rule = rulebook.book_by_version(max(versions)).rules.get(key)
    return rule.clause if rule is not None else ""


def _same(old: rulebook.Book, new: rulebook.Book, rule: rulebook.DeadlineRule) -> bool:
    """Whether both books count the time of this rule alike."""
    before = old.rules.get(rule.key)
    if not isinstance(before, rulebook.DeadlineRule):
        return False
    if (before.duration, before.months, before.hours) != (rule.duration, rule.months, rule.hours):
        return False
    if rule.hours in (rulebook.ALWAYS, CALENDAR_DAYS, WORKING_DAYS):
        return True
    open_new, open_old = (
        (hours.weekly, hours.on_holidays, hours.follow_makeup)
        for hours in (hours_of(new, rule.hours), hours_of(old, rule.hours))
    )
    return open_new == open_old


def _statement(
    book: rulebook.Book, rule: rulebook.DeadlineRule, days: rulebook.DayTable, values: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """The statement that judges the rows of one rule by `rule`, and its values."""
    own = {**values, "zone": str(ZONE), "months": rule.months, "duration": rule.duration}
    if rule.hours == rulebook.ALWAYS:
        return _OTHER.format(due=_ELAPSED, join=""), own
    first, last = values["start"].astimezone(ZONE).date(), values["now"].astimezone(ZONE).date()
    if rule.hours in (CALENDAR_DAYS, WORKING_DAYS):
        dates = [first + index * DAY for index in range((last - first).days + 1)]
        noon = [datetime(day.year, day.month, day.day, 12, tzinfo=ZONE) for day in dates]
        own |= {"days": dates, "dues": [due_at(book, rule, each, days) for each in noon]}
        return _OTHER.format(due="day.due", join=_LOCAL_DAY), own
    latest = due_at(book, rule, values["now"], days).astimezone(ZONE).date()
    hours = hours_of(book, rule.hours)
    spans = [
        span
        for index in range((latest - first).days + 2)
        for span in intervals(hours, days, first + index * DAY)
    ]
    opened, total = [], 0.0
    for begins, ends in spans:
        opened.append(total)
        total += (ends - begins).total_seconds()
    own |= {
        "starts": [begins for begins, _ends in spans],
        "ends": [ends for _begins, ends in spans],
        "opened": opened,
    }
    return _OTHER.format(due=_HOURS_DUE, join=_HOURS), own
