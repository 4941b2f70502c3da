"""The facts that the settlement of many people's days rests on, in few queries."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection

from attendance.rules.facts import LeaveFact, Period, PunchFact, ShiftFact
from attendance.rules.settling import punches_in
from attendance.selectors import leaves as leaves_selector
from attendance.selectors import waivers
from attendance.selectors.terms import begins

#: Days around those that are judged whose shifts and punches can matter: what a stay may reach into.
AROUND = timedelta(days=3)


class Spell(NamedTuple):
    """A person's days from `first` to `last`, both included."""

    employee_id: int
    first: date
    last: date


class Last(NamedTuple):
    """What was held of a day: `turn` of the settled day, of the correcting entry (0: none), and the digest and share
    that hold. `facts` only for days whose raw punches are gone."""

    turn: int
    adjusted: int
    digest: str
    share: Decimal
    verdict: str


@dataclass(slots=True)
class Facts:
    """By person."""

    shifts: dict[int, list[ShiftFact]] = field(default_factory=lambda: defaultdict(list))
    punches: dict[int, list[PunchFact]] = field(default_factory=lambda: defaultdict(list))
    leaves: dict[int, list[LeaveFact]] = field(default_factory=lambda: defaultdict(list))
    waived: frozenset[date] = frozenset()


def spells(days: Collection[tuple[int, date]]) -> list[Spell]:
    """Days that lie near each other joined, so that each fact is read once."""
    found: list[Spell] = []
    for employee_id, day in sorted(days):
        if (
            found
            and found[-1].employee_id == employee_id
            and day - found[-1].last <= AROUND * 2 + timedelta(days=1)
        ):
            found[-1] = found[-1]._replace(last=day)
        else:
            found.append(Spell(employee_id, day, day))
    return found


_SPELLS = "unnest(%(employees)s::bigint[], %(firsts)s::date[], %(lasts)s::date[]) AS spell (employee_id, first, last)"
_SHIFTS = f"""
SELECT s.id, s.employee_id, s.day, s.sort, s.code, s.spans::text, s.meal
  FROM {_SPELLS} JOIN attendance_shift s ON s.employee_id = spell.employee_id AND s.day BETWEEN first AND last
 WHERE s.removed_at IS NULL AND s.published_at IS NOT NULL
   AND NOT EXISTS (SELECT FROM attendance_leaving gone JOIN staff_employee e ON e.id = gone.employee_id
                   WHERE gone.employee_id = s.employee_id AND gone.state = 'left' AND gone.last_day < s.day
                     AND NOT e.is_active)
"""  # noqa: S608  own names
_INSTANTS = (
    "unnest(%(employees)s::bigint[], %(begins)s::timestamptz[], %(ends)s::timestamptz[])"
    " AS spell (employee_id, a, b)"
)
_PUNCHES = f"""
SELECT p.employee_id, p.at, p.direction, false
  FROM {_INSTANTS} JOIN attendance_punch p ON p.employee_id = spell.employee_id AND p.at >= a AND p.at < b
UNION ALL
SELECT c.employee_id, c.at, c.direction, true
  FROM {_INSTANTS} JOIN attendance_correctedpunch c ON c.employee_id = spell.employee_id AND c.at >= a AND c.at < b
"""  # noqa: S608
_LATEST = """
SELECT DISTINCT ON (d.employee_id, d.day) d.employee_id, d.day, d.turn, d.digest, d.absent_share, d.verdict
  FROM unnest(%(employees)s::bigint[], %(days)s::date[]) AS asked (employee_id, day)
  JOIN attendance_settledday d ON d.employee_id = asked.employee_id AND d.day = asked.day
 ORDER BY d.employee_id, d.day, d.turn DESC
"""
_ADJUSTED = """
SELECT DISTINCT ON (d.employee_id, d.day) d.employee_id, d.day, d.turn, d.digest, d.absent_share, d.verdict
  FROM unnest(%(employees)s::bigint[], %(days)s::date[]) AS asked (employee_id, day)
  JOIN attendance_adjustment d ON d.employee_id = asked.employee_id AND d.day = asked.day
 ORDER BY d.employee_id, d.day, d.turn DESC
"""
_KEPT = """
SELECT DISTINCT ON (d.employee_id, d.day) d.employee_id, d.facts
  FROM unnest(%(employees)s::bigint[], %(firsts)s::date[], %(lasts)s::date[]) AS spell (employee_id, first, last)
  JOIN attendance_settledday d ON d.employee_id = spell.employee_id AND d.day BETWEEN first AND last
 WHERE d.day < %(horizon)s
 ORDER BY d.employee_id, d.day, d.turn DESC
"""


def facts_of(wanted: Sequence[Spell], *, horizon: date) -> Facts:
    """Shifts, punches, leaves and waived days of the spells and of what lies around them. Before `horizon` the raw
    punches may be erased: there the punches that the settled days name stand in."""
    found = Facts()
    if not wanted:
        return found
    asked: dict[str, Any] = {
        "employees": [each.employee_id for each in wanted],
        "firsts": [each.first - AROUND for each in wanted],
        "lasts": [each.last + AROUND for each in wanted],
        "begins": [begins(each.first - AROUND) for each in wanted],
        "ends": [begins(each.last + AROUND + timedelta(days=1)) for each in wanted],
        "horizon": horizon,
    }
    first, last = min(asked["firsts"]), max(asked["lasts"])
    with connection.cursor() as cursor:
        cursor.execute(_SHIFTS, asked)
        for pk, employee_id, day, sort, code, spans, meal in cursor.fetchall():
            found.shifts[employee_id].append(
                ShiftFact(pk, employee_id, day, sort, code, _periods(spans), meal)
            )
        cursor.execute(_PUNCHES, asked)
        for employee_id, at, direction, corrected in cursor.fetchall():
            found.punches[employee_id].append(PunchFact(employee_id, at, direction, corrected))
        if first < horizon:
            cursor.execute(_KEPT, asked)
            for employee_id, kept in cursor.fetchall():
                known = set(found.punches[employee_id])
                content = json.loads(kept) if isinstance(kept, str) else kept
                found.punches[employee_id] += [
                    punch for punch in punches_in(content, employee_id) if punch not in known
                ]
    for leave in leaves_selector.leaves_of({each.employee_id for each in wanted}, first, last):
        found.leaves[leave.employee_id].append(leave)
    found.waived = frozenset(
        waivers.waived([first + timedelta(days=n) for n in range((last - first).days + 1)])
    )
    return found


def held(days: Collection[tuple[int, date]]) -> dict[tuple[int, date], Last]:
    """What is held of the days: the latest correcting entry, else the latest turn."""
    asked: dict[str, Any] = {"employees": [each[0] for each in days], "days": [each[1] for each in days]}
    found: dict[tuple[int, date], Last] = {}
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, asked)
        for employee_id, day, turn, digest, share, verdict in cursor.fetchall():
            found[employee_id, day] = Last(turn, 0, digest, share, verdict)
        cursor.execute(_ADJUSTED, asked)
        for employee_id, day, turn, digest, share, verdict in cursor.fetchall():
            before = found.get((employee_id, day))
            found[employee_id, day] = Last(before.turn if before else 0, turn, digest, share, verdict)
    return found


_REDUCED = """
SELECT DISTINCT d.employee_id, d.day
  FROM unnest(%(employees)s::bigint[], %(days)s::date[]) AS asked (employee_id, day)
  JOIN attendance_settledday d ON d.employee_id = asked.employee_id AND d.day = asked.day AND d.facts ? 'reduced'
"""


#: The database lets nothing younger be erased, whatever a book says.
YOUNG = timedelta(days=60)


def reduced(days: Collection[tuple[int, date]], today: date) -> set[tuple[int, date]]:
    """The days among them that are settled for good: what they rest on is erased."""
    old = [each for each in days if each[1] < today - YOUNG]
    if not old:
        return set()
    asked: dict[str, Any] = {"employees": [each[0] for each in old], "days": [each[1] for each in old]}
    with connection.cursor() as cursor:
        cursor.execute(_REDUCED, asked)
        return set(cursor.fetchall())


_RANGE = re.compile(r'[\[(]\\?"*([^",\\]+)\\?"*,\\?"*([^",\\)]+)\\?"*\)')


@lru_cache(maxsize=8192)
def _periods(text: str) -> tuple[Period, ...]:
    """A tstzrange[] as PostgreSQL writes it: many people's shifts begin and end together, so most are read once."""
    return tuple(
        (datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in _RANGE.findall(text)
    )
