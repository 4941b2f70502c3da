"""Files of punches: sent, recognised, taken row by row, what cannot be taken kept with the reason."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from attendance.intake.reading import Reading, first_look_at, format_name, open_punches
from attendance.intake.rows import MOST_RAW, BadRow, PunchRow
from attendance.intake.tables import UnknownHeader, check_mapping
from attendance.models import DeviceUser, Punch, PunchBatch, PunchSource, RejectedPunch, UploadBlock
from attendance.services.punching import Fresh, write_punches
from attendance.services.queue import send_to_worker
from office import crypto
from office.audit import api as audit
from office.enumerating import enumerated
from office.errors import Conflict, Invalid, NotFound
from office.rulebook import api as rulebook
from office.rulebook.allowed import require
from office.staff.models import Employee
from office.tables.streams import positioned_stream
from office.tables.table import Source, UnusableFile
from office.tables.text import clean_tree

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

IMPORT = "attendance.import_punches"
RAW_DAYS = "retention.raw_days"
VERBS = {
    "attendance.batch_started": gettext_lazy("Import of punches started"),
    "attendance.batch_done": gettext_lazy("Import of punches finished"),
    "attendance.batch_failed": gettext_lazy("Import of punches refused, nothing taken"),
    "attendance.batch_mapped": gettext_lazy("Columns of punches named"),
    "attendance.rejected_downloaded": gettext_lazy("Refused rows of punches downloaded"),
    "attendance.batch_erased": gettext_lazy("Refused rows of punches erased"),
}
BLOCK = 1 << 20
CHUNK = 4_000
HEADER_CELLS, CELL = 60, 120
#: Errors that naming the columns can mend; their upload is kept.
MENDABLE = ("unknown_header",)
UNKNOWN = "unknown_person"
UNKNOWN_PERSON = gettext_noop("Nobody is known by this number. Say who it is, and send the row again.")


class Busy(Exception):
    """Another process reads this batch."""


def start_batch(
    *,
    source_id: int,
    filename: str,
    by: Employee | None,
    now: datetime,
    upload: UploadedFile[bytes] | None = None,
    size: int = 0,
    format: str = "",
    mapping: Mapping[str, object] | None = None,
    mends_id: int | None = None,
) -> PunchBatch:
    """Open a batch. With an `upload` a worker will read it; without, the caller runs it and gives `size`. Raises
    Forbidden, NotFound, Invalid: for an unknown format or mapping, or an upload of which a first look shows that it
    cannot be read."""
    if by is not None:
        require(by, IMPORT, now)
    try:
        wanted = format_name(format)
        checked = None if mapping is None else check_mapping(mapping)
    except UnusableFile as error:
        raise Invalid(error.message, code=error.code) from error
    if upload is not None:
        _look_at(upload, wanted)
    key = crypto.new_key()
    kek, wrapped = crypto.wrap(key)
    with transaction.atomic():
        source = PunchSource.objects.filter(pk=source_id).first()
        if source is None:
            raise NotFound(_("There is no such source of punches."))
        batch = PunchBatch.objects.create(
            source=source,
            by=by,
            filename=filename.replace("\x00", "\ufffd")[-200:],
            format=wanted,
            mapping=checked,
            created_at=now,
            size=(upload.size or 0) if upload is not None else size,
            mends_id=mends_id,
            kek=kek,
            wrapped_key=wrapped,
            erase_at=now + timedelta(days=rulebook.limit_rule(RAW_DAYS, at=now).count),
        )
        if upload is not None:
            _keep(batch, key, upload.chunks(BLOCK))
            send_to_worker(batch.pk)
        audit.record(
            "attendance.batch_started",
            subject=batch.subject,
            by=by,
            now=now,
            data={"source": source.code, "format": wanted, "bytes": batch.size},
        )
    return batch


def _look_at(upload: UploadedFile[bytes], format: str) -> None:
    def read_at(offset: int, most: int) -> bytes:
        upload.seek(offset)
        return bytes(upload.read(most))

    size = upload.size or 0
    try:
        first_look_at(
            Source(upload.name or "", size, lambda: positioned_stream(read_at, size)), format=format
        )
    except UnusableFile as error:
        raise Invalid(error.message, code=error.code) from error


def run_batch(*, batch_id: int, now: datetime, source: Source | None = None) -> PunchBatch:
    """Take the rows of a batch in chunks, each committed with its counts; goes on where a run broke off. Without a
    `source` the upload is read. Has no effect on a batch that is finished. Raises Busy."""
    with _only_runner(batch_id):
        batch = _begin(batch_id)
        if batch.state != PunchBatch.State.RUNNING:
            return batch
        try:
            reading = open_punches(
                source or _stored(batch),
                format=batch.format if batch.mapping is None else "",
                mapping=batch.mapping,
                saved=batch.source.mapping,
            )
            _recognised(batch, reading)
            rows = islice(reading.rows(now), batch.rows_done, None)
            people = people_of(batch.source)
            while chunk := list(islice(rows, CHUNK)):
                _take(batch, chunk, people, now)
        except UnusableFile as error:
            return _fail(batch, error, now)
        return _finish(batch, now)


def map_batch(*, batch_id: int, columns: Mapping[str, object], by: Employee, now: datetime) -> PunchBatch:
    """Say what the columns of a file mean that was not recognised: kept for the source, and the file is read again.
    Raises Forbidden, NotFound, Conflict (`not_mappable`), Invalid."""
    clause = require(by, IMPORT, now)
    with transaction.atomic():
        batch = _locked(batch_id)
        if (
            batch.state != PunchBatch.State.FAILED
            or batch.error_code not in MENDABLE
            or not batch.blocks.exists()
        ):
            raise Conflict(_("This import does not wait for its columns to be named."), code="not_mappable")
        try:
            mapping = check_mapping(columns)
        except UnusableFile as error:
            raise Invalid(error.message, code=error.code) from error
        unknown = [header for header in mapping.values() if header not in batch.header]
        if unknown:
            raise Invalid(
                _("The file has no such column: %(columns)s.") % {"columns": enumerated(unknown)[:200]},
                code="column",
            )
        PunchSource.objects.filter(pk=batch.source_id).update(mapping=mapping)
        batch.mapping, batch.state, batch.finished_at = mapping, PunchBatch.State.QUEUED, None
        batch.error, batch.error_params, batch.error_code = "", {}, ""
        batch.save(update_fields=["mapping", "state", "error", "error_params", "error_code", "finished_at"])
        audit.record(
            "attendance.batch_mapped",
            subject=batch.subject,
            by=by,
            now=now,
            clause=clause,
            data={"fields": sorted(mapping)},
        )
        send_to_worker(batch.pk)
    return batch


def resume_batches(*, now: datetime) -> int:
    """Batches whose message or worker was lost; how many were run."""
    unfinished = PunchBatch.objects.filter(
        state__in=("queued", "running"), created_at__lt=now - timedelta(seconds=30)
    )
    done = 0
    for pk in list(unfinished.filter(message_id="").order_by("pk").values_list("pk", flat=True)[:20]):
        try:
            run_batch(batch_id=pk, now=now)
        except Busy:
            continue
        done += 1
    return done


def erase_batches(*, now: datetime) -> int:
    """Refused rows and uploads whose time is over are thrown away; counts stay. How many batches."""
    found = list(PunchBatch.objects.filter(erase_at__lte=now, erased_at=None).select_related("source")[:500])
    for batch in found:
        with transaction.atomic():
            RejectedPunch.objects.filter(batch=batch).delete()
            UploadBlock.objects.filter(batch=batch).delete()
            PunchBatch.objects.filter(pk=batch.pk).update(erased_at=now, wrapped_key=None, header=[])
            audit.record("attendance.batch_erased", subject=batch.subject, by=None, now=now, clause="C13.5")
    return len(found)


# Steps of a run


def people_of(source: PunchSource) -> dict[str, int]:
    """Whom the source means by its numbers: number → employee."""
    known: dict[str, int] = {}
    if source.own_numbers:
        known.update(Employee.objects.values_list("number", "pk"))
    known.update(DeviceUser.objects.filter(source=source).values_list("number", "employee_id"))
    return known


def _take(
    batch: PunchBatch, chunk: Sequence[PunchRow | BadRow], people: Mapping[str, int], now: datetime
) -> None:
    """One chunk, one transaction."""
    fresh: list[Fresh] = []
    bad: list[BadRow] = []
    for row in chunk:
        if isinstance(row, BadRow):
            bad.append(row)
        elif (employee_id := people.get(row.number)) is None:
            bad.append(unknown(row))
        else:
            raw = "\t".join(row.cells).replace("\x00", "\ufffd")[:MOST_RAW]
            fresh.append(Fresh(employee_id, row.at, row.direction, row.device, raw))
    with transaction.atomic():
        inserted = write_punches(
            fresh, via=Punch.Via.FILE, source_id=batch.source_id, batch_id=batch.pk, now=now
        )
        refuse_rows(batch, bad)
        PunchBatch.objects.filter(pk=batch.pk).update(
            rows_done=F("rows_done") + len(chunk),
            rows_read=F("rows_read") + len(chunk),
            inserted=F("inserted") + inserted,
            duplicates=F("duplicates") + len(fresh) - inserted,
            rejected=F("rejected") + len(bad),
        )


def unknown(row: PunchRow) -> BadRow:
    """What it says is kept beside it, so that it can be taken as soon as somebody says who it is."""
    said = {"at": row.at.isoformat(), "direction": row.direction, "device": row.device}
    return BadRow(row.row, "", UNKNOWN, UNKNOWN_PERSON, row.cells, said, row.number)


def refuse_rows(batch: PunchBatch, bad: Iterable[BadRow]) -> None:
    """Keep what was not taken."""
    RejectedPunch.objects.bulk_create(
        [
            RejectedPunch(
                batch=batch,
                row=row.row,
                column=row.column.replace("\x00", "\ufffd")[:120],
                code=row.code,
                message=row.message,
                params=dict(row.params),
                cells=clean_tree([cell[:1_000] for cell in row.cells[:HEADER_CELLS]]),
                number=row.number.replace("\x00", "\ufffd")[:60],
            )
            for row in bad
        ],
        batch_size=1_000,
    )


def _begin(batch_id: int) -> PunchBatch:
    with transaction.atomic():
        batch = _locked(batch_id)
        if batch.state in (PunchBatch.State.QUEUED, PunchBatch.State.RUNNING):
            batch.state = PunchBatch.State.RUNNING
            batch.save(update_fields=["state"])
    return batch


def _recognised(batch: PunchBatch, reading: Reading) -> None:
    batch.format, batch.header = reading.format, _storable(reading.header)
    batch.save(update_fields=["format", "header"])


def _storable(header: Sequence[str]) -> list[str]:
    return [cell.replace("\x00", "\ufffd")[:CELL] for cell in header[:HEADER_CELLS]]


def _finish(batch: PunchBatch, now: datetime) -> PunchBatch:
    with transaction.atomic():
        batch = _locked(batch.pk)
        batch.state, batch.finished_at = PunchBatch.State.DONE, now
        batch.save(update_fields=["state", "finished_at"])
        batch.blocks.all().delete()
        audit.record("attendance.batch_done", subject=batch.subject, by=batch.by, now=now, data=batch.counts)
    return batch


def _fail(batch: PunchBatch, error: UnusableFile, now: datetime) -> PunchBatch:
    with transaction.atomic():
        batch = _locked(batch.pk)
        batch.state, batch.finished_at = PunchBatch.State.FAILED, now
        batch.error, batch.error_params, batch.error_code = error.template, error.kept, error.code
        if isinstance(error, UnknownHeader):
            batch.header = _storable(error.header)
        batch.save(update_fields=["state", "finished_at", "error", "error_params", "error_code", "header"])
        if error.code not in MENDABLE:
            batch.blocks.all().delete()
        audit.record(
            "attendance.batch_failed", subject=batch.subject, by=batch.by, now=now, data={"code": error.code}
        )
    return batch


def _locked(batch_id: int) -> PunchBatch:
    batch = (
        PunchBatch.objects.select_related("source", "by")
        .select_for_update(of=("self",))
        .filter(pk=batch_id)
        .first()
    )
    if batch is None:
        raise NotFound(_("There is no such import."))
    return batch


@contextmanager
def _only_runner(batch_id: int) -> Iterator[None]:
    """Holds the batch's advisory lock of this database session; raises Busy when another session has it."""
    name = f"attendance.batch {batch_id}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        if not cursor.fetchone()[0]:
            raise Busy(name)
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


# The upload, sealed in blocks


def _keep(batch: PunchBatch, key: bytes, chunks: Iterable[bytes]) -> None:
    waiting, place = bytearray(), 0
    for chunk in chunks:
        waiting += chunk
        while len(waiting) >= BLOCK:
            _keep_block(batch, key, place, bytes(waiting[:BLOCK]))
            del waiting[:BLOCK]
            place += 1
    if waiting:
        _keep_block(batch, key, place, bytes(waiting))


def _keep_block(batch: PunchBatch, key: bytes, place: int, content: bytes) -> None:
    UploadBlock.objects.create(
        batch=batch, place=place, sealed=crypto.seal(key, content, _aad(batch.pk, place))
    )


def _aad(batch_id: int, place: int) -> bytes:
    return f"punches {batch_id} {place}".encode()


def _stored(batch: PunchBatch) -> Source:
    """The upload as a source. Raises UnusableFile when it is gone."""
    if batch.wrapped_key is None or not batch.blocks.exists():
        raise UnusableFile(
            gettext_noop("The uploaded file is no longer there. Send it again."), code="upload_gone"
        )
    key = crypto.unwrap(batch.kek, batch.wrapped_key)

    @lru_cache(maxsize=2)
    def block(place: int) -> bytes:
        sealed = UploadBlock.objects.values_list("sealed", flat=True).get(batch=batch, place=place)
        return crypto.open_sealed(key, sealed, _aad(batch.pk, place))

    def read_at(offset: int, most: int) -> bytes:
        place, start = divmod(offset, BLOCK)
        return block(place)[start : start + most] if offset < batch.size else b""

    def opened() -> BinaryIO:
        return positioned_stream(read_at, batch.size)

    return Source(batch.filename, batch.size, opened)


def body_digest(raw: bytes) -> bytes:
    return hashlib.sha256(raw).digest()
