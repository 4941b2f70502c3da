"""Reading the trail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from office.audit.canonical import entry_data
from office.audit.models import Entry, Incident, Seal
from office.audit.registry import verb_label
from office.subjects import Subject, subject_name, subject_said, subject_url


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One entry of a subject, for the timeline that every record page has."""

    at: dt.datetime
    verb: str
    verb_label: str
    actor_name: str  # "" is the system
    acting_for: str
    clause: str
    data: dict[str, Any]
    sealed: bool
    entry_id: int
    subject_type: str = ""
    subject_label: str = ""


@dataclass(frozen=True, slots=True)
class Sealed:
    """How far the seals reach: entries up to `last_id` with a transaction before `h`, and everything up to `opened_at`
    (the last id of earlier eras)."""

    h: int
    opened_at: int

    def covers(self, entry_id: int, tx: int) -> bool:
        return entry_id <= self.opened_at or tx < self.h


def sealed_so_far() -> Sealed:
    """Of the era that is open."""
    last = Seal.objects.order_by("-id").values_list("era", "h").first()
    if last is None:
        return Sealed(0, 0)
    era, h = last
    opening = (
        Seal.objects.filter(era=era).order_by("id").values_list("last_id", flat=True).first()
        if era > 1
        else 0
    )
    return Sealed(int(h), opening or 0)


def timeline(*subjects: Subject, latest: int | None = None) -> list[TimelineRow]:
    """All entries of a subject, or of some that belong together, oldest first; with `latest` no more than so many."""
    reach = sealed_so_far()
    wanted = Q(pk__in=[])
    for subject in subjects:
        wanted |= Q(subject_type=subject.type, subject_id=str(subject.id))
    found = Entry.objects.filter(wanted).order_by("-id")
    rows: list[Entry] = list(found if latest is None else found[:latest])[::-1]
    return [
        TimelineRow(
            at=row.at,
            verb=row.verb,
            verb_label=verb_label(row.verb),
            actor_name=row.actor_name,
            acting_for=row.acting_for,
            clause=row.clause,
            data=entry_data(row.canonical),
            sealed=reach.covers(row.pk, int(row.tx)),
            entry_id=row.pk,
            subject_type=row.subject_type,
            subject_label=row.subject_label,
        )
        for row in rows
    ]


PAGE = 50


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One entry on the trail's page; `url` of its subject, or ""."""

    id: int
    at: dt.datetime
    verb_label: str
    subject_label: str
    subject_said: str
    subject_name: str
    url: str
    actor_name: str
    acting_for: str
    clause: str
    sealed: bool


def entries(
    *, verb: str = "", subject: str = "", actor: str = "", before: int | None = None
) -> tuple[list[EntryRow], int | None]:
    """A page of entries, newest first, and the id to go on before. `subject` is a label (TM01/88) or type:id, `actor`
    an exact name."""
    found = Entry.objects.order_by("-id")
    if verb:
        found = found.filter(verb=verb)
    if actor:
        found = found.filter(actor_name=actor)
    if subject:
        type_, _colon, id_ = subject.partition(":")
        found = (
            found.filter(subject_type=type_, subject_id=id_) if id_ else found.filter(subject_label=subject)
        )
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.defer("canonical", "digest")[: PAGE + 1])
    return _as_rows(rows[:PAGE]), _following(rows)


def acts_of(
    *, verbs: Collection[str], people: Collection[int], since: dt.datetime, latest: int
) -> list[tuple[int, EntryRow]]:
    """What these people did of these verbs since then, newest first, each with the id of who did it; two queries."""
    found = Entry.objects.filter(verb__in=verbs, actor_id__in=people, at__gte=since).order_by("-id")
    rows: list[Entry] = list(found.defer("canonical", "digest")[:latest])
    return [(row.actor_id or 0, shown) for row, shown in zip(rows, _as_rows(rows), strict=True)]


def _as_rows(rows: Sequence[Entry]) -> list[EntryRow]:
    reach = sealed_so_far()
    return [
        EntryRow(
            row.pk,
            row.at,
            verb_label(row.verb),
            row.subject_label or row.subject_id,
            subject_said(row.subject_type, row.subject_label) or row.subject_id,
            str(subject_name(row.subject_type)),
            subject_url(row.subject_type, row.subject_id),
            row.actor_name,
            row.acting_for,
            row.clause,
            reach.covers(row.pk, int(row.tx)),
        )
        for row in rows
    ]


def _following(rows: list[Any]) -> int | None:
    return rows[PAGE - 1].pk if len(rows) > PAGE else None


def seals(before: int | None) -> tuple[list[Seal], int | None]:
    """A page of seals, newest first."""
    found = Seal.objects.order_by("-id")
    rows = list((found.filter(pk__lt=before) if before is not None else found)[: PAGE + 1])
    return rows[:PAGE], _following(rows)


def incidents(before: int | None) -> tuple[list[Incident], int | None]:
    """A page of incidents, newest first."""
    found = Incident.objects.order_by("-id")
    rows = list((found.filter(pk__lt=before) if before is not None else found)[: PAGE + 1])
    return rows[:PAGE], _following(rows)


@dataclass(frozen=True, slots=True)
class SealingState:
    """The last seal, and when the oldest entry that waits for one was written."""

    last: Seal | None
    oldest: dt.datetime | None


def sealing_state() -> SealingState:
    last = Seal.objects.order_by("-id").first()
    reach = sealed_so_far()
    waiting = Entry.objects.extra(where=["tx >= %s::xid8"], params=[str(reach.h)]).filter(
        pk__gt=reach.opened_at
    )
    return SealingState(last, waiting.order_by("tx", "id").values_list("at", flat=True).first())
