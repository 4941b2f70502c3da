"""What waits on one person at the site-content desk, for my day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cms.models import LiabilityCase, SiteIncident
from cms.selectors import board, incidents, redesign, rounds, takedowns
from cms.services import page_review
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
        *_incidents(granted),
        *_messages(granted),
        *_page_review(granted),
        *_cases(person, now),
        *_rounds(granted),
    ]


def _page_review(granted: frozenset[str]) -> Iterator[Waiting]:
    review = redesign.open_review() if page_review.MAY in granted else None
    if review is not None:
        yield Waiting(
            title=_("Review the main page"),
            label=str(review),
            detail="",
            url=reverse("cms:review", args=[review.pk]),
            action=_("Review it"),
            due_at=review.due_at,
            started_at=review.opened_at,
            clause=review.clause,
        )


_NEXT: dict[str, tuple[StrOrPromise, StrOrPromise]] = {
    SiteIncident.State.OPEN: (_("Take on the incident"), _("Take it on")),
    SiteIncident.State.ACKNOWLEDGED: (_("Solve it or tell the partner"), _("Go on")),
    SiteIncident.State.TOLD: (_("Solve the incident"), _("Go on")),
    SiteIncident.State.RESOLVED: (_("Write the post-mortem"), _("Write")),
}


def _incidents(granted: frozenset[str]) -> Iterator[Waiting]:
    for line in incidents.waiting_for(granted, LIMIT):
        title, action = _NEXT[line.incident.state]
        yield Waiting(
            title=title,
            label=f"{line.incident.site.name} #{line.incident.pk}",
            detail=line.incident.headline,
            url=reverse("cms:incident", args=[line.incident.pk]),
            action=action,
            due_at=line.clock.due_at if line.clock else None,
            started_at=line.clock.started_at if line.clock else line.incident.opened_at,
            clause=line.clock.clause if line.clock else "",
        )


def _messages(granted: frozenset[str]) -> Iterator[Waiting]:
    if "cms.answer_board" not in granted:
        return
    for line in board.listed("waiting", limit=LIMIT)[:LIMIT]:
        yield Waiting(
            title=_("Answer a message"),
            label=f"{_('Board message')} {line.message.pk}",
            detail=line.message.sender.name if line.message.sender else "",
            url=reverse("cms:message", args=[line.message.pk]),
            action=_("Answer"),
            due_at=line.clock.due_at if line.clock else None,
            started_at=line.message.received_at,
            clause=line.clock.clause if line.clock else "",
        )


def _cases(person: Employee, now: datetime) -> Iterator[Waiting]:
    for case, clock in takedowns.waiting_for(person, now):
        to_be_heard = case.state == LiabilityCase.State.OPEN
        yield Waiting(
            title=_("Say what happened") if to_be_heard else _("Decide the case"),
            label=case.takedown.subject.label,
            detail="",
            url=reverse("cms:takedown", args=[case.pk]),
            action=_("Write") if to_be_heard else _("Decide"),
            due_at=clock.due_at if clock else None,
            started_at=case.opened_at,
            clause=clock.clause if clock else "",
        )


def _rounds(granted: frozenset[str]) -> Iterator[Waiting]:
    for found, clock, shift in rounds.waiting_for(granted):
        yield Waiting(
            title=found.get_kind_display(),
            label=f"{found.period:%Y-%m-%d}",
            detail=shift,
            url=reverse("cms:round", args=[found.pk]),
            action=_("Look through"),
            due_at=clock.due_at if clock else None,
            started_at=found.opened_at,
            clause=clock.clause if clock else "",
        )
