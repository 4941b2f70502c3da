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

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg2.errorcodes import UNIQUE_VIOLATION

from office import crypto
from office.audit import services as trail
from office.audit.canonical import instant, one_line
from office.deadlines import api as deadlines
from office.rulebook import api as rulebook
from orders import rules
from orders.intake.incoming import IncomingOrder
from orders.keys import Key, open_key
from orders.services.booking.flow import Booking, lock_key
from orders.services.booking.prepare import Prepared, prepare
from orders.services.booking.writing import Context, Rows, add_order
from orders.subjects import order_subject

if TYPE_CHECKING:
    from office.staff.models import Employee
    from orders.models import Shop

#: (SQL, parameters) of an INSERT to run last.
Along = Callable[[Booking], tuple[str, Sequence[Any]]]


class Taken(Exception):
    """Another transaction was first: with the customer, the number, or what was to be written along. Nothing is
    written; the long way finds out which."""


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
) -> Booking | None:
    """Book one order that the ledger does not know yet and write `along` with it, in one transaction.

    None, with nothing written, when the number is known or the shop has cancelled it: then `book_orders` decides.
    Raises Invalid as that does, and Taken.
    """
    if order.cancelled:
        return None
    new, given = prepare(order), (shop, source, by, now, along)
    if connection.in_atomic_block:
        with transaction.atomic(), connection.cursor() as cursor:
            return _book(cursor, new, *given)
    # BEGIN and COMMIT travel with the statements: under load a round trip costs more than what it carries.
    with connection.cursor() as cursor:
        try:
            booking = _book(cursor, new, *given, begin="BEGIN;", commit=";COMMIT")
        except BaseException:
            _roll_back(cursor)
            raise
        if booking is None:
            _roll_back(cursor)
        return booking


def _roll_back(cursor: CursorWrapper) -> None:
    try:
        cursor.execute("ROLLBACK")
    except DatabaseError:  # the connection is gone, and the transaction with it
        connection.close()


def _book(
    cursor: CursorWrapper,
    new: Prepared,
    shop: Shop,
    source: str,
    by: Employee | None,
    now: dt.datetime,
    along: Along,
    begin: str = "",
    commit: str = "",
) -> Booking | None:
    locks = [lock_key(shop.pk, None), lock_key(shop.pk, new.number)]
    cursor.execute(begin + _READ, [*locks, new.identity, shop.pk, new.number, now])
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
    context = Context(shop, source[:20], by, now, instant(now), None, False, values["due_at"], rules.ACCEPT)
    rows = Rows()
    add_order(rows, context, new, order_id, entry_id, (key_id, key))
    for target, found in [(trail.ENTRIES, rows.entries), *rows.tables.items()]:
        if found:
            given = ",".join(["%s"] * len(found))
            into = f"INSERT INTO {target.table} ({target.columns}) VALUES {given}"  # noqa: S608  own names
            statements.append(cursor.mogrify(into, found))
    statements.append(cursor.mogrify(opening, values))
    booking = Booking(new.number, "inserted", order_id)
    statements.append(cursor.mogrify(*along(booking)))
    try:
        cursor.execute(b";".join(statements).decode() + commit)
    except IntegrityError as error:
        if getattr(error.__cause__, "pgcode", "") == UNIQUE_VIOLATION:
            raise Taken from error
        raise
    return booking
