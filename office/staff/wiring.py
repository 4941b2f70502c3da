"""What higher engines tell the staff engine, which may not import them. Filled in `apps.ready()`.

Without a registration the answers are the careful ones: nobody above, no acting pair, no permission.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from office.staff.models import Employee

OffDuty = Callable[["Employee", "Employee | None", datetime], None]
Superiors = Callable[[str, datetime], "str | None"]
ActingPairs = Callable[[datetime], frozenset[tuple[str, str]]]
Permission = Callable[["Employee", str, datetime], bool]
Availability = Callable[[Collection[int], datetime], Collection[int]]


@dataclass(slots=True)
class Wiring:
    """`availability(ids, at)` keeps those of the ids who are at work (not on leave, in their shift)."""

    off_duty: list[OffDuty] = field(default_factory=list)
    superiors: Superiors | None = None
    acting_pairs: ActingPairs | None = None
    permission: Permission | None = None
    availability: Availability | None = None


wiring = Wiring()


def register_off_duty(act: OffDuty) -> None:
    """`act(employee, by, now)` runs inside the transaction of `end_duty`: what the person held is given back."""
    if act not in wiring.off_duty:
        wiring.off_duty.append(act)


def register_superiors(answer: Superiors) -> None:
    """`answer(position, at)`: the position above, None at the top."""
    wiring.superiors = answer


def register_acting_pairs(answer: ActingPairs) -> None:
    """`answer(at)`: pairs (own position, position one may act for) that J2 allows."""
    wiring.acting_pairs = answer


def register_permission(answer: Permission) -> None:
    """`answer(employee, permission key, at)`: whether one of the person's posts gives it."""
    wiring.permission = answer


def register_availability(answer: Availability) -> None:
    """The attendance desk's word on who is at work; until it exists, duty is the 上班/下班 switch alone."""
    wiring.availability = answer


def superior_of(position: str, at: datetime) -> str | None:
    return wiring.superiors(position, at) if wiring.superiors else None


def acting_pairs(at: datetime) -> frozenset[tuple[str, str]]:
    return wiring.acting_pairs(at) if wiring.acting_pairs else frozenset()


def may(employee: Employee, key: str, at: datetime) -> bool:
    return wiring.permission(employee, key, at) if wiring.permission else False


def available(ids: Collection[int], at: datetime) -> set[int]:
    return set(wiring.availability(ids, at)) if wiring.availability else set(ids)
