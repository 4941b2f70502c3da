"""One order by the short way: what `book_orders` would do for a new one, in two round trips instead of ten.

A message from a shop is nearly always one new order. All that booking must know is read by one statement behind the
same locks, all that it writes, with whatever the caller wants written along, goes out as one string of statements. Any
other case is left to `book_orders`. The rows are made by the same functions, so that the ledger cannot tell the two
apart, and the tests hold them against each other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, connection

from office import crypto
from office.audit import services as trail
from office.audit.canonical import instant, one_line
from office.deadlines import api as deadlines
from office.rulebook import api as rulebook
from orders import rules
from orders.intake.incoming import IncomingOrder
from orders.keys import Key, open_key
from orders.services.booking.flow import Booking, lock_key
from orders.services.booking.prepare import prepare
from orders.services.booking.writing import Context, Rows, add_order
from orders.subjects import order_subject

if TYPE_CHECKING:
    from office.staff.models import Employee
    from orders.models import Shop

#: (SQL, parameters) of a statement to run last; its first row is handed back.
Along = Callable[[Booking], tuple[str, Sequence[Any]]]


class CustomerTaken(Exception):
    """Another transaction has just added the same customer."""


# One transaction's view begins after the locks: they are statements of their own.
_READ = (
    "SELECT pg_advisory_xact_lock_shared(%s); SELECT pg_advisory_xact_lock(%s);"
    " WITH known AS MATERIALIZED (SELECT id, kek, wrapped FROM orders_customerkey WHERE identity = %s FOR SHARE)"
    " SELECT EXISTS (SELECT FROM orders_order WHERE shop_id = %s AND number = %s),"
    " nextval('orders_order_id_seq'), nextval('audit_entry_id_seq'), known.id, known.kek, known.wrapped,"
    " CASE WHEN known.id IS NULL THEN nextval('orders_customerkey_id_seq') END,"
    " {in_force} FROM (SELECT) AS one LEFT JOIN known ON true"
).replace("{in_force}", rulebook.IN_FORCE_SQL)
_KEY = (
    "INSERT INTO orders_customerkey (id, identity, kek, wrapped, created_at, erased_by_name, erased_reason,"
    " erased_note) VALUES (%s, %s, %s, %s, %s, '', '', '')"
)


def book_new(
    *, shop: Shop, order: IncomingOrder, source: str, by: Employee | None, now: dt.datetime, along: Along
) -> tuple[Booking, tuple[Any, ...] | None] | None:
    """Book one order that the ledger does not know yet, in the caller's transaction, and write `along` with it.

    Returns the booking and the first row of `along`'s statement; None, with nothing written, when the number is known
    or the shop has cancelled it: then `book_orders` decides. Raises Invalid as that does, and CustomerTaken when
    another transaction was first with the same customer: roll back and take the long way.
    """
    if order.cancelled:
        return None
    new = prepare(order)
    with connection.cursor() as cursor:
        locks = [lock_key(shop.pk, None), lock_key(shop.pk, new.number)]
        cursor.execute(_READ, [*locks, new.identity, shop.pk, new.number, now])
        known, order_id, entry_id, key_id, kek, wrapped, fresh_id, version, overrides = cursor.fetchone()
        if known:
            return None
        book, days = rulebook.in_force(version, overrides)
        statements: list[bytes] = []
        if key_id is None:
            secret = crypto.new_key()
            key, key_id = Key(secret), fresh_id
            statements.append(cursor.mogrify(_KEY, [key_id, new.identity, *crypto.wrap(secret), now]))
        else:
            key = open_key(kek, wrapped)
        subject = order_subject(order_id, one_line(shop.code, 30), one_line(new.number, 64))
        opening, values = deadlines.opening(rules.ACCEPT, [subject], started_at=now, book=book, days=days)
        context = Context(
            shop, source[:20], by, now, instant(now), None, False, values["due_at"], rules.ACCEPT
        )
        rows = Rows()
        add_order(rows, context, new, order_id, entry_id, (key_id, key))
        tables = {f"audit_entry ({trail.COLUMNS})": [tuple(entry) for entry in rows.entries], **rows.tables}
        for table, found in tables.items():
            if found:
                statements.append(
                    cursor.mogrify(f"INSERT INTO {table} VALUES " + ",".join(["%s"] * len(found)), found)  # noqa: S608
                )
        statements.append(cursor.mogrify(opening, values))
        booking = Booking(new.number, "inserted", order_id)
        statements.append(cursor.mogrify(*along(booking)))
        try:
            cursor.execute(b";".join(statements))
        except IntegrityError as error:
            diagnostics = getattr(error.__cause__, "diag", None)
            if diagnostics is not None and diagnostics.constraint_name == "customer_identity_once":
                raise CustomerTaken from error
            raise
        return booking, cursor.fetchone() if cursor.description else None
