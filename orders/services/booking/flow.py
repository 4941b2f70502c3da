"""Book what came in: new orders into the ledger, known ones compared with what stands."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection, transaction

from office.audit.canonical import instant, one_line
from office.audit.services import COPY_FROM, FOR_COPY, FOR_INSERT
from office.deadlines import api as deadlines
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.staff import selectors as staff
from office.subjects import Subject
from orders import rules
from orders.intake.incoming import IncomingOrder
from orders.services.booking.keys import keys_for, under_key_of_now
from orders.services.booking.prepare import Head, head, measure
from orders.services.booking.standing import Later, Standing, judge, standing, write_later
from orders.services.booking.writing import CHUNK, Context, Rows, Writer, add_order
from orders.services.shop_cancel import cancel_in_shop
from orders.subjects import order_subject

if TYPE_CHECKING:
    from office.staff.models import Employee
    from orders.models import Batch, Shop

#: Up to so many orders, each number is locked by itself, so that webhooks of one shop run side by side. A longer list
#: locks the shop: the database's lock table is not made for thousands of locks per transaction.
LOCKS_PER_NUMBER = 50


class Booking(NamedTuple):
    """What became of one incoming order. `reason` says what differs in a conflict ("lines total"), or "erased"."""

    number: str
    status: str  # inserted, duplicate, conflict
    order_id: int | None
    reason: str = ""


def book_orders(
    *,
    shop: Shop,
    orders: Sequence[IncomingOrder],
    source: str,
    by: Employee | None,
    now: dt.datetime,
    batch: Batch | None = None,
    historical: bool = False,
) -> list[Booking]:
    """Book `orders` of one shop in one transaction; the answers in the order given (C7.5).

    A new number becomes an order with its lines, its place in the pool and, unless `historical`, a running clock to
    accept it (C7.1). The same contract again is a duplicate: what the source says beside the terms becomes an event,
    once; when its customer was erased, nothing is kept. Another contract under a known number is a conflict: the order
    stays as it was made, and supervisors are told. Raises Invalid for what the ledger cannot hold; then nothing is
    booked. Two workers with the same numbers wait for each other.
    """
    heads = [head(order) for order in orders]
    if not heads:
        return []
    context = Context(shop, source[:20], by, now, instant(now), batch.pk if batch else None, historical)
    with transaction.atomic():
        _lock(shop.pk, {new.number for new in heads})
        known = standing(shop.pk, [new.number for new in heads])
        fresh: dict[str, Head] = {}
        for new in heads:
            if new.number not in known:
                fresh.setdefault(new.number, new)
        ids = _insert(context, list(fresh.values()))
        known |= _reread(shop.pk, fresh, heads)
        later = Later()
        bookings = []
        for new in heads:
            if fresh.get(new.number) is new:
                bookings.append(Booking(new.number, "inserted", ids[new.number]))
            else:
                status, reason = judge(measure(new), known[new.number], later)
                bookings.append(Booking(new.number, status, known[new.number].order_id, reason))
        _tell_conflicts(write_later(later, context), context, batch)
        for order_id in {
            *later.cancelled,
            *(ids[new.number] for new in fresh.values() if new.order.cancelled),
        }:
            cancel_in_shop(order_id=order_id, now=now)
        return bookings


def _lock(shop_id: int, numbers: set[str]) -> None:
    """Held to the end of the transaction. The shop first, shared or alone, then the numbers in one order: no ring."""
    many = len(numbers) > LOCKS_PER_NUMBER
    keys = sorted(lock_key(shop_id, number) for number in numbers) if not many else []
    mode = "pg_advisory_xact_lock" if many else "pg_advisory_xact_lock_shared"
    statements = [f"SELECT {mode}(%s)", *["SELECT pg_advisory_xact_lock(%s)"] * len(keys)]
    with connection.cursor() as cursor:
        cursor.execute(";".join(statements), [lock_key(shop_id, None), *keys])


def lock_key(shop_id: int, number: str | None) -> int:
    text = f"orders.book|{shop_id}|{'' if number is None else '#' + number}"
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:8], "big", signed=True)


def _insert(context: Context, fresh: list[Head]) -> dict[str, int]:
    """The rows of new orders; their ids by number. Chunk by chunk: while the database takes one, the next is made."""
    if not fresh:
        return {}
    many = len(fresh) >= COPY_FROM
    with connection.cursor() as cursor:
        moved = under_key_of_now(new.phone for new in fresh if new.phone)
        if moved is not None:
            cursor.execute(*moved)
        keys = keys_for([new.identity for new in fresh], context.now)
        cursor.execute(
            "SELECT nextval('orders_order_id_seq'), nextval('audit_entry_id_seq') FROM generate_series(1, %s)",
            [len(fresh)],
        )
        pairs = cursor.fetchall()
    context = replace(context, spelling=FOR_COPY if many else FOR_INSERT)
    clocks = None
    if not context.historical:
        code = one_line(context.shop.code, 30)
        subjects = [
            order_subject(order_id, code, one_line(new.number, 64))
            for new, (order_id, _entry) in zip(fresh, pairs, strict=True)
        ]
        clocks = deadlines.opening(rules.ACCEPT, subjects, started_at=context.now)
        context = replace(context, due_at=clocks.due_at, due_rule=rules.ACCEPT)
    with Writer(many=many) as writer:
        if clocks is not None:
            writer.run(deadlines.OPENING.text, clocks.values)
        for start in range(0, len(fresh), CHUNK):
            rows, end = Rows(), start + CHUNK
            for new, (order_id, entry_id), key in zip(
                fresh[start:end], pairs[start:end], keys[start:end], strict=True
            ):
                add_order(rows, context, measure(new), order_id, entry_id, key)
            writer.send(rows)
    return {new.number: order_id for new, (order_id, _entry) in zip(fresh, pairs, strict=True)}


def _reread(shop_id: int, fresh: dict[str, Head], heads: list[Head]) -> dict[str, Standing]:
    """New orders whose number comes more than once in this call, as they now stand."""
    again = [new.number for new in heads if fresh.get(new.number, new) is not new]
    return standing(shop_id, again) if again else {}


def _tell_conflicts(conflicts: list[tuple[Standing, int]], context: Context, batch: Batch | None) -> None:
    """Whoever may reassign orders hears of a conflict: of each one, or once per batch."""
    if not conflicts:
        return
    at = context.now
    positions = sorted(rulebook.positions_with("orders.reassign", at))
    people = {person.pk for position in positions for person in staff.on_duty(position, at)}
    if not people:
        people = staff.holder_ids(positions, at)
    if batch is not None:
        subject = Subject("batch", str(batch.pk), f"{context.shop.code} #{batch.pk}")
        notices.notify(
            "orders.conflicts_in_batch",
            people,
            source="orders.batch",
            source_id=batch.pk,
            subject=subject,
            now=at,
            clause="C7.5",
        )
        return
    for order, event_id in conflicts:
        notices.notify(
            "orders.conflict",
            people,
            source="orders.conflict",
            source_id=event_id,
            subject=order_subject(order.order_id, context.shop.code, one_line(order.number, 64)),
            now=at,
            clause="C7.5",
        )
