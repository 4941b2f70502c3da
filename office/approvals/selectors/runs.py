"""One run: who may see it, what happened to it, what it asks for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from office.approvals import kinds
from office.approvals.kinds import Change
from office.approvals.models import Run, Vote
from office.approvals.selectors import people
from office.approvals.selectors.people import Authority
from office.audit.canonical import entry_data, instant
from office.audit.models import Entry
from office.audit.registry import verb_label
from office.errors import NotFound
from office.rulebook.selectors import holds
from office.staff.models import Employee


def since(run: Run, revision: int | None, limit: int = 20) -> list[dict[str, Any]]:
    """What happened after the revision (None: the last act), oldest first: [{what, who, at, revision}]."""
    entries = Entry.objects.filter(subject_type="run", subject_id=str(run.pk)).order_by("-id")[:limit]
    found = []
    for entry in entries:
        made = int(entry_data(entry.canonical).get("revision", 0))
        if revision is not None and made <= revision:
            break
        found.append(
            {
                "what": verb_label(entry.verb),
                "who": entry.actor_name,
                "at": instant(entry.at),
                "revision": made,
            }
        )
        if revision is None:
            break
    return found[::-1]


def has_voted(run: Run, person_id: int) -> bool:
    """Whether the person has decided on the paper of this round."""
    return Vote.objects.filter(run=run, round=run.round, person_id=person_id).exists()


def language() -> str:
    """The language key under which a paper keeps the words for this reader."""
    return "en" if (get_language() or "").startswith("en") else "zh-hans"


def changes_of(run: Run) -> list[Change]:
    """The before/after as it was handed in, in the reader's language."""
    return [Change(*line) for line in run.paper.changes.get(language(), [])]


def live_on(subject_type: str, subject_id: str) -> QuerySet[Run]:
    """The runs on a subject that have not ended."""
    return Run.objects.filter(subject_type=subject_type, subject_id=subject_id).filter(
        Q(state="running") | Q(state="returned") | Q(state="agreed")
    )


def takes_part(run: Run, person: Employee, authority: Authority) -> bool:
    """Whether the person asks, is or was asked, carries out, checks, or was told."""
    if person.pk == run.requester_id or run.executor in authority.posts:
        return True
    if authority.posts.keys() & set(run.check_by):
        return True
    return (
        run.seats.filter(Q(person_id__in=authority.people) | Q(position__in=authority.positions)).exists()
        or run.votes.filter(Q(person=person) | Q(on_behalf_of=person)).exists()
        or run.copies.filter(person=person).exists()
    )


def access_run(*, run_id: int, person: Employee, now: datetime) -> Run:
    """The run, for who takes part, who sees the figures, or whom the kind lets see it. Raises NotFound."""
    run = Run.objects.select_related("requester", "executed_by").filter(pk=run_id).first()
    if run is not None:
        authority = people.authority_of(person, now)
        kind = kinds.find(run.kind)
        if (
            takes_part(run, person, authority)
            or (kind is not None and kind.visible is not None and kind.visible(person, run.subject_id))
            or holds(person, "approvals.figures", now)
        ):
            return run
    raise NotFound(_("There is no such request."))
