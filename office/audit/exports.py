"""The register of exports (C13.5): whatever leaves the house as a file has a row, beside its entry in the trail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from office.audit.canonical import Actor
from office.audit.models import Export
from office.audit.services import record
from office.subjects import Subject
from office.tables.marks import Mark


@transaction.atomic
def record_export(
    verb: str,
    *,
    mark: Mark,
    subject: Subject,
    by: Actor,
    now: dt.datetime,
    rows: int,
    format: str,
    filters: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
    clause: str = "C13.5",
) -> int:
    """The entry of the trail and the row of the register, in one transaction; the entry's id.

    `rows`: of data that are in the file. `filters`: what was asked for, without what was typed into a search, which
    may be somebody's name. `data`: what the entry says beside them.
    """
    said = {**(data or {}), **(filters or {}), "rows": rows, "format": format, "export": mark.code}
    entry = record(verb, subject=subject, by=by, now=now, data=said, clause=clause)
    Export.objects.create(
        code=mark.code,
        at=now,
        verb=verb,
        subject_type=subject.type[:40],
        subject_id=str(subject.id)[:64],
        label=subject.label[:120],
        actor_id=int(by.pk or 0),
        actor_name=str(by.name)[:120],
        filters={key: value for key, value in (filters or {}).items() if value not in ("", None)},
        rows=rows,
        format=format[:10],
        clause=clause[:20],
        entry_id=entry,
    )
    return entry
