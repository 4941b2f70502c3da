"""What coming and leaving ask of one person, for my day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from attendance.models import HandOverItem
from attendance.selectors import career, hiring, leaving
from office.rulebook import api as rulebook
from office.staff.models import Employee

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LIMIT = 20


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing to do: what, until when, by which clause, and the one button that moves it on."""

    title: StrOrPromise
    label: str
    detail: StrOrPromise
    url: str
    action: StrOrPromise
    due_at: datetime | None
    started_at: datetime | None
    clause: str


def waiting(person: Employee, now: datetime) -> list[Waiting]:
    """At most LIMIT of each kind."""
    granted = rulebook.permissions_of(person, now)
    return [
        *_offered(person),
        *_leavings(person, granted),
        *_exams(person),
        *_reviews(person, granted),
        *_probations(granted, now),
    ]


def _offered(person: Employee) -> Iterator[Waiting]:
    """Things that somebody is asked to take over: one line for each leaving person."""
    by_leaving: dict[int, list[str]] = {}
    first: dict[int, HandOverItem] = {}
    for item in leaving.offered_to(person):
        by_leaving.setdefault(item.leaving_id, []).append(item.label)
        first.setdefault(item.leaving_id, item)
    for leaving_id, labels in by_leaving.items():
        item = first[leaving_id]
        yield Waiting(
            title=_("Take something over"),
            label=item.leaving.employee.name,
            detail=labels[0] if len(labels) == 1 else f"{labels[0]} +{len(labels) - 1}",
            url=reverse("attendance:leaving", args=[leaving_id]),
            action=_("Look and say yes"),
            due_at=item.leaving.access_ends_at,
            started_at=item.named_at,
            clause=item.leaving.clause,
        )


def _leavings(person: Employee, granted: frozenset[str]) -> Iterator[Waiting]:
    """Checklists with something open: one's own, and of those who leave for who sees to it."""
    for line in leaving.with_open_items(None if "attendance.leavings" in granted else person)[:LIMIT]:
        mine = line.leaving.employee_id == person.pk
        yield Waiting(
            title=_("Hand over what you hold") if mine else _("See to a hand-over"),
            label=line.leaving.employee.name,
            detail="",
            url=reverse("attendance:leaving", args=[line.leaving.pk]),
            action=_("Name who takes it"),
            due_at=line.clock.due_at if line.clock else line.leaving.access_ends_at,
            started_at=line.leaving.began_at,
            clause=line.clock.clause if line.clock else line.leaving.clause,
        )


def _exams(person: Employee) -> Iterator[Waiting]:
    for exam in hiring.to_score(person, LIMIT):
        yield Waiting(
            title=_("Score an exam"),
            label=exam.paper.title,
            detail=exam.paper.get_sort_display(),
            url=reverse("attendance:exam", args=[exam.pk]),
            action=_("Score"),
            due_at=None,
            started_at=exam.answered_at,
            clause="",
        )


def _reviews(person: Employee, granted: frozenset[str]) -> Iterator[Waiting]:
    for review in career.to_comment(person):
        yield Waiting(
            title=_("Say your word to your review"),
            label=review.table.period,
            detail="",
            url=reverse("attendance:review", args=[review.pk]),
            action=_("Write"),
            due_at=None,
            started_at=review.scored_at,
            clause="",
        )
    for review in career.to_score(granted, person, LIMIT):
        scored = review.state == "scored"
        yield Waiting(
            title=_("Put the result of a review before the chain") if scored else _("Score a review"),
            label=review.employee.name,
            detail=review.table.period,
            url=reverse("attendance:review", args=[review.pk]),
            action=_("Hand in") if scored else _("Score"),
            due_at=None,
            started_at=review.opened_at,
            clause="",
        )


def _probations(granted: frozenset[str], now: datetime) -> Iterator[Waiting]:
    """Whose probation is about to end, for who proposes confirmations."""
    if "hiring.review" not in granted:
        return
    for line in career.ending_soon(now, LIMIT):
        yield Waiting(
            title=_("Decide on a confirmation"),
            label=line.probation.employee.name,
            detail=line.probation.get_position_display(),
            url=reverse("attendance:change_post", args=[line.probation.employee_id]),
            action=_("Propose"),
            due_at=line.clock.due_at if line.clock else None,
            started_at=line.clock.started_at if line.clock else None,
            clause=line.clock.clause if line.clock else "",
        )
