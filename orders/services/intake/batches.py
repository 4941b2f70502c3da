"""Verbs on batches: start, map the columns, try again, give up, erase."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from office import crypto
from office.audit import api as audit
from office.enumerating import enumerated
from office.errors import Conflict, Invalid, NotFound
from office.rulebook import api as rulebook
from office.rulebook.types import LimitRule
from office.staff.models import Employee
from office.subjects import Subject
from office.tables.opening import first_look
from office.tables.table import UnusableFile
from orders.intake.formats import MENDABLE, format_name
from orders.intake.formats.generic import check_mapping
from orders.models import Batch, Shop
from orders.services.intake import uploads
from orders.services.intake.queue import send_to_worker
from orders.services.intake.uploads import SealedUpload

VERBS = {
    "orders.batch_started": gettext_lazy("Import started"),
    "orders.batch_done": gettext_lazy("Import finished"),
    "orders.batch_failed": gettext_lazy("Import refused, nothing booked"),
    "orders.batch_broken": gettext_lazy("Import broken off"),
    "orders.batch_retried": gettext_lazy("Import tried again"),
    "orders.batch_erased": gettext_lazy("Rejected rows erased"),
    "orders.rejected_downloaded": gettext_lazy("Rejected rows downloaded"),
    "orders.mapping_saved": gettext_lazy("Column mapping saved"),
}

#: Used when the book in force sets no retention.
DEFAULT_RAW_DAYS = 90
NAME_LENGTH = 200


def subject_of_batch(batch: Batch) -> Subject:
    return Subject("batch", str(batch.pk), f"{batch.shop.code} #{batch.pk}")


def batch_key(batch: Batch) -> bytes:
    """The key that seals the batch's upload and rows; raises `Conflict` when it was erased."""
    if batch.wrapped_key is None:
        raise Conflict(_("What this import kept was erased."), code="batch_erased")
    return crypto.unwrap(batch.kek, batch.wrapped_key)


def raw_days(at: dt.datetime) -> int:
    """For how many days refused rows are kept (retention.raw_days)."""
    if "retention.raw_days" not in rulebook.book(at).rules:
        return DEFAULT_RAW_DAYS
    rule: LimitRule = rulebook.limit_rule("retention.raw_days", at=at)
    return rule.count


def start_batch(
    *,
    shop: Shop,
    filename: str,
    by: Employee | None,
    now: dt.datetime,
    size: int = 0,
    upload: SealedUpload | None = None,
    detail: SealedUpload | None = None,
    format: str = "",
    historical: bool = False,
    mapping: Mapping[str, object] | None = None,
    mends_id: int | None = None,
) -> Batch:
    """Open a batch. With an `upload` a worker will read it; without, the caller runs it and gives `size`.

    Uploads are sealed under one key, which becomes the batch's. Raises Invalid (its `path` says which file) for an
    unknown format or mapping, or an upload of which a first look shows that it cannot be read; the uploads are the
    batch's from here on, and deleted when there is none.
    """
    stored = tuple(file.stored_as if file else "" for file in (upload, detail))
    try:
        for path, file in (("file", upload), ("detail", detail)):
            if file is not None:
                _look_at(file, path)
        try:
            wanted = format_name(format)
            checked = None if mapping is None else check_mapping(mapping)
        except UnusableFile as error:
            raise Invalid(error.message) from error
        kek, wrapped = crypto.wrap(upload.key if upload else crypto.new_key())
        with transaction.atomic():
            batch = Batch.objects.create(
                shop=shop,
                by=by,
                filename=_storable(filename)[:NAME_LENGTH],
                format=wanted,
                historical=historical,
                created_at=now,
                size=upload.size if upload else size,
                stored_as=stored[0],
                detail_stored_as=stored[1],
                detail_size=detail.size if detail else 0,
                mapping=checked,
                mends_id=mends_id,
                kek=kek,
                wrapped_key=wrapped,
                erase_at=now + dt.timedelta(days=raw_days(now)),
            )
            audit.record(
                "orders.batch_started",
                subject=subject_of_batch(batch),
                by=by,
                now=now,
                data={"shop": shop.code, "format": wanted, "historical": historical, "bytes": batch.size},
            )
            if upload is not None:
                send_to_worker(batch.pk)
    except BaseException:
        uploads.remove(*stored)  # whatever broke off: no batch, no file
        raise
    return batch


def _look_at(file: SealedUpload, path: str) -> None:
    try:
        first_look(uploads.stored_source(file.key, file.stored_as, name=file.name or "", size=file.size))
    except UnusableFile as error:
        raise Invalid(error.message, code=error.code, path=path) from error


def map_batch(
    *, batch_id: int, columns: Mapping[str, object], by: Employee | None, now: dt.datetime
) -> Batch:
    """Say what the columns of a file mean that was not recognised: kept for the shop, and the file is read again.

    Raises Invalid for a mapping that names no order number or columns that the file does not have; Conflict when
    the batch does not wait for a mapping.
    """
    with transaction.atomic():
        batch = locked_batch(batch_id)
        if batch.state != Batch.State.FAILED or batch.error_code not in MENDABLE or not batch.stored_as:
            raise Conflict(_("This import does not wait for its columns to be named."), code="not_mappable")
        try:
            mapping = check_mapping(columns)
        except UnusableFile as error:
            raise Invalid(error.message) from error
        unknown = [header for header in mapping.values() if header not in batch.header]
        if unknown:
            raise Invalid(
                _("The file has no such column: %(columns)s.") % {"columns": enumerated(unknown)[:200]}
            )
        save_mapping(shop=batch.shop, mapping=mapping, by=by, now=now)
        batch.mapping = mapping
        _queue_again(batch)
        audit.record(
            "orders.batch_retried", subject=subject_of_batch(batch), by=by, now=now, data={"mapped": True}
        )
    return batch


def retry_batch(*, batch_id: int, by: Employee | None, now: dt.datetime) -> Batch:
    """Go on with a batch that broke off, behind the orders whose outcome is committed.

    Raises Conflict when it did not break off or its upload is gone."""
    with transaction.atomic():
        batch = locked_batch(batch_id)
        if batch.state != Batch.State.BROKEN:
            raise Conflict(_("This import is not broken off."), code="not_broken")
        if not batch.stored_as:
            message = _("The file is no longer there. Send it again: what was booked counts as duplicate.")
            raise Conflict(message, code="upload_gone")
        batch.attempts = 0
        _queue_again(batch)
        audit.record(
            "orders.batch_retried", subject=subject_of_batch(batch), by=by, now=now, data={"mapped": False}
        )
    return batch


def save_mapping(*, shop: Shop, mapping: Mapping[str, str], by: Employee | None, now: dt.datetime) -> None:
    """Keep a checked mapping for the shop's next files. Unchanged: nothing recorded."""
    with transaction.atomic():
        locked = Shop.objects.select_for_update().get(pk=shop.pk)
        if locked.mapping == dict(mapping):
            return
        locked.mapping = dict(mapping)
        locked.save(update_fields=["mapping"])
        shop.mapping = locked.mapping
        audit.record(
            "orders.mapping_saved",
            subject=Subject("shop", str(shop.pk), shop.code),
            by=by,
            now=now,
            data={"fields": sorted(mapping)},
        )


def erase_batch(*, batch: Batch, now: dt.datetime) -> None:
    """Erase the batch's key and upload: its refused rows can no longer be read. Counts and reasons stay."""
    with transaction.atomic():
        held = locked_batch(batch.pk)
        if held.erased_at is not None:
            return
        stored = (held.stored_as, held.detail_stored_as)
        held.wrapped_key = None
        held.kek = held.stored_as = held.detail_stored_as = ""
        held.erased_at = now
        fields = ["wrapped_key", "kek", "stored_as", "detail_stored_as", "erased_at"]
        if held.state in (Batch.State.QUEUED, Batch.State.RUNNING):
            held.state = Batch.State.BROKEN
            fields.append("state")
        held.save(update_fields=fields)
        held.rejected_rows.update(traces=None)
        audit.record("orders.batch_erased", subject=subject_of_batch(held), by=None, now=now, clause="C13.5")
        transaction.on_commit(lambda: uploads.remove(*stored))


def locked_batch(batch_id: int) -> Batch:
    """The batch, its row locked. Raises NotFound."""
    batch = (
        Batch.objects.select_for_update(of=("self",)).select_related("shop", "by").filter(pk=batch_id).first()
    )
    if batch is None:
        raise NotFound(_("There is no such import."))
    return batch


def _queue_again(batch: Batch) -> None:
    batch.state = Batch.State.QUEUED
    batch.error, batch.error_params, batch.error_code = "", {}, ""
    batch.finished_at = None
    batch.save(
        update_fields=["state", "error", "error_params", "error_code", "finished_at", "mapping", "attempts"]
    )
    send_to_worker(batch.pk)


def _storable(text: str) -> str:
    """A text without control characters, which a database text or a page cannot hold."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
