"""The papers of a supplier as its door lists them: what waits for it first, by due time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Case, When
from django.utils.translation import gettext_lazy as _

from contracts.models import Complaint, DoorLink
from contracts.selectors import complaints
from office.deadlines.models import Deadline

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MOST = 100
Purpose = DoorLink.Purpose


@dataclass(frozen=True, slots=True)
class Line:
    """One paper. `act`: what the supplier does next, "" when it is not its turn."""

    page: str
    pk: int
    kind: StrOrPromise
    number: str
    detail: str
    state: StrOrPromise
    act: StrOrPromise = ""
    due_at: datetime | None = None
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Papers:
    waiting: list[Line]
    others: list[Line]


Lister = Callable[[int, datetime], list[Line]]
_listers: dict[str, tuple[str, Lister]] = {}


def register_lister(purpose: str, page: str, lister: Lister) -> None:
    """The papers of one kind: the name of their page at the door, and how to list a supplier's (id, now)."""
    _listers[purpose] = (page, lister)


def page_of(purpose: str) -> str:
    return _listers[purpose][0] if purpose in _listers else ""


def papers(link: DoorLink, now: datetime) -> Papers:
    """All that the link opens."""
    lines: list[Line] = []
    for purpose, (_page, lister) in _listers.items():
        if link.purpose in (Purpose.PAPERS, purpose):
            lines += [
                line
                for line in lister(link.contact.supplier_id, now)
                if link.paper_id is None or line.pk == link.paper_id
            ]
    waiting = [line for line in lines if line.act]
    waiting.sort(key=lambda line: (line.due_at is None, line.due_at))
    return Papers(waiting, [line for line in lines if not line.act])


def clocks(rule: str, subject_type: str, ids: list[int]) -> dict[int, tuple[datetime, datetime]]:
    """{id: (due, started)} of the rule's running clocks."""
    running = Deadline.objects.filter(
        rule=rule,
        subject_type=subject_type,
        subject_id__in=[str(pk) for pk in ids],
        state=Deadline.State.OPEN,
    )
    return {int(each.subject_id): (each.due_at, each.started_at) for each in running}


def complaint_lines(supplier_id: int, now: datetime) -> list[Line]:
    """Decided complaints; those that wait for the supplier's answer with their time."""
    last = Case(When(state=Complaint.State.DECIDED, then=0), default=1)
    found = list(complaints.shown_at_door(supplier_id).order_by(last, "-pk")[:MOST])
    due = clocks(complaints.ANSWER, "complaint", [each.pk for each in found])
    lines = []
    for each in found:
        waits = each.state == Complaint.State.DECIDED and each.pk in due
        at, since = due.get(each.pk, (None, None)) if waits else (None, None)
        lines.append(
            Line(
                page="door:complaint",
                pk=each.pk,
                kind=_("Complaint"),
                number=each.number,
                detail=each.form.goods,
                state=each.get_state_display(),
                act=_("Answer") if waits else "",
                due_at=at,
                started_at=since,
            )
        )
    return lines
