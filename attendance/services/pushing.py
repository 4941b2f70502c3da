"""Punches that a device or a system pushes: one signed message, taken once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from attendance.intake.rows import BadRow, PunchRow, checked, direction_of, number_of
from attendance.models import Punch, PunchBatch, PunchSource
from attendance.services.batches import RAW_DAYS, body_digest, people_of, refuse_rows, unknown
from attendance.services.punching import Fresh, write_punches
from office.audit import api as audit
from office.errors import Conflict, Invalid
from office.rulebook import api as rulebook
from office.tables import cells as read
from office.tables.cells import CellError

VERBS = {"attendance.punches_pushed": _("Punches pushed")}
MOST = 5_000


@dataclass(frozen=True, slots=True)
class Pushed:
    """`again`: the message was taken before; the answer is that of then."""

    batch: PunchBatch
    again: bool = False


def receive(*, source: PunchSource, message_id: str, raw: bytes, now: datetime) -> Pushed:
    """Take a verified message {"punches": [{"user", "at", "direction", "device"}]}. Rows that cannot be taken are kept
    as those of a file. Raises Invalid for a body that cannot be read, Conflict (`message_id_reused`) for an id that
    came with another body before."""
    rows = _rows(raw, now)
    digest = body_digest(raw)
    try:
        with transaction.atomic():
            return Pushed(_take(source, message_id, digest, rows, now))
    except IntegrityError as error:
        if "punchbatch_message_once" not in str(error):
            raise
    known = PunchBatch.objects.get(source=source, message_id=message_id)
    if bytes(known.body_digest or b"") != digest:
        raise Conflict(_("This message id was used for another body before."), code="message_id_reused")
    return Pushed(known, again=True)


def _take(
    source: PunchSource, message_id: str, digest: bytes, rows: list[PunchRow | BadRow], now: datetime
) -> PunchBatch:
    batch = PunchBatch.objects.create(
        source=source,
        state=PunchBatch.State.DONE,
        format=source.format,
        created_at=now,
        finished_at=now,
        message_id=message_id,
        body_digest=digest,
        header=["user", "at", "direction", "device"],
        rows_read=len(rows),
        rows_done=len(rows),
        erase_at=now + timedelta(days=rulebook.limit_rule(RAW_DAYS, at=now).count),
    )
    people = people_of(source)
    bad = [row for row in rows if isinstance(row, BadRow)]
    good = [row for row in rows if isinstance(row, PunchRow)]
    fresh = [
        Fresh(people[row.number], row.at, row.direction, row.device, "\t".join(row.cells)[:500])
        for row in good
        if row.number in people
    ]
    bad += [unknown(row) for row in good if row.number not in people]
    inserted = write_punches(fresh, via=Punch.Via.PUSH, source_id=source.pk, batch_id=batch.pk, now=now)
    refuse_rows(batch, bad)
    batch.inserted, batch.duplicates, batch.rejected = inserted, len(fresh) - inserted, len(bad)
    batch.save(update_fields=["inserted", "duplicates", "rejected"])
    audit.record("attendance.punches_pushed", subject=batch.subject, by=None, now=now, data=batch.counts)
    return batch


def _rows(raw: bytes, now: datetime) -> list[PunchRow | BadRow]:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        body = None
    given = body.get("punches") if isinstance(body, dict) else None
    if not isinstance(given, list):
        raise _wrong("", "json", 'The body is no JSON object with a list "punches".')
    if not 0 < len(given) <= MOST:
        raise _wrong("punches", "range", f"A message has 1 to {MOST} punches.")
    return [_row(number, each, now) for number, each in enumerate(given, 1)]


def _row(number: int, given: Any, now: datetime) -> PunchRow | BadRow:
    said = given if isinstance(given, dict) else {}
    cells = tuple(_text(said.get(name)) for name in ("user", "at", "direction", "device"))
    column = "user"
    try:
        if not isinstance(given, dict):
            raise CellError("not_an_object", gettext_noop("This is no punch."))
        user = number_of(cells[0])
        column = "at"
        at = read.when(cells[1])
        if at is None:
            raise CellError("time_missing", gettext_noop("The row has no time."))
        return PunchRow(number, user, checked(at, now), direction_of(cells[2]), cells[3][:60], cells)
    except CellError as error:
        return BadRow(number, column, error.code, error.message, cells, error.params)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return read.text(value[:500])
    return (
        str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18 else ""
    )


def _wrong(path: str, code: str, message: str) -> Invalid:
    return Invalid(message, errors=[{"path": path, "code": code, "message": message}])
