"""Whether the turns that stand are shared fairly (C9.2, M7.2; of the hotline's nights C9.3, M7.1), and what a change
would do to that. A warning, not a refusal: who plans may have a reason, and says it when the turns are published."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from attendance.models import Rota, Shift, Swapped
from attendance.rules.rota_check import Fault, unfair_turns
from attendance.rules.shifts import WEEKDAYS
from attendance.selectors.rota import Turns, names_of, rule_of, turns_around
from office.rulebook import api as rulebook

SORTS = (Rota.Sort.WEEKEND, Rota.Sort.HOTLINE)
Turn = tuple[int, date]


@dataclass(frozen=True, slots=True)
class Unfair:
    """From `since` to `until` the person has `turns`, more than `above` over the `least` of all. `caused`: by what is
    not published yet, or by the change that is asked about."""

    sort: str
    employee_id: int
    name: str
    turns: int
    least: int
    above: int
    since: date
    until: date
    clause: str
    caused: bool = True

    @property
    def explain(self) -> bool:
        """Whether publishing it needs a reason."""
        return self.caused and self.sort == Rota.Sort.WEEKEND

    @property
    def weeks(self) -> int:
        return ((self.until - self.since).days + 1) // 7

    def as_json(self) -> list[object]:
        return [
            self.sort, self.employee_id, self.name, self.turns, self.least, self.since.isoformat(),
            self.until.isoformat(), self.clause,
        ]  # fmt: skip


def unfair(first: date, last: date, now: datetime, sorts: Collection[str] = SORTS) -> list[Unfair]:
    """Of each person the worst window that touches these days, of all that stands; those that the drafts of these days
    cause or worsen are `caused`."""
    found = []
    for sort in sorts:
        turns = turns_around(first, last, now, sort)
        every = turns.published | turns.drafts
        without = every - {turn for turn in turns.drafts if first <= turn[1] <= last}
        found += _worst(turns, without, every, first, last, now, sort)
    return found


def unfair_by_drafts(first: date, last: date, now: datetime) -> list[Unfair]:
    """Who gets more weekend turns than is fair by publishing the drafts of these days: what has to be explained. C9.3
    asks for a holder of every night, not for fair ones: of nights it is only said."""
    return [each for each in unfair(first, last, now, [Rota.Sort.WEEKEND]) if each.explain]


def if_set(employee_id: int, day: date, code: str, now: datetime) -> list[Unfair]:
    """What it would make unfair, or more so, to give the person this weekend shift, "" or another type for none."""
    turns = turns_around(day, day, now, Rota.Sort.WEEKEND)
    return _if_set(turns, employee_id, day, code, now)


def if_any_set(
    employee_id: int, day: date, codes: Iterable[str], now: datetime
) -> list[tuple[str, list[Unfair]]]:
    """`if_set` for each of the types, and for none; only those that something is said of."""
    turns = turns_around(day, day, now, Rota.Sort.WEEKEND)
    if not _is_day(turns, day):
        return []
    said = [(code, _if_set(turns, employee_id, day, code, now)) for code in codes]
    return [(code, found) for code, found in said if found]


def if_moved(moves: Iterable[tuple[Swapped, int]], now: datetime) -> list[Unfair]:
    """What it would make unfair, or more so, if each of these shifts, or nights with the hotline, went to that
    person."""
    rows = list(moves)
    days = [turn.day for turn, _who in rows]
    sort = Rota.Sort.WEEKEND if isinstance(rows[0][0], Shift) else Rota.Sort.HOTLINE
    turns = turns_around(min(days), max(days), now, sort)
    every = turns.published | turns.drafts
    counted = [
        (turn, who)
        for turn, who in rows
        if not isinstance(turn, Shift) or (turn.code in turns.codes and _is_day(turns, turn.day))
    ]
    after = (every - {(turn.employee_id, turn.day) for turn, _who in counted}) | {
        (who, turn.day) for turn, who in counted
    }
    found = _worst(turns, every, after, min(days), max(days), now, sort)
    return [each for each in found if each.caused]


def _is_day(turns: Turns, day: date) -> bool:
    return WEEKDAYS[day.weekday()] in turns.weekdays


def _if_set(turns: Turns, employee_id: int, day: date, code: str, now: datetime) -> list[Unfair]:
    if not _is_day(turns, day):
        return []
    every = turns.published | turns.drafts
    after = every - {(employee_id, day)}
    if code in turns.codes:
        after |= {(employee_id, day)}
    return [each for each in _worst(turns, every, after, day, day, now, Rota.Sort.WEEKEND) if each.caused]


def _worst(
    turns: Turns,
    before: Collection[Turn],
    after: Collection[Turn],
    first: date,
    last: date,
    now: datetime,
    sort: str,
) -> list[Unfair]:
    """Of each person the window in which he is farthest over what is fair after the change, rather one that the change
    made so, and the fuller of two."""
    judge = turns.rules
    was = {
        (each.employee_id, each.since): _over(each)
        for each in unfair_turns(turns.judged(before), first, last)
    }
    worst: dict[int, tuple[tuple[bool, int, int], Fault]] = {}
    for fault in unfair_turns(turns.judged(after), first, last):
        caused = _over(fault) > was.get((fault.employee_id, fault.since), judge.above)
        rank = (caused, _over(fault), fault.turns)
        if fault.employee_id not in worst or rank > worst[fault.employee_id][0]:
            worst[fault.employee_id] = rank, fault
    names = names_of(worst)
    clause = rulebook.book(now).rules[rule_of(sort)].clause
    return [
        Unfair(
            sort, who, names[who], fault.turns, fault.least, judge.above, fault.since or fault.day, fault.day,
            clause, rank[0],
        )
        for who, (rank, fault) in sorted(worst.items(), key=lambda item: names[item[0]])
    ]  # fmt: skip


def _over(fault: Fault) -> int:
    return fault.turns - fault.least
