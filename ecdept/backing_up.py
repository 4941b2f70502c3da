"""What the desks tell the backups, which know none of them: where keys lie that forget people, what was erased, what a
drill looks at, the records of orders, and the files that rows name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from attendance.services import batches, candidates, retention
from backups import hooks
from cms.services import board
from office import crypto
from office.files.models import StoredFile
from orders.models import CustomerKey, Order, OrderRecord
from orders.models.customers import NOT_RESTORED
from orders.selectors.customers import customers_of
from orders.services import erasure, record

_GONE = {"kek": "''", "erased_at": "coalesce(erased_at, {made_at})"}
_SEALED = {**_GONE, "wrapped": "NULL::bytea", "sealed": "NULL::bytea"}
_BATCH = {**_GONE, "wrapped_key": "NULL::bytea"}

#: Whatever a person is forgotten by deleting. Without these rows nobody's data can be read, with them it can be again.
APART = (
    hooks.Apart(
        "orders_customerkey",
        {
            **_GONE,
            "wrapped": "NULL::bytea",
            "identity": "NULL::bytea",
            "erased_reason": "CASE WHEN erased_at IS NULL THEN 'not_restored' ELSE erased_reason END",
        },
    ),
    hooks.Apart("orders_customerindex", gone=True),
    hooks.Apart("orders_batch", _BATCH),
    hooks.Apart(
        "orders_webhookreceipt",
        {"kek": "''", "wrapped_key": "NULL::bytea", "sealed_body": "NULL::bytea", "traces": "NULL::bytea[]"},
    ),
    hooks.Apart("attendance_punchbatch", _BATCH),
    hooks.Apart("attendance_candidate", _SEALED),
    hooks.Apart("cms_boardmessage", _SEALED),
    # Who is signed in is no record, and a stolen backup shall open no session.
    hooks.Apart("django_session", gone=True, kept=False),
)


def connect() -> None:
    """Called in `apps.ready()`."""
    hooks.register_apart(*APART)
    hooks.register_eraser(hooks.Eraser("customer", _customers_erased, _erase_customer))
    hooks.register_expiry(
        lambda now: erasure.erase_expired(now=now),
        lambda now: batches.erase_batches(now=now),
        lambda now: retention.erase_punches(now=now),
        lambda now: _until_none(lambda: candidates.erase_candidates(now=now)),
        lambda now: _until_none(lambda: board.erase_expired(now=now)),
    )
    hooks.register_check(hooks.Check("orders", _sample_of_orders))
    hooks.register_beside(_uploads, _records)
    hooks.register_orders(hooks.OrderBooks(_periods, _rows, _head, _sheet))


def _until_none(step: Any) -> None:
    while step():
        pass


def _customers_erased() -> Sequence[hooks.Erasure]:
    """Who was forgotten; not those of whom a restore without the keys has lost them, or the next one with them would
    forget everybody."""
    forgotten = CustomerKey.objects.filter(erased_at__isnull=False).exclude(erased_reason=NOT_RESTORED)
    # As backups before that reason have it; whoever erases is named.
    forgotten = forgotten.exclude(erased_note="restored without the keys", erased_by_id=None)
    rows = forgotten.values_list("pk", "erased_at", "erased_reason")
    return [hooks.Erasure("customer", pk, at, reason) for pk, at, reason in rows if at is not None]


def _erase_customer(each: hooks.Erasure, now: datetime) -> bool:
    done = erasure.erase_again(customer_key_id=each.id, reason=each.reason, erased_at=each.at, now=now)
    return done is not None


def _sample_of_orders(size: int) -> tuple[int, list[str]]:
    """Orders spread over the whole table, whose customers must open with the application's keys, or be erased."""
    ends = Order.objects.order_by("pk").values_list("pk", flat=True)
    first, last = ends.first(), ends.last()
    if first is None or last is None:
        return 0, []
    step = max(1, (last - first + 1) // size)
    wanted = range(first, last + 1, step)
    found = list(Order.objects.filter(pk__in=list(wanted)[: size + 1]).select_related("shop").order_by("pk"))
    wrong = []
    for order in found:
        try:
            customers_of([order])
        except crypto.Unreadable as error:
            wrong.append(f"order {order.shop.code}/{order.number}: its customer does not open: {error}")
    return len(found), wrong


def _uploads() -> Iterator[hooks.Beside]:
    sums = StoredFile.objects.order_by("sha256").values_list("sha256", flat=True).distinct()
    for sha256 in sums.iterator(chunk_size=5000):
        yield hooks.Beside(f"files/{sha256[:2]}/{sha256[2:4]}/{sha256}", sha256)


def _records() -> Iterator[hooks.Beside]:
    for filename, sha256 in OrderRecord.objects.values_list("filename", "sha256").iterator(chunk_size=5000):
        yield hooks.Beside(f"order-records/{filename}", bytes(sha256).hex())


def _periods(since: datetime | None) -> Sequence[hooks.Period]:
    records = OrderRecord.objects.order_by("period_end")
    if since is not None:
        records = records.filter(period_end__gt=since)
    return [
        hooks.Period(each.pk, each.period_start, each.period_end, each.clause, each.orders)
        for each in records
    ]


def _rows(ref: int) -> Iterator[dict[str, Any]]:
    """Failed reading raises what the record's own reader raises: a backup of what cannot be read is none."""
    return record.read_record(OrderRecord.objects.get(pk=ref))


def _head() -> Sequence[str]:
    return [
        _("Shop"), _("Number"), _("Received at"), _("Placed at"), _("Goods"), _("Currency"), _("Total"), _("Paid"),
        _("Source"), _("Digest"),
    ]  # fmt: skip


def _sheet(row: dict[str, Any]) -> Sequence[object]:
    goods = "; ".join(f"{line[0]} {line[1]} × {line[2]}".strip() for line in row["lines"])
    return [
        row["shop"], row["number"], _instant(row["received_at"]), _instant(row["placed_at"]), goods, row["currency"],
        row["total"], row["paid"], row["source"], row["digest"],
    ]  # fmt: skip


def _instant(text: object) -> object:
    return parse_datetime(str(text)) if text else None
