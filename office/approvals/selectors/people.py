"""Who may decide at an instant: the holders of posts, those who act for one, deputies of those who are away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from django.db import connection

from office.approvals import rules
from office.approvals.models import Run, Seat, Step
from office.staff.models import Appointment, Employee


@dataclass(frozen=True, slots=True)
class Posts:
    """Who holds or acts for each post at one instant; one query for the whole department."""

    holders: Mapping[str, frozenset[int]]
    superiors: Mapping[str, str | None]

    def others(self, position: str, requester_id: int | None) -> frozenset[int]:
        """The holders who did not ask themselves."""
        return self.holders.get(position, frozenset()) - {requester_id}

    def of(self, employee_id: int) -> list[str]:
        """The posts of one person."""
        return sorted(position for position, people in self.holders.items() if employee_id in people)


def posts_at(superiors: Mapping[str, str | None], now: datetime) -> Posts:
    """Every post that somebody who may sign in holds or acts for at the instant."""
    held: dict[str, set[int]] = defaultdict(set)
    for position, employee_id in Appointment.objects.filter(
        during__contains=now, employee__is_active=True
    ).values_list("position", "employee_id"):
        held[position].add(employee_id)
    return Posts({position: frozenset(people) for position, people in held.items()}, superiors)


@dataclass(frozen=True, slots=True)
class Chair:
    """A seat to be: a post, the post it climbed from ("" when it did not), and whether nobody holds it."""

    position: str
    climbed_from: str = ""
    stuck: bool = False


class NoSuperior(Exception):
    """Only the requester holds the post, and nobody stands above who could decide in his place."""

    def __init__(self, position: str) -> None:
        super().__init__(position)
        self.position = position


def chair(position: str, posts: Posts, requester_id: int | None) -> Chair:
    """The seat for one post of a chain. A post that only the requester holds climbs to the nearest one above that
    somebody else holds; a post that nobody holds is stuck. Raises NoSuperior."""
    if posts.others(position, requester_id):
        return Chair(position)
    if not posts.holders.get(position):
        return Chair(position, stuck=True)
    superior = next_above(position, posts, requester_id)
    if superior is None:
        raise NoSuperior(position)
    return Chair(superior, climbed_from=position)


def next_above(position: str, posts: Posts, requester_id: int | None) -> str | None:
    """The nearest post above that somebody else than the requester holds; None when there is none."""
    above = rules.above(posts.superiors, position)
    return next((post for post in above if posts.others(post, requester_id)), None)


def stands_in(run: Run, person_id: int, posts: Posts) -> bool:
    """Whether the person may take back what a requester asked for who can no longer sign in: who holds the post above
    the one in which it was asked."""
    if run.requester.is_active:
        return False
    above = next_above(run.post, posts, run.requester_id)
    return above is not None and person_id in posts.holders[above]


def chairs(
    positions: Sequence[str], mode: str, posts: Posts, requester_id: int | None, *, asking: bool
) -> list[Chair]:
    """The seats of a step. In a step of any one, posts whose only holder asks himself are left out while another
    post can decide. `asking`: the request is being made, and NoSuperior refuses it; later such a post is stuck."""
    found: list[Chair] = []
    alone: NoSuperior | None = None
    for position in positions:
        try:
            found.append(chair(position, posts, requester_id))
        except NoSuperior as error:
            alone = alone or error
            if mode == Step.Mode.ALL or not asking:
                if asking:
                    raise
                found.append(Chair(position, stuck=True))
    direct = [each for each in found if not each.stuck and not each.climbed_from]
    if mode == Step.Mode.ANY and direct:
        found = [each for each in found if not each.climbed_from]
    if mode == Step.Mode.ANY and alone is not None and asking and all(each.stuck for each in found):
        raise alone
    return list({(each.position, each.climbed_from): each for each in found}.values())


@dataclass(frozen=True, slots=True)
class Absent:
    """Somebody who is away and for whom this person decides."""

    id: int
    name: str
    posts: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Authority:
    """What one person may decide now. `posts`: post → whether it is only acted for. Who has left (not `active`) may
    decide nothing, not even what was passed to him by name."""

    person_id: int
    posts: Mapping[str, bool]
    absent: tuple[Absent, ...] = ()
    active: bool = True

    @property
    def positions(self) -> frozenset[str]:
        """The posts by which something can wait on the person: his own, and those of whom he deputises for."""
        return frozenset(self.posts).union(*(each.posts for each in self.absent))

    @property
    def people(self) -> frozenset[int]:
        """Himself and those he deputises for."""
        return frozenset((self.person_id, *(each.id for each in self.absent)))


class Row(NamedTuple):
    """A seat that is asked, or a run to be carried out or checked, as the list reads it."""

    what: str
    at: datetime
    run_id: int
    requester_id: int
    position: str = ""
    person_id: int | None = None
    climbed_from: str = ""
    stuck: bool = False
    on_behalf_of: int | None = None
    state: str = Seat.State.ACTIVE.value


AnySeat = TypeVar("AnySeat", Seat, Row)


@dataclass(frozen=True, slots=True)
class Claim(Generic[AnySeat]):
    """A seat and by what right it is this person's."""

    seat: AnySeat
    on_behalf_of: int | None = None
    acting_for: str = ""


_AUTHORITY = """
WITH people AS (
    SELECT %(me)s::bigint AS id, '' AS name
    UNION
    SELECT e.id, e.name FROM approvals_deputy d JOIN staff_employee e ON e.id = d.absent_id AND e.is_active
    WHERE d.person_id = %(me)s AND d.starts_at <= %(now)s AND d.ends_at > %(now)s
      AND NOT EXISTS (SELECT FROM approvals_deputyend x WHERE x.deputy_id = d.id AND x.at <= %(now)s)
    UNION
    SELECT e.id, e.name FROM approvals_also_deputies(%(now)s) d
    JOIN staff_employee e ON e.id = d.absent_id AND e.is_active
    WHERE d.person_id = %(me)s
)
SELECT people.id, people.name, a.position, a.acting
FROM people LEFT JOIN staff_appointment a ON a.employee_id = people.id AND a.during @> %(now)s::timestamptz
ORDER BY people.id, a.acting DESC
"""


def authority_of(person: Employee, now: datetime) -> Authority:
    """The posts a person holds or acts for, and those of whom he deputises for; one query."""
    if not person.is_active:
        return Authority(person.pk, {}, active=False)
    held: dict[int, dict[str, bool]] = defaultdict(dict)
    names: dict[int, str] = {}
    with connection.cursor() as cursor:
        cursor.execute(_AUTHORITY, {"me": person.pk, "now": now})
        # Acting appointments come first: one's own post of the same name then overwrites it.
        for employee_id, name, position, acting in cursor.fetchall():
            names[employee_id] = name
            if position is not None:
                held[employee_id][position] = acting
    absent = (Absent(pk, name, held[pk]) for pk, name in names.items() if pk != person.pk)
    return Authority(person.pk, held[person.pk], tuple(absent))


def claims(authority: Authority, seats: Iterable[AnySeat], requester_id: int) -> list[Claim[AnySeat]]:
    """The seats that this person may decide, by his own right, else as deputy of the first absent person who has one.
    Nothing on one's own request, nor on that of whom one deputises for."""
    if authority.person_id == requester_id or not authority.active:
        return []
    active = [seat for seat in seats if seat.state == Seat.State.ACTIVE]
    own = [
        Claim(seat, acting_for=seat.position if authority.posts.get(seat.position) else "")
        for seat in active
        if seat.person_id == authority.person_id or (seat.position and seat.position in authority.posts)
    ]
    if own:
        return own
    for absent in authority.absent:
        theirs = [
            Claim(seat, on_behalf_of=absent.id)
            for seat in active
            if absent.id != requester_id
            and (seat.person_id == absent.id or (seat.position and seat.position in absent.posts))
        ]
        if theirs:
            return theirs
    return []


_DEPUTIES = """
SELECT named.absent_id, e.id, e.name FROM (
    SELECT d.absent_id, d.person_id FROM approvals_deputy d
    WHERE d.starts_at <= %(now)s AND d.ends_at > %(now)s
      AND NOT EXISTS (SELECT FROM approvals_deputyend x WHERE x.deputy_id = d.id AND x.at <= %(now)s)
    UNION
    SELECT absent_id, person_id FROM approvals_also_deputies(%(now)s)
) named JOIN staff_employee e ON e.id = named.person_id AND e.is_active
ORDER BY e.name_key
"""


class InForce(NamedTuple):
    """Who decides for whom at an instant."""

    absent_id: int
    person_id: int
    name: str


def deputies_in_force(now: datetime) -> list[InForce]:
    """Deputies at the instant, whatever the posts: those agreed to here, and those of people whom a desk knows to be
    away."""
    with connection.cursor() as cursor:
        cursor.execute(_DEPUTIES, {"now": now})
        return [InForce(*row) for row in cursor.fetchall()]


@dataclass(slots=True)
class Known:
    """What several acts at one instant need not ask twice. `posts`: by the version of the book."""

    posts: dict[int, Posts] = field(default_factory=dict)
    authorities: dict[int, Authority] = field(default_factory=dict)
    deputies: list[tuple[int, int]] | None = None  # (absent, who decides for him)

    def with_deputies(self, people: Collection[int], now: datetime) -> set[int]:
        """These people and whoever deputises for one of them."""
        if self.deputies is None:
            self.deputies = [(each.absent_id, each.person_id) for each in deputies_in_force(now)]
        return {*people, *(person for absent, person in self.deputies if absent in people)}
