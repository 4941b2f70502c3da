"""Reading a batch and booking it, chunk by chunk, so that a kill at any instant loses nothing and counts nothing twice.

The whole file goes through the spool first: one that is unusable or breaks off books nothing. Then every chunk is one
transaction: its orders, its refused rows, the counts and how far the file is done. A run that died is found by its
lock: PostgreSQL frees a session's advisory lock when the session ends, however it ends.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field

import structlog
from django.db import connection, transaction
from django.utils.translation import gettext_noop

from office.audit import api as audit
from office.tables.table import Source, UnusableFile
from orders import traces
from orders.intake.formats import MENDABLE, UnknownHeader
from orders.intake.incoming import BadRow, IncomingOrder
from orders.intake.kept import seal_cells, storable_header
from orders.intake.reading import Reading, Result, read_file
from orders.models import Batch, RejectedRow
from orders.services.booking import book_orders
from orders.services.intake import uploads
from orders.services.intake.batches import batch_key, locked_batch, subject_of_batch
from orders.services.intake.queue import send_to_worker

log = structlog.get_logger(__name__)

#: A chunk ends with whichever comes first.
CHUNK_ORDERS = 2_000
CHUNK_LINES = 20_000
CHUNK_CHARACTERS = 4_000_000
#: A batch whose run died so often without committing anything is given up until a person asks for another try.
ATTEMPTS = 3
#: A queued batch that no worker took within this time is sent again.
WAITING = dt.timedelta(seconds=30)
#: An upload without a batch that is so old belongs to a start that was killed.
ORPHAN_SECONDS = 3600
LOADED = 40  # per cent of the progress bar that reading the file takes
PROGRESS_SECONDS = 0.5
CONFLICT = gettext_noop("An order with this number is booked with other terms.")
BROKE_OFF = gettext_noop(
    "The import broke off. What the counts say was booked; send the file again for the rest."
)


class Busy(Exception):
    """Another process is running this batch."""


@dataclass(slots=True)
class _Chunk:
    """Whole order numbers, in the file's order, up to the limits."""

    orders: list[IncomingOrder] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    groups: int = 0
    lines: int = 0
    characters: int = 0

    def add(self, results: Sequence[Result]) -> None:
        for result in results:
            if isinstance(result, IncomingOrder):
                self.orders.append(result)
                self.lines += len(result.lines)
            else:
                self.bad.append(result)
            self.characters += sum(len(cell) for row in result.raw for cell in row)
        self.groups += 1

    @property
    def full(self) -> bool:
        return (
            self.groups >= CHUNK_ORDERS
            or self.lines + len(self.bad) >= CHUNK_LINES
            or self.characters >= CHUNK_CHARACTERS
        )


def run_batch(
    *,
    batch_id: int,
    now: dt.datetime,
    source: Source | None = None,
    detail: Source | None = None,
    reading: Reading | None = None,
) -> Batch:
    """Read a queued (or killed) batch and book it; from its upload, or from `source` when it has none.

    `reading`: the file as the caller has loaded it already, and closes it himself.
    Returns the batch: done, or failed with what was wrong and nothing booked. Clocks of the orders start when
    their chunk is booked. Raises `Busy` when another process runs it; a finished batch is returned untouched.
    """
    with _only_runner(batch_id):
        started = time.monotonic()
        batch = _begin(batch_id, now)
        if batch.state != Batch.State.RUNNING:
            return batch
        try:
            key = batch_key(batch)
            if source is None:
                source, detail = _stored(batch, key)
            with _opened(batch, source, detail) if reading is None else nullcontext(reading) as read:
                if reading is None:
                    read.load(_Progress(batch))
                _read(batch, read)
                for chunk in _chunks(read, batch.orders_done):
                    later = now + dt.timedelta(seconds=time.monotonic() - started)
                    _book(batch, read, chunk, key, later)
        except UnusableFile as error:
            return _fail(batch_id, error, now)
        return _finish(batch_id, now + dt.timedelta(seconds=time.monotonic() - started))


def resume_batches(*, now: dt.datetime) -> list[int]:
    """Send again what no worker took and what died while it ran; give up what dies again and again.

    Returns the ids of the batches that were sent. Uploads that belong to no batch are deleted.
    """
    sent: list[int] = []
    unfinished = Batch.objects.filter(state__in=(Batch.State.QUEUED, Batch.State.RUNNING)).order_by("pk")
    for batch in unfinished:
        if batch.state == Batch.State.QUEUED and now - batch.created_at < WAITING:
            continue
        try:
            with _only_runner(batch.pk), transaction.atomic():
                held = locked_batch(batch.pk)
                if held.state not in (Batch.State.QUEUED, Batch.State.RUNNING):
                    continue
                if held.stored_as and held.attempts < ATTEMPTS:
                    send_to_worker(held.pk)
                    sent.append(held.pk)
                else:
                    _break_off(held, now)
        except Busy:
            continue
    _sweep_uploads()
    return sent


def break_off(*, batch_id: int, now: dt.datetime) -> Batch:
    """Mark a batch that its runner gives up: what it booked stays booked, and its counts say how much."""
    with transaction.atomic():
        batch = locked_batch(batch_id)
        if batch.state in (Batch.State.QUEUED, Batch.State.RUNNING):
            _break_off(batch, now)
    return batch


def store_progress(batch: Batch, percent: int) -> None:
    """How far a running batch is, for the page."""
    Batch.objects.filter(pk=batch.pk, state=Batch.State.RUNNING).update(progress=percent)


# Steps of a run


def _begin(batch_id: int, now: dt.datetime) -> Batch:
    with transaction.atomic():
        batch = locked_batch(batch_id)
        if batch.state not in (Batch.State.QUEUED, Batch.State.RUNNING):
            return batch
        batch.state = Batch.State.RUNNING
        batch.attempts += 1
        batch.started_at = batch.started_at or now
        batch.save(update_fields=["state", "attempts", "started_at"])
    return batch


def _stored(batch: Batch, key: bytes) -> tuple[Source, Source | None]:
    source = uploads.stored_source(key, batch.stored_as, name=batch.filename, size=batch.size)
    if not batch.detail_stored_as:
        return source, None
    return source, uploads.stored_source(key, batch.detail_stored_as, name="", size=batch.detail_size)


def _opened(batch: Batch, source: Source, detail: Source | None) -> Reading:
    return read_file(
        source,
        detail=detail,
        format=batch.format if batch.mapping is None else "",
        mapping=batch.mapping,
        saved=batch.shop.mapping,
    )


def _read(batch: Batch, reading: Reading) -> None:
    """The file is read and recognised: what it is goes into the batch."""
    batch.format = reading.format
    batch.rows_read = reading.rows
    batch.header = storable_header(reading.header.raw)
    batch.detail_header = storable_header(reading.detail.header.raw) if reading.detail else []
    batch.progress = LOADED
    batch.save(update_fields=["format", "rows_read", "header", "detail_header", "progress"])


def _chunks(reading: Reading, done: int) -> Iterator[_Chunk]:
    """Chunks behind the first `done` order numbers, which an earlier run has settled."""
    chunk = _Chunk()
    for place, results in enumerate(reading.results()):
        if place < done:
            continue
        chunk.add(results)
        if chunk.full:
            yield chunk
            chunk = _Chunk()
    if chunk.groups:
        yield chunk


def _book(batch: Batch, reading: Reading, chunk: _Chunk, key: bytes, now: dt.datetime) -> None:
    """One chunk, one transaction."""
    with transaction.atomic():
        held = locked_batch(batch.pk)
        bookings = book_orders(
            shop=held.shop,
            orders=chunk.orders,
            source=reading.source,
            by=held.by,
            now=now,
            batch=held,
            historical=held.historical,
        )
        statuses = [booking.status for booking in bookings]
        conflicts = [
            (order, booking.order_id)
            for order, booking in zip(chunk.orders, bookings, strict=True)
            if booking.status == "conflict"
        ]
        RejectedRow.objects.bulk_create(
            [*_refused_rows(held, chunk.bad, key), *_conflict_rows(held, conflicts, key)], batch_size=1_000
        )
        held.inserted += statuses.count("inserted")
        held.duplicates += statuses.count("duplicate")
        held.conflicts += len(conflicts)
        held.rejected += len(chunk.bad)
        held.orders_done += chunk.groups
        held.attempts = 0
        held.progress = LOADED + (99 - LOADED) * min(held.orders_done, reading.orders) // max(
            reading.orders, 1
        )
        held.save(
            update_fields=[
                "inserted",
                "duplicates",
                "conflicts",
                "rejected",
                "orders_done",
                "attempts",
                "progress",
            ]
        )


def _refused_rows(batch: Batch, bad: Iterable[BadRow], key: bytes) -> Iterator[RejectedRow]:
    for row in bad:
        yield RejectedRow(
            batch=batch,
            row=row.row,
            in_detail=row.code == "list_missing",
            column=row.column.replace("\x00", "\ufffd")[:120],
            code=row.code,
            message=row.message,
            params=dict(row.params),
            sealed=seal_cells(key, batch.pk, row.row, row.raw[0] if row.raw else ()),
            traces=traces.of_cells(batch.shop_id, row.number, row.raw[0] if row.raw else ()),
        )


def _conflict_rows(
    batch: Batch, conflicts: Iterable[tuple[IncomingOrder, int | None]], key: bytes
) -> Iterator[RejectedRow]:
    for order, order_id in conflicts:
        for row, cells in zip(order.rows, order.raw, strict=True):
            yield RejectedRow(
                batch=batch,
                row=row,
                kind=RejectedRow.Reason.CONFLICT,
                code="conflict",
                message=CONFLICT,
                order_id=order_id,
                sealed=seal_cells(key, batch.pk, row, cells),
                traces=traces.of_cells(batch.shop_id, order.number, cells),
            )


def _finish(batch_id: int, now: dt.datetime) -> Batch:
    with transaction.atomic():
        batch = locked_batch(batch_id)
        batch.state = Batch.State.DONE
        batch.progress = 100
        batch.finished_at = now
        _drop_uploads(batch)
        batch.save(update_fields=["state", "progress", "finished_at", "stored_as", "detail_stored_as"])
        audit.record(
            "orders.batch_done", subject=subject_of_batch(batch), by=batch.by, now=now, data=counts(batch)
        )
    log.info("batch_done", batch_id=batch.pk, **counts(batch))
    return batch


def _fail(batch_id: int, error: UnusableFile, now: dt.datetime) -> Batch:
    with transaction.atomic():
        batch = locked_batch(batch_id)
        batch.state = Batch.State.FAILED
        batch.error, batch.error_params, batch.error_code = error.template, error.kept, error.code
        batch.finished_at = now
        if isinstance(error, UnknownHeader):
            batch.header = storable_header(error.header.raw)
        if error.code not in MENDABLE:
            _drop_uploads(batch)
        batch.save()
        audit.record(
            "orders.batch_failed",
            subject=subject_of_batch(batch),
            by=batch.by,
            now=now,
            data={"code": error.code},
        )
    log.info("batch_failed", batch_id=batch.pk, code=error.code)
    return batch


def _break_off(batch: Batch, now: dt.datetime) -> None:
    batch.state = Batch.State.BROKEN
    batch.error = BROKE_OFF
    batch.error_code = "broken_off"
    batch.finished_at = now
    batch.save(update_fields=["state", "error", "error_code", "finished_at"])  # it has no params
    audit.record("orders.batch_broken", subject=subject_of_batch(batch), by=None, now=now, data=counts(batch))


def _drop_uploads(batch: Batch) -> None:
    stored = (batch.stored_as, batch.detail_stored_as)
    batch.stored_as = batch.detail_stored_as = ""
    transaction.on_commit(lambda: uploads.remove(*stored))


def _sweep_uploads() -> None:
    names = [name for name in uploads.stored_names() if uploads.age(name, time.time()) > ORPHAN_SECONDS]
    if names:
        known = set(Batch.objects.filter(stored_as__in=names).values_list("stored_as", flat=True))
        known |= set(
            Batch.objects.filter(detail_stored_as__in=names).values_list("detail_stored_as", flat=True)
        )
        uploads.remove(*(name for name in names if name not in known))


class _Progress:
    """Tells the batch's row how much of the file is read, at most twice a second."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._told = time.monotonic()

    def __call__(self, done: float) -> None:
        if time.monotonic() - self._told >= PROGRESS_SECONDS:
            self._told = time.monotonic()
            store_progress(self._batch, int(LOADED * done))


@contextmanager
def _only_runner(batch_id: int) -> Iterator[None]:
    """Holds the batch's advisory lock of this database session; raises `Busy` when another session has it."""
    name = f"orders.batch {batch_id}"
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


# What a batch keeps


def counts(batch: Batch) -> dict[str, int]:
    """The four counts: orders, but for `rejected`, which are rows."""
    return {
        "inserted": batch.inserted,
        "duplicates": batch.duplicates,
        "rejected": batch.rejected,
        "conflicts": batch.conflicts,
    }
