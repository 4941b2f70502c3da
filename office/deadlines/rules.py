"""Pure calculation on plans: the rule's steps as the columns of a row, and the back-off of a failing one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from office.rulebook.types import PlanStep

WARNING, BREACH, ESCALATION = "w", "b", "e"
#: Joins the targets of rungs that fall on one instant, so that one step is told once.
JOIN = "|"
_LETTER = {"warn": WARNING, "breach": BREACH, "escalate": ESCALATION}
_RANK = {WARNING: 0, BREACH: 1, ESCALATION: 2}
_FIRST_RETRY = timedelta(seconds=5)
_LONGEST_RETRY = timedelta(hours=1)


class Plan(NamedTuple):
    """The columns plan_at, plan_kind and plan_to: equally long, ascending in time, exactly one breach."""

    at: list[datetime]
    kind: list[str]
    to: list[str]

    @property
    def due_at(self) -> datetime:
        return self.at[self.kind.index(BREACH)]


def columns(steps: Sequence[PlanStep], targets: Mapping[str, str] | None = None) -> Plan:
    """The calendar's plan as columns. Steps of one kind and instant become one step with several targets.

    `targets`: words of the ladder → whom they mean for this subject.
    """
    meant = targets or {}
    merged: dict[tuple[datetime, int], list[str]] = {}
    letters = {rank: letter for letter, rank in _RANK.items()}
    for step in steps:
        told = merged.setdefault((step.at, _RANK[_LETTER[step.kind]]), [])
        to = meant.get(step.to, step.to)
        if to not in told:
            told.append(to)
    ordered = sorted(merged.items(), key=lambda item: item[0])
    return Plan(
        at=[at for (at, _rank), _to in ordered],
        kind=[letters[rank] for (_at, rank), _to in ordered],
        to=[JOIN.join(to) for _key, to in ordered],
    )


def retry_after(failures: int) -> timedelta:
    """How long a row whose handler failed for the n-th time (from 1) waits: 5 s doubling up to an hour."""
    doublings = min(failures - 1, 20)
    return min(_FIRST_RETRY * (1 << doublings), _LONGEST_RETRY)
