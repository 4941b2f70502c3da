"""Forgetting a person (Personal Information Protection Law, art. 47) while the order ledger stands (C7.5).

What is personal lies encrypted under a key of that customer; erasing the key and the keyed indexes is the erasure. The
order, its digest and its seals cover only ciphertext and go on to verify.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from office import crypto
from office.audit import api as audit
from office.audit.services import Act
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.rulebook import api as rulebook
from orders import traces
from orders.models import Batch, CustomerIndex, CustomerKey, Order, RejectedRow
from orders.models.customers import EraseReason
from orders.people import complete_phone
from orders.selectors.customers import customers_of
from orders.services.intake import erase_batch
from orders.services.receipts import erase_expired_bodies, forget_bodies
from orders.services.shop_cancel import call_off_for_erasure
from orders.services.traces import forget_traced
from orders.subjects import subject_of

if TYPE_CHECKING:
    from office.staff.models import Employee

PERMISSION = "orders.erase_customer"
NOTE_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was forgotten: how many orders, raw bodies and refused rows; how many orders were called off."""

    customer_key_id: int
    orders: int
    bodies: int
    rows: int
    called_off: int


def erase_customer(*, order_id: int, reason: str, by: Employee, now: dt.datetime, note: str = "") -> Erasure:
    """Forget the customer of an order, and with him all orders under his key. There is no way back.

    Orders of his that are not handed over yet are called off, since nobody can reach him any more. Raises Forbidden
    unless `by` may (the department manager), Invalid without a reason, Conflict when it was done before, NotFound.
    """
    if not rulebook.may(by, PERMISSION, now):
        raise Forbidden(_("Only the department manager forgets a customer."), clause=_clause(now))
    note = note.strip()
    if reason not in EraseReason.values or len(note) > NOTE_LENGTH:
        raise Invalid(_("Choose a reason."), errors=[_error("reason", _("Choose a reason."))])
    if reason == EraseReason.OTHER and not note:
        raise Invalid(_("Say what the reason is."), errors=[_error("note", _("Say what the reason is."))])
    with transaction.atomic():
        order = Order.objects.filter(pk=order_id).first()
        if order is None:
            raise NotFound(_("There is no such order."))
        # Waits for whoever is booking or writing under this key, so nothing is written after the erasure.
        key = CustomerKey.objects.select_for_update().get(pk=order.customer_key_id)
        if key.erased_at is not None:
            raise Conflict(_("This customer was erased already."), code="erased", clause=_clause(now))
        return _forget(key, reason=reason, note=note, erased_at=now, by=by, now=now)


def _forget(
    key: CustomerKey, *, reason: str, note: str, erased_at: dt.datetime, by: Employee | None, now: dt.datetime
) -> Erasure:
    """The caller holds the key's row."""
    orders = list(Order.objects.filter(customer_key_id=key.pk).select_related("shop").order_by("id"))
    ids = [each.pk for each in orders]
    found_by = _traces_of(key, orders)
    key.wrapped, key.kek, key.identity = None, "", None
    key.erased_at, key.erased_by_id, key.erased_by_name = (
        erased_at,
        by.pk if by else None,
        by.name if by else "",
    )
    key.erased_reason, key.erased_note = EraseReason(reason).value, note
    key.save()
    CustomerIndex.objects.filter(customer_key_id=key.pk).delete()
    rows, _per_model = RejectedRow.objects.filter(order_id__in=ids).delete()
    bodies = forget_bodies(order_ids=ids, by=by, now=now)
    more_rows, more_bodies = forget_traced(of=found_by)
    data = {"customer": key.pk, "reason": reason, "orders": len(ids)}
    audit.record_many(
        [Act("orders.erase_customer", subject_of(each), data, _clause(now)) for each in orders],
        by=by,
        now=now,
    )
    called_off = sum(call_off_for_erasure(order_id=each, now=now) for each in ids)
    return Erasure(key.pk, len(ids), bodies + more_bodies, rows + more_rows, called_off)


def erase_again(
    *, customer_key_id: int, reason: str, erased_at: dt.datetime, now: dt.datetime
) -> Erasure | None:
    """In a database restored from a backup: forget who was forgotten after that backup was made. None when he is not in
    it, or forgotten there already. What permitted it stands in the trail that the backup is too old for."""
    with transaction.atomic():
        key = CustomerKey.objects.select_for_update().filter(pk=customer_key_id, erased_at=None).first()
        if key is None:
            return None
        known = reason if reason in EraseReason.values else EraseReason.REQUEST
        return _forget(key, reason=known, note="", erased_at=erased_at, by=None, now=now)


def _traces_of(key: CustomerKey, orders: list[Order]) -> list[bytes]:
    """By what the customer is found in refused rows and messages that no order is tied to: his phones, and the numbers
    of his orders in their shops."""
    phones = CustomerIndex.objects.filter(customer_key_id=key.pk, phone__isnull=False).values_list(
        "phone", flat=True
    )
    found = {bytes(phone) for phone in phones if phone is not None}
    if key.identity is not None:
        found.add(bytes(key.identity)[: traces.TRACE_BYTES])
    spoken = [customer.phone for customer in customers_of(orders).values()] if crypto.reindexing() else []
    numbers = [(each.shop_id, each.number) for each in orders]
    return [*(found | traces.every_one(filter(None, map(complete_phone, spoken)), numbers))]


def _clause(now: dt.datetime) -> str:
    return rulebook.permission_rule(PERMISSION, at=now).clause


def _error(path: str, message: object) -> dict[str, str]:
    return {"path": path, "code": "required", "message": str(message)}


@dataclass(frozen=True, slots=True)
class Expired:
    """How many batches and raw bodies were erased because their time was over."""

    batches: int
    bodies: int


def erase_expired(*, now: dt.datetime) -> Expired:
    """Erase the keys of batches (refused rows, uploads) and the raw bodies whose time is over. Each batch is a
    transaction of its own: one that fails does not keep the others."""
    batches = bodies = 0
    due = Batch.objects.filter(erase_at__lte=now, erased_at=None).select_related("shop").order_by("id")
    for batch in due.iterator(chunk_size=200):
        erase_batch(batch=batch, now=now)
        batches += 1
    while found := erase_expired_bodies(by=None, now=now):
        bodies += found
    return Expired(batches, bodies)


#: Tables with a data key wrapped under the application's key `kek`: (table, column of the wrapped key).
WRAPPED_KEYS = {
    "customers": ("orders_customerkey", "wrapped"),
    "imports": ("orders_batch", "wrapped_key"),
    "records of orders": ("orders_orderrecord", "wrapped_key"),
}


def rewrap_keys(name: str, limit: int) -> int:
    """A step of a key rotation: up to `limit` keys of one table under the newest application key."""
    table, column = WRAPPED_KEYS[name]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, kek, {column} FROM {table} WHERE {column} IS NOT NULL AND kek <> %s"  # noqa: S608
            " ORDER BY id LIMIT %s FOR NO KEY UPDATE",
            [crypto.newest_key_id(), limit],
        )
        rows = [(row[0], *crypto.rewrap(row[1], row[2])) for row in cursor.fetchall()]
        if rows:
            cursor.execute(
                f"UPDATE {table} AS t SET kek = g.kek, {column} = g.wrapped"  # noqa: S608
                " FROM unnest(%s::bigint[], %s::text[], %s::bytea[]) AS g (id, kek, wrapped) WHERE t.id = g.id",
                [[row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]],
            )
        return len(rows)
