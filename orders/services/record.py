"""The scheduled record of orders: weekly (C7.4) or daily at 18:00 (M5.4).

Each run writes every order of its period, customers still sealed, into one encrypted file under the home folder, reads
it back and compares before the row is written: a record that cannot be read is no record. A missed run is caught up by
the next one, whose period begins where the last record ended.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from office import crypto
from office.audit import api as audit
from office.errors import Conflict, Forbidden, NotFound
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.staff import selectors as staff
from office.staff.models import Employee
from office.subjects import Subject
from orders.models import OrderRecord

FRAME = 1 << 20  # bytes of compressed text sealed at a time
RULE = "orders.backup"

_ROWS = """
    SELECT json_build_object(
        'shop', s.code, 'number', o.number, 'received_at', o.received_at, 'placed_at', o.placed_at,
        'currency', o.currency, 'total', o.total::text, 'paid', o.paid::text, 'source', o.source,
        'customer', encode(o.sealed, 'base64'), 'digest', encode(o.digest, 'hex'), 'entry', o.entry_id,
        'lines', COALESCE((
            SELECT json_agg(json_build_array(l.sku, l.title, l.quantity::text, l.price::text, l.amount::text)
                            ORDER BY l.position)
            FROM orders_orderline l WHERE l.order_id = o.id), '[]'::json)
    )::text,
    (SELECT count(*) FROM orders_orderline l WHERE l.order_id = o.id)
    FROM orders_order o JOIN orders_shop s ON s.id = o.shop_id
    WHERE o.received_at >= %s AND o.received_at < %s
    ORDER BY o.id
"""


def folder() -> Path:
    """Where record files lie; made on first use, for the application's user only."""
    path = Path(settings.ECDEPT_HOME) / "order-records"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def subject_of(record: OrderRecord) -> Subject:
    """The audit's name of a record."""
    return Subject("order_record", str(record.pk), record.filename)


def back_up_orders(*, by: Employee | None, now: datetime) -> OrderRecord | None:
    """Write the record of the last scheduled instant, if it is not written yet; None when nothing is due.

    Called every few minutes by beat; safe to be called by many at once (advisory lock).
    """
    book = rulebook.book(now)
    rule = rulebook.rule_in(book, RULE, rulebook.ScheduleRule)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('orders.record'))")
            if not cursor.fetchone()[0]:
                return None
        end = rulebook.latest_run(rule, now)
        newest = OrderRecord.objects.order_by("-period_end").first()
        if newest is not None and newest.period_end >= end:
            return None
        start = newest.period_end if newest else end - _length(rule)
        record = _write(start=start, end=end, clause=rule.clause, now=now)
        audit.record(
            "orders.record_made",
            subject=subject_of(record),
            by=by,
            now=now,
            data={"orders": record.orders, "lines": record.lines, "sha256": bytes(record.sha256).hex()},
            clause=rule.clause,
        )
        clerks = {person.pk for person in staff.holders("back_office", now)}
        if clerks:
            notices.notify(
                "orders.record_made",
                recipients=sorted(clerks),
                source="record",
                source_id=record.pk,
                subject=subject_of(record),
                clause=rule.clause,
                params={"orders": record.orders},
                now=now,
            )
    return record


def confirm_record(*, record_id: int, by: Employee, now: datetime) -> OrderRecord:
    """A back-office clerk has seen the record and enters it as done (C7.4). Refused once confirmed."""
    if "back_office" not in staff.positions_of(by, now):
        raise Forbidden(_("A back-office clerk confirms the record of orders."), clause="C7.4")
    with transaction.atomic():
        record = OrderRecord.objects.select_for_update().filter(pk=record_id).first()
        if record is None:
            raise NotFound(_("There is no such record of orders."))
        if record.confirmed_by is not None:
            raise Conflict(_("%(name)s has already confirmed it.") % {"name": record.confirmed_by.name})
        record.confirmed_at, record.confirmed_by = now, by
        record.save(update_fields=["confirmed_at", "confirmed_by"])
        audit.record(
            "orders.record_confirmed",
            subject=subject_of(record),
            by=by,
            now=now,
            data={},
            clause=record.clause,
        )
    return record


def read_record(record: OrderRecord) -> Iterator[dict[str, Any]]:
    """The orders of a record, decrypted frame by frame; `customer` stays sealed under the customer's key.

    Raises crypto.Unreadable when the file was altered or cut, or its key is gone, OSError when it is missing.
    """
    if _digest_of(folder() / record.filename) != bytes(record.sha256):
        raise crypto.Unreadable(f"{record.filename} is not the file that was recorded")
    key = crypto.unwrap(record.kek, bytes(record.wrapped_key))
    with (folder() / record.filename).open("rb") as file, gzip.GzipFile(fileobj=_Frames(file, key)) as text:
        for row in io.TextIOWrapper(text, encoding="utf-8"):
            yield json.loads(row)


def _length(rule: rulebook.ScheduleRule) -> timedelta:
    days = {"day": 1, "week": 7, "month": 31, "year": 366}[rule.every]
    return timedelta(days=days * rule.interval)


def _write(*, start: datetime, end: datetime, clause: str, now: datetime) -> OrderRecord:
    key = crypto.new_key()
    kek, wrapped = crypto.wrap(key)
    filename = f"orders-{end:%Y%m%dT%H%M%SZ}.sealed"
    path = folder() / filename
    partial = path.with_suffix(".partial")
    orders = lines = 0
    content = hashlib.sha256()
    with open(partial, "wb", opener=_private) as file:
        sealer = _Sealer(file, key)
        with (
            gzip.GzipFile(fileobj=sealer, mode="wb", mtime=0) as out,
            connection.cursor().connection.cursor(name="order_record") as cursor,
        ):
            cursor.itersize = 2000
            cursor.execute(_ROWS, [start, end])
            for text, count in cursor:
                row = text.encode() + b"\n"
                content.update(row)
                out.write(row)
                orders, lines = orders + 1, lines + count
        sealer.finish()
    os.replace(partial, path)
    record = OrderRecord(
        clause=clause,
        period_start=start,
        period_end=end,
        made_at=now,
        orders=orders,
        lines=lines,
        filename=filename,
        size=path.stat().st_size,
        sha256=_digest_of(path),
        kek=kek,
        wrapped_key=wrapped,
    )
    _read_back(path, key, content.digest())
    record.save()
    return record


def _read_back(path: Path, key: bytes, expected: bytes) -> None:
    content = hashlib.sha256()
    with path.open("rb") as file, gzip.GzipFile(fileobj=_Frames(file, key)) as text:
        while block := text.read(FRAME):
            content.update(block)
    if content.digest() != expected:
        raise OSError(f"{path.name} does not read back as it was written")


def _digest_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class _Sealer(io.RawIOBase):
    """Seals what is written in frames of 4 length bytes and one sealed block, bound to their position."""

    def __init__(self, file: IO[bytes], key: bytes) -> None:
        self._file, self._key, self._buffer, self._frame = file, key, bytearray(), 0

    def write(self, data: Any) -> int:
        self._buffer += data
        while len(self._buffer) >= FRAME:
            self._emit(bytes(self._buffer[:FRAME]))
            del self._buffer[:FRAME]
        return len(data)

    def finish(self) -> None:
        """The last, shorter frame. gzip leaves its target open, so this is said once, after it."""
        if self._buffer:
            self._emit(bytes(self._buffer))
            self._buffer.clear()

    def _emit(self, block: bytes) -> None:
        sealed = crypto.seal(self._key, block, aad=b"order-record:%d" % self._frame)
        self._file.write(len(sealed).to_bytes(4, "big") + sealed)
        self._frame += 1


class _Frames(io.RawIOBase):
    """Reads what _Sealer wrote."""

    def __init__(self, file: IO[bytes], key: bytes) -> None:
        self._file, self._key, self._buffer, self._frame = file, key, b"", 0

    def readinto(self, target: Any) -> int:
        if not self._buffer:
            length = self._file.read(4)
            if not length:
                return 0
            sealed = self._file.read(int.from_bytes(length, "big"))
            self._buffer = crypto.open_sealed(self._key, sealed, aad=b"order-record:%d" % self._frame)
            self._frame += 1
        count = min(len(target), len(self._buffer))
        target[:count], self._buffer = self._buffer[:count], self._buffer[count:]
        return count
