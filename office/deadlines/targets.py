"""Who is told: the positions of a ladder as people, once per batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from office.rulebook import api as rulebook
from office.rulebook.wiring import named_people
from office.staff.models import Appointment, Presence

ON_DUTY = ":on_duty"


class Targets(NamedTuple):
    """Pairs (target, employee id) as two equally long columns; a target is a position or
    "<position>:on_duty".
    """

    names: list[str]
    people: list[int]


def resolve(now: datetime) -> Targets:
    """Every target that a ladder can name, as the people it means at the instant.

    A position means its holders; ":on_duty" those of them on duty, or all holders when nobody is. A
    position that nobody holds climbs to its superior. A word of the book ("duty_service_manager") means the
    people whom a roster names for it, else those of its positions.
    """
    holders: dict[str, set[int]] = defaultdict(set)
    for position, employee_id in Appointment.objects.filter(
        during__contains=now, employee__is_active=True
    ).values_list("position", "employee_id"):
        holders[position].add(employee_id)
    present = set(
        Presence.objects.filter(Q(ended_at=None) | Q(ended_at__gt=now), started_at__lte=now).values_list(
            "employee_id", flat=True
        )
    )
    superiors: Mapping[str, str | None] = {}
    words: Mapping[str, tuple[str, ...]] = {}
    with suppress(rulebook.NoBookInForce):
        superiors, words = rulebook.book(now).superiors, rulebook.book(now).words
    found = Targets([], [])
    for position in {*superiors, *holders}:
        everybody = _climb(position, holders, superiors)
        for employee_id in sorted(everybody):
            _add(found, position, employee_id)
        on_duty = holders[position] & present
        for employee_id in sorted(on_duty or everybody):
            _add(found, position + ON_DUTY, employee_id)
    named = named_people(now)
    for word, positions in words.items():
        by_roster = {person.pk for person in named.get(word, [])}
        means = by_roster or set().union(*(_climb(position, holders, superiors) for position in positions))
        for employee_id in sorted(means):
            _add(found, word, employee_id)
    return found


def _add(found: Targets, target: str, employee_id: int) -> None:
    found.names.append(target)
    found.people.append(employee_id)


def _climb(position: str, holders: Mapping[str, set[int]], superiors: Mapping[str, str | None]) -> set[int]:
    """The holders of the position or of the nearest one above that somebody holds; empty at a vacant top."""
    seen: set[str] = set()
    at: str | None = position
    while at is not None and at not in seen:
        if holders.get(at):
            return holders[at]
        seen.add(at)
        at = superiors.get(at)
    return set()
