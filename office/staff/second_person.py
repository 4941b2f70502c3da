"""Staff acts that take two people (C13.2, C13.4), and who the second may be. Reads only.

A post is *sensitive* when the book in force gives it a power that an app registered (`wiring.register_power`):
customers' data beyond one's own orders, erasing customers, keeping staff records, deciding for others. Appointing to
one, and resetting the password or second factor of who holds one, waits for somebody of the post's superior: never the
proposer, never the person concerned.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from office.staff import wiring
from office.staff.models import Appointment, Employee, Proposal
from office.staff.selectors import holders, position_label

CLAUSE = "C13.2"
KEEPERS = "staff.manage"


def sensitive_posts(at: datetime) -> frozenset[str]:
    """The posts that the book in force gives one of the registered powers."""
    found: set[str] = set()
    for keys in wiring.wiring.powers:
        found |= frozenset.intersection(*(wiring.positions_with(key, at) for key in keys))
    return frozenset(found)


def line_above(position: str, at: datetime) -> list[str]:
    """The superior posts of a post, the nearest first; none for ""."""
    line: list[str] = []
    above = wiring.superior_of(position, at) if position else None
    while above is not None and above not in line:
        line.append(above)
        above = wiring.superior_of(above, at)
    return line


def superiors(position: str, at: datetime, without: Collection[int]) -> list[Employee]:
    """Who holds the nearest superior post that somebody outside `without` (ids) holds."""
    for above in line_above(position, at):
        found = [person for person in holders(above, at) if person.pk not in without]
        if found:
            return found
    return []


def seconds(position: str, at: datetime, without: Collection[int]) -> list[Employee]:
    """Who may be the second person for a sensitive post: the superiors; where none is left (the general manager's own
    post), who else keeps staff records."""
    found = superiors(position, at, without)
    if not found:
        keepers = {
            person.pk: person
            for post in sorted(wiring.positions_with(KEEPERS, at))
            for person in holders(post, at)
            if person.pk not in without
        }
        found = list(keepers.values())
    return found


def never_existed(position: str, person: Employee, by: Employee, at: datetime) -> bool:
    """Whether nobody but these two ever held a post that makes a second person: the first days of an installation.

    Who has left counts, or whoever keeps staff records would send the others away first.
    """
    posts = {*line_above(position, at), *wiring.positions_with(KEEPERS, at)}
    others = Appointment.objects.filter(position__in=posts).exclude(employee_id__in=(person.pk, by.pk))
    return not others.exists()


def weightiest_post(person: Employee, at: datetime) -> str:
    """The sensitive post, held now or later, that is nearest to the top; "" for none.

    Also of a person who may not sign in at present: that is switched on again by one person.
    """
    held = person.appointments.filter(
        Q(during__contains=at) | Q(during__startswith__gt=at), position__in=sensitive_posts(at)
    ).values_list("position", flat=True)
    return min(set(held), key=lambda post: (len(line_above(post, at)), post), default="")


def post_of(proposal: Proposal, at: datetime) -> str:
    """The post whose superior decides on the proposal."""
    return proposal.position or weightiest_post(proposal.employee, at)


def deciders(proposal: Proposal, at: datetime) -> list[Employee]:
    """Who may confirm or refuse the proposal now."""
    without = {proposal.proposed_by_id, proposal.employee_id}
    # Of somebody who has lost every such post since: anybody else who keeps staff records.
    return seconds(post_of(proposal, at), at, without)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal on a page: who may decide, and whether that is the reader, or the reader's to withdraw."""

    proposal: Proposal
    deciders: list[Employee]
    mine: bool
    made_by_me: bool

    @property
    def post(self) -> str:
        return position_label(self.proposal.position) if self.proposal.position else ""


def waiting(reader: Employee, at: datetime, *, about: Employee | None = None) -> list[Waiting]:
    """What waits for a second person, what waits on the reader first, then the oldest."""
    open_ones = (
        Proposal.objects.filter(state=Proposal.State.PROPOSED)
        .select_related("employee", "proposed_by")
        .order_by("proposed_at", "pk")
    )
    if about is not None:
        open_ones = open_ones.filter(employee=about)
    rows = []
    for proposal in open_ones:
        people = deciders(proposal, at)
        mine = any(person.pk == reader.pk for person in people)
        rows.append(Waiting(proposal, people, mine, proposal.proposed_by_id == reader.pk))
    return sorted(rows, key=lambda row: not row.mine)
