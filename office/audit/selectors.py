"""Reading the trail."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from office.audit.canonical import entry_data
from office.audit.models import Entry, Seal
from office.audit.registry import verb_label
from office.subjects import Subject


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


def timeline(subject: Subject) -> list[TimelineRow]:
    """All entries of a subject, oldest first."""
    reach = sealed_so_far()
    rows = Entry.objects.filter(subject_type=subject.type, subject_id=str(subject.id)).order_by("id")
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
        )
        for row in rows
    ]
