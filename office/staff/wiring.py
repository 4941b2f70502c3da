"""What higher engines tell the staff engine, which may not import them. Filled in `apps.ready()`.

Without a registration the answers are the careful ones: nobody above, no acting pair, no permission.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from office.staff.models import Employee

OffDuty = Callable[["Employee", "Employee | None", datetime], None]
Gone = Callable[["Employee", "Employee | None", datetime, str], None]
Superiors = Callable[[str, datetime], "str | None"]
ActingPairs = Callable[[datetime], frozenset[tuple[str, str]]]
Permission = Callable[["Employee", str, datetime], bool]
Availability = Callable[[Collection[int], datetime], Collection[int]]
PositionsWith = Callable[[str, datetime], frozenset[str]]


class Tell(Protocol):
    """Brings a kind of `office.notices` to people: inbox and every channel that reaches them."""

    def __call__(
        self, kind: str, recipients: Collection[int], *, about: Employee, source: str, source_id: int, now: datetime,
        params: Mapping[str, str],
    ) -> object: ...  # fmt: skip


@dataclass(slots=True)
class Wiring:
    """`availability(ids, at)` keeps those of the ids who are at work (not on leave, in their shift)."""

    off_duty: list[OffDuty] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)
    superiors: Superiors | None = None
    acting_pairs: ActingPairs | None = None
    permission: Permission | None = None
    availability: Availability | None = None
    positions_with: PositionsWith | None = None
    powers: set[frozenset[str]] = field(default_factory=set)
    tell: Tell | None = None


wiring = Wiring()


def register_off_duty(act: OffDuty) -> None:
    """`act(employee, by, now)` runs inside the transaction of `end_duty`: what the person held is given back."""
    if act not in wiring.off_duty:
        wiring.off_duty.append(act)


def register_gone(act: Gone) -> None:
    """`act(employee, by, now, reason)` runs inside the transaction in which a person may no longer sign in: what he was
    given beyond his posts ends."""
    if act not in wiring.gone:
        wiring.gone.append(act)


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


def register_positions_with(answer: PositionsWith) -> None:
    """`answer(permission key, at)`: the positions that the book in force gives it to."""
    wiring.positions_with = answer


def register_power(*keys: str) -> None:
    """A post that holds all these permissions together is sensitive: appointing to it takes two people."""
    wiring.powers.add(frozenset(keys))


def register_tell(act: Tell) -> None:
    """How people are told, which the notices engine above knows."""
    wiring.tell = act


def positions_with(key: str, at: datetime) -> frozenset[str]:
    return wiring.positions_with(key, at) if wiring.positions_with else frozenset()


def tell(
    kind: str, recipients: Collection[int], *, about: Employee, source: str, source_id: int, now: datetime,
    params: Mapping[str, str],
) -> None:  # fmt: skip
    if wiring.tell and recipients:
        wiring.tell(kind, recipients, about=about, source=source, source_id=source_id, now=now, params=params)


def superior_of(position: str, at: datetime) -> str | None:
    return wiring.superiors(position, at) if wiring.superiors else None


def acting_pairs(at: datetime) -> frozenset[tuple[str, str]]:
    return wiring.acting_pairs(at) if wiring.acting_pairs else frozenset()


def may(employee: Employee, key: str, at: datetime) -> bool:
    return wiring.permission(employee, key, at) if wiring.permission else False


def available(ids: Collection[int], at: datetime) -> set[int]:
    return set(wiring.availability(ids, at)) if wiring.availability else set(ids)
