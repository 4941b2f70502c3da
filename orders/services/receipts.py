"""Webhooks and API messages, once their signature is verified: read, booked and kept as a receipt, in one transaction.

A message is known by its shop and the sender's own id for it. The same message again does nothing: an order it booked
is answered as a duplicate; a message that was rejected may come again, mended or to a mended adapter. The raw body is
sealed under a key of its own that is erased after 90 days, or at once when its customer is erased.

New orders that come at once are booked together (orders.services.together): one transaction, a receipt each. Whatever
is not plainly new takes the way of one message.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from office import crypto
from office.audit.canonical import instant
from office.audit.services import FOR_ARRAY, TextRow
from office.errors import Invalid, Refused
from office.lending import Lender
from office.notices import api as notices
from office.staff.models import Employee
from office.statements import Insert
from orders.intake.payloads import BadPayload, Notification, Problem
from orders.models import CustomerKey, Order, OrderProgress, Shop, WebhookReceipt
from orders.selectors.doors import check_mark
from orders.services import events
from orders.services.booking import Booking, book_orders
from orders.services.booking.prepare import Prepared, prepare
from orders.services.booking_fresh import Taken, book_fresh
from orders.services.together import Together
from orders.services.traces import keep_traces
from orders.subjects import subject_of

#: How long raw bodies are kept.
KEEP = dt.timedelta(days=90)
_AAD = b"webhook-receipt"
_MAX_ID = 120

#: Reads the body by the door's adapter: a Notification, or BadPayload.
Read = Callable[[], Notification]


class Answer(NamedTuple):
    """What became of a message.

    outcome: inserted, duplicate, conflict, updated (a cancellation of a known order), ignored or rejected; `problems`
    only when rejected. `again` says that it is the stored answer to a message that was taken before."""

    outcome: str
    order_id: int | None = None
    problems: tuple[Problem, ...] = ()
    reason: str = ""
    again: bool = False


class ReusedId(Refused):
    """The sender's id for this message was used for another body before. HTTP 422."""

    code = "webhook_id_reused"


class _Seen(Exception):
    """The message is already on record: roll back whatever taking it again would have done."""


class _Taken(NamedTuple):
    """What one message did, before its receipt is written."""

    outcome: str
    order_id: int | None
    reason: str
    problems: tuple[Problem, ...]
    forgotten: bool  # the order's customer was erased: nothing personal is kept


def receive(
    *,
    shop: Shop,
    source: str,
    topic: str,
    message_id: str,
    raw: bytes,
    read: Read,
    by: Employee | None,
    now: dt.datetime,
    id_is_signed: bool,
    mark: str | None = None,
) -> Answer:
    """Take one verified message. `message_id` may be "": then the body itself is its id. With the `mark` of the shops
    that verified it, ShopsChanged when those have changed since.

    With `id_is_signed` (Standard Webhooks) an id with another body is ReusedId. Without (the platforms sign only the
    body) the id is a stranger's word: with another body it is taken as another message."""
    body = topic.encode() + b"\n" + raw
    digest = crypto.mac("webhook-body", body)
    message = _Message(
        shop, source, topic, message_id[:_MAX_ID] or f"body-{digest.hex()}", digest, raw, by, now, mark
    )
    try:
        return _receive_once(message, read)
    except _Seen:
        stored = _stored(message)
    # A body that is erased may have lost its hash with the index key it was made under: the id must do.
    if not stored.body_digest or bytes(stored.body_digest) in crypto.macs("webhook-body", body):
        return _stored_answer(stored)
    if id_is_signed:
        raise ReusedId(_("This message id was used for another body before."))
    other = message._replace(message_id=f"{message.message_id[: _MAX_ID - 33]}#{digest.hex()[:32]}")
    try:
        return _receive_once(other, read)
    except _Seen:
        return _stored_answer(_stored(other))


class _Message(NamedTuple):
    """One verified message, as all steps need it."""

    shop: Shop
    source: str
    topic: str
    message_id: str
    digest: bytes
    raw: bytes
    by: Employee | None
    now: dt.datetime
    mark: str | None


def _stored(message: _Message) -> WebhookReceipt:
    kept = WebhookReceipt.objects.defer("sealed_body", "wrapped_key")
    return kept.get(shop=message.shop, message_id=message.message_id)


def _stored_answer(receipt: WebhookReceipt) -> Answer:
    """What the message came to; an order that it booked the first time is a duplicate the second."""
    outcome = "duplicate" if receipt.outcome == "inserted" else receipt.outcome
    return Answer(outcome, receipt.order_id, reason=receipt.detail, again=True)


def _receive_once(message: _Message, read: Read) -> Answer:
    said: Notification | BadPayload
    try:
        said = read()
    except BadPayload as bad:
        said = bad
    try:
        return _commit(message, said)
    except Invalid as invalid:  # an order that the adapter let through and the ledger cannot hold
        problems = [Problem(**error) for error in invalid.errors] or [
            Problem("", "invalid", str(invalid.message))
        ]
        number = said.number if isinstance(said, Notification) else ""
        return _commit(message, BadPayload(problems, number))


def _commit(message: _Message, said: Notification | BadPayload) -> Answer:
    """Book and write the receipt, together or not at all. Raises _Seen, Invalid."""
    if isinstance(said, Notification) and said.kind == "order" and not said.order.cancelled:
        with suppress(Taken):  # somebody else was first with something: the long way finds out with what
            booking = _book_new(message, prepare(said.order))
            if booking:
                return Answer(booking.status, booking.order_id)
    _together.gone()
    check_mark(message.mark)
    with transaction.atomic():
        taken = _take(message, said)
        _write(message, taken)
    return Answer(taken.outcome, taken.order_id, taken.problems, taken.reason)


class _New(NamedTuple):
    """A message with an order that is probably new: nothing is left that could fail for this message alone."""

    message: _Message
    order: Prepared
    receipt: list[str]  # its row, without the order's id


#: Arrivals further apart are not booked together: the order's clock starts at the first arrival of those that are.
SPREAD = dt.timedelta(seconds=1)
_ORDER_ID = 5  # its place in a receipt's row


def _book_new(message: _Message, order: Prepared) -> Booking | None:
    """A new order with its receipt, and with those that come at the same time; None when it has to go the long way."""
    new = _New(message, order, _receipt_of_new(message))
    if connection.in_atomic_block:  # no other thread sees it, nor should it hold another's order
        return _book_round([new])[0]
    return _together.ask((message.shop.pk, message.source, message.by and message.by.pk), new)


def _book_round(round_: Sequence[_New]) -> list[Booking | None]:
    """All of one shop, source and person, in one transaction. Clocks start when the first of them arrived: never later
    than an order's own arrival, and less than SPREAD earlier. A receipt states its own."""

    def receipts(bookings: Sequence[Booking | None]) -> list[TextRow]:
        rows: list[TextRow] = []
        for new, booking in zip(round_, bookings, strict=True):
            if booking:
                new.receipt[_ORDER_ID] = str(booking.order_id)
                rows.append(tuple(new.receipt))
        return rows

    shared = round_[0].message
    return book_fresh(
        shop=shared.shop,
        orders=[new.order for new in round_],
        source=shared.source,
        by=shared.by,
        now=min(new.message.now for new in round_),
        along=(_RECEIPTS, receipts),
        mark=shared.mark,
        committing=_together.pass_on,
    )


def _fits(round_: Sequence[_New], new: _New) -> bool:
    """Another number and another message than all the others, of the same moment, judged by the same shops."""
    return new.message.mark == round_[0].message.mark and all(
        new.order.number != one.order.number
        and new.message.message_id != one.message.message_id
        and abs(new.message.now - one.message.now) < SPREAD
        for one in round_
    )


_lender = Lender()


def _book_lent(round_: Sequence[_New]) -> list[Booking | None]:
    """Through the connection that the last round was booked through, whichever thread leads this one."""
    with _lender.lent():
        return _book_round(round_)


_together: Together[_New, Booking] = Together(_book_lent, fits=_fits)

#: Around whatever is done with a message that is read whole: orders that are booked meanwhile may wait for it.
arriving = _together.coming


def _take(message: _Message, said: Notification | BadPayload) -> _Taken:
    shop, source, by, now = message.shop, message.source, message.by, message.now
    if isinstance(said, BadPayload):
        known = _known(shop, said.number)
        reason = ", ".join(f"{problem.path or 'body'}: {problem.code}" for problem in said.problems)
        return _Taken("rejected", known.pk if known else None, reason, said.problems, _is_forgotten(known))
    if said.kind == "ignore":
        return _Taken("ignored", None, said.reason, (), False)
    if said.kind == "cancel":
        known = _known(shop, said.number)
        if known is None:
            return _Taken("ignored", None, "unknown order", (), False)
        events.shop_cancelled(order_id=known.pk, source=source, facts={}, by=by, now=now)
        _tell_holder(known.pk, now)
        return _Taken("updated", known.pk, "cancelled in the shop", (), _is_forgotten(known))
    booking = book_orders(shop=shop, orders=[said.order], source=source, by=by, now=now)[0]
    if said.order.cancelled and booking.status == "duplicate" and booking.order_id is not None:
        _tell_holder(booking.order_id, now)
    return _Taken(booking.status, booking.order_id, booking.reason, (), booking.reason == "erased")


def _tell_holder(order_id: int, now: dt.datetime) -> None:
    """Whoever holds the order hears once that it was cancelled in the shop."""
    held = (
        OrderProgress.objects.select_related("order__shop").filter(pk=order_id, holder__isnull=False).first()
    )
    if held is None or held.holder_id is None:
        return
    notices.notify(
        "orders.shop_cancelled",
        [held.holder_id],
        source="shop_cancelled",
        source_id=order_id,
        subject=subject_of(held.order),
        now=now,
    )


def _known(shop: Shop, number: str) -> Order | None:
    if not 0 < len(number) <= 64 or "\x00" in number:
        return None
    return Order.objects.filter(shop=shop, number=number).first()


def _is_forgotten(order: Order | None) -> bool:
    if order is None:
        return False
    return CustomerKey.objects.filter(pk=order.customer_key_id, erased_at__isnull=False).exists()


_COLUMNS = (
    "shop_id, message_id, topic, received_at, outcome, order_id, detail, body_digest, kek, wrapped_key, sealed_body,"
    " erase_at"
)
_INSERT = (
    f"INSERT INTO orders_webhookreceipt AS r ({_COLUMNS})"  # noqa: S608
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
_RECEIPTS = Insert(WebhookReceipt, _COLUMNS)
_OR_AGAIN = (
    " ON CONFLICT (shop_id, message_id) DO UPDATE SET topic = excluded.topic,"
    " received_at = excluded.received_at, outcome = excluded.outcome, order_id = excluded.order_id,"
    " detail = excluded.detail, body_digest = excluded.body_digest, kek = excluded.kek,"
    " wrapped_key = excluded.wrapped_key, sealed_body = excluded.sealed_body, erase_at = excluded.erase_at"
    " WHERE r.outcome = 'rejected' RETURNING id"
)


def _sealed(message: _Message) -> tuple[str, bytes, bytes]:
    """The body under a key of its own: (id of the application's key, the wrapped key, the sealed body)."""
    with crypto.drawing(crypto.DATA_KEY + crypto.SEALING):
        key = crypto.new_key()
        return *crypto.wrap(key), crypto.seal(key, message.raw, _AAD)


def _receipt(message: _Message, taken: _Taken) -> list[Any]:
    """The values of _COLUMNS."""
    kek, wrapped, sealed = ("", None, None) if taken.forgotten else _sealed(message)
    return [
        message.shop.pk,
        message.message_id,
        message.topic,
        message.now,
        taken.outcome,
        taken.order_id,
        taken.reason[:300],
        message.digest,
        kek,
        wrapped,
        sealed,
        message.now + KEEP,
    ]


def _receipt_of_new(message: _Message) -> list[str]:
    """The same as a row spelled FOR_ARRAY, of a message whose order is booked and has no id yet."""
    kek, wrapped, sealed = _sealed(message)
    text, null, prefix = FOR_ARRAY
    return [
        str(message.shop.pk),
        text(message.message_id),
        text(message.topic),
        instant(message.now),
        text("inserted"),
        null or "",
        text(""),
        prefix + message.digest.hex(),
        text(kek),
        prefix + wrapped.hex(),
        prefix + sealed.hex(),
        instant(message.now + KEEP),
    ]


def _write(message: _Message, taken: _Taken) -> None:
    """The one statement that decides between two of the same arriving at once. Raises _Seen when the message is on
    record and was not rejected."""
    with connection.cursor() as cursor:
        cursor.execute(_INSERT + _OR_AGAIN, _receipt(message, taken))
        written = cursor.fetchone()
        if written is None:
            raise _Seen
    keep_traces(receipt_id=written[0], shop_id=message.shop.pk, outcome=taken.outcome, raw=message.raw)


def body_of(receipt: WebhookReceipt) -> bytes | None:
    """The raw body; None once erased."""
    if receipt.wrapped_key is None or receipt.sealed_body is None:
        return None
    return crypto.open_sealed(crypto.unwrap(receipt.kek, receipt.wrapped_key), receipt.sealed_body, _AAD)


_GONE: dict[str, Any] = {"wrapped_key": None, "sealed_body": None, "kek": "", "traces": None}


def erase_expired_bodies(*, by: Employee | None, now: dt.datetime, limit: int = 10_000) -> int:
    """Erase the keys and bodies whose 90 days are over. Returns how many; the receipts themselves stay."""
    with transaction.atomic():
        due = WebhookReceipt.objects.filter(erase_at__lte=now, sealed_body__isnull=False)
        ids = list(due.order_by("erase_at").values_list("pk", flat=True)[:limit])
        return WebhookReceipt.objects.filter(pk__in=ids).update(**_GONE)


def forget_bodies(*, order_ids: Sequence[int], by: Employee | None, now: dt.datetime) -> int:
    """Erase the bodies that told of these orders (their customer is being erased). Returns how many."""
    with transaction.atomic():
        told = WebhookReceipt.objects.filter(order_id__in=order_ids, sealed_body__isnull=False)
        return told.update(**_GONE)


def rewrap_receipt_keys(limit: int) -> int:
    """One step of a key rotation (office.crypto.register_resealer)."""
    with transaction.atomic():
        old = WebhookReceipt.objects.filter(wrapped_key__isnull=False).exclude(kek=crypto.newest_key_id())
        receipts = list(old.select_for_update(skip_locked=True).only("kek", "wrapped_key")[:limit])
        for receipt in receipts:
            receipt.kek, receipt.wrapped_key = crypto.rewrap(receipt.kek, receipt.wrapped_key or b"")
        WebhookReceipt.objects.bulk_update(receipts, ["kek", "wrapped_key"])
        return len(receipts)
