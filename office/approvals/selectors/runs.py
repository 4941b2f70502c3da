"""One run: who may see it, what happened to it, what it asks for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from office.approvals import kinds, rules
from office.approvals.kinds import Change
from office.approvals.models import Copy, Run, Seat, Vote
from office.approvals.selectors import people
from office.approvals.selectors.people import Authority
from office.audit.canonical import entry_data, instant
from office.audit.models import Entry
from office.audit.registry import verb_label
from office.errors import NotFound
from office.rulebook.selectors import book, book_by_version, holds
from office.rulebook.words import name_of
from office.staff.models import Employee
from office.subjects import Subject

if TYPE_CHECKING:
    from office.approvals.selectors.queue import Shown

FIGURES = "approvals.figures"


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


def flag_names(run: Run | Shown) -> list[str]:
    """What chose the chain, as the book by which it was asked calls it."""
    return [name_of(book_by_version(run.version_id), flag) for flag in run.flags]


def live_on(subject_type: str, subject_id: str) -> QuerySet[Run]:
    """The runs on a subject that have not ended."""
    return Run.objects.filter(subject_type=subject_type, subject_id=subject_id).filter(
        Q(state="running") | Q(state="returned") | Q(state="agreed")
    )


def part_of(person: Employee, authority: Authority) -> Q:
    """The runs in which the person asks, is or was asked, carries out, checks, or was told."""
    seats = Seat.objects.filter(run_id=OuterRef("pk")).filter(
        Q(person_id__in=sorted(authority.people)) | Q(position__in=sorted(authority.positions))
    )
    votes = Vote.objects.filter(run_id=OuterRef("pk")).filter(Q(person=person) | Q(on_behalf_of=person))
    posts = sorted(authority.posts)
    copies = Copy.objects.filter(run_id=OuterRef("pk"), person=person)
    return (
        Q(requester=person)
        | Q(executor__in=posts)
        | Q(check_by__overlap=posts)
        | Q(Exists(seats))
        | Q(Exists(votes))
        | Q(Exists(copies))
    )


def takes_part(run: Run, person: Employee, authority: Authority) -> bool:
    """Whether the run is one of `part_of`."""
    return Run.objects.filter(part_of(person, authority), pk=run.pk).exists()


def access_run(*, run_id: int, person: Employee, now: datetime) -> Run:
    """The run, for who takes part, whom the kind lets see it, who sees the figures if the kind is not closed, and the
    superior of a requester who has left. Raises NotFound."""
    run = Run.objects.select_related("requester", "executed_by").filter(pk=run_id).first()
    if run is not None and (
        takes_part(run, person, people.authority_of(person, now))
        or _lets_see(run.kind, run.subject_id, person)
        or (not _closed(run.kind) and holds(person, FIGURES, now))
        or stands_in(run, person, now)
    ):
        return run
    raise NotFound(_("There is no such request."))


def stands_in(run: Run, person: Employee, now: datetime) -> bool:
    """`people.stands_in`, without a query as long as the requester is there."""
    if run.requester.is_active:
        return False
    return people.stands_in(run, person.pk, people.posts_at(book_by_version(run.version_id).superiors, now))


def _closed(code: str) -> bool:
    kind = kinds.find(code)
    return kind is not None and kind.closed


def _lets_see(code: str, subject_id: str, person: Employee) -> bool:
    kind = kinds.find(code)
    return kind is not None and kind.visible is not None and kind.visible(person, subject_id)


def withheld(runs: Iterable[Run], person: Employee, now: datetime) -> set[int]:
    """Of runs that somebody counts who sees the figures: those of closed kinds that he may not read. Their ids."""
    closed = [run for run in runs if _closed(run.kind)]
    if not closed:
        return set()
    part = Run.objects.filter(
        part_of(person, people.authority_of(person, now)), pk__in=[r.pk for r in closed]
    )
    taking = set(part.values_list("pk", flat=True))
    asked: dict[str, set[str]] = {}
    for run in closed:
        if run.pk not in taking:
            asked.setdefault(run.kind, set()).add(run.subject_id)
    seen = {code: _seen_of(code, subjects, person) for code, subjects in asked.items()}
    return {run.pk for run in closed if run.pk not in taking and run.subject_id not in seen[run.kind]}


def _seen_of(code: str, subjects: set[str], person: Employee) -> set[str]:
    kind = kinds.kind_of(code)
    if kind.visible_of_many is not None:
        return set(kind.visible_of_many(person, subjects))
    return {each for each in subjects if kind.visible is not None and kind.visible(person, each)}


def may_read(*, run_id: int, person: Employee, now: datetime) -> bool:
    """Whether `access_run` answers."""
    try:
        access_run(run_id=run_id, person=person, now=now)
    except NotFound:
        return False
    return True


def runs_about(subject: Subject, person: Employee, now: datetime, *, limit: int = 20) -> list[Run]:
    """The runs on a subject that the person may read, the latest first, for the subject's own page."""
    found = Run.objects.filter(subject_type=subject.type, subject_id=subject.id)
    about = [kind for kind in kinds.known_kinds() if kind.subject_type == subject.type]
    oversees = holds(person, FIGURES, now)
    if not oversees or any(kind.closed for kind in about):
        open_kinds = [
            kind.code
            for kind in about
            if (oversees and not kind.closed) or _lets_see(kind.code, subject.id, person)
        ]
        found = found.filter(part_of(person, people.authority_of(person, now)) | Q(kind__in=open_kinds))
    return list(found.select_related("requester").order_by("-id")[:limit])


def may_read_about(subject: Subject, person: Employee, now: datetime) -> bool:
    """Whether the person may read a run on the subject: then also the evidence that hangs on it."""
    return bool(runs_about(subject, person, now, limit=1))


def may_ask(kind: str, person: Employee, now: datetime, flags: Iterable[str] = ()) -> bool:
    """Whether one of the person's posts may ask for this, by the chain of the book in force: for a page's button."""
    chain = rules.chain_for(book(now), kind, flags)
    posts = people.authority_of(person, now).posts
    return chain is not None and bool(posts.keys() & set(chain.proposer) if chain.proposer else posts)
