"""New orders by the short way: what `book_orders` would do for them, in two round trips instead of ten.

A message from a shop is nearly always one new order, and messages that come together may be booked together
(orders.services.together). All that booking must know is read by one statement behind the same locks, all that it
writes, with whatever the caller wants written along, goes out as one string of statements. Any other case is left to
`book_orders`. The rows are made by the same functions, so that the ledger cannot tell the two apart, and the tests hold
them against each other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg2.errorcodes import UNIQUE_VIOLATION

from office import crypto
from office.audit.canonical import instant, one_line
from office.deadlines import api as deadlines
from office.rulebook import api as rulebook
from orders import rules
from orders.keys import Key, open_key
from orders.selectors.doors import MARK_SQL, ShopsChanged
from orders.services.booking.flow import Booking, lock_key
from orders.services.booking.keys import under_key_of_now
from orders.services.booking.prepare import Prepared
from orders.services.booking.writing import Context, Rows, add_order, insert_of
from orders.subjects import order_subject

if TYPE_CHECKING:
    from office.staff.models import Employee
    from orders.models import Shop

#: The statement, and its parameters, to run last; called with what `book_fresh` will answer.
Along = Callable[[Sequence[Booking | None]], tuple[str, Sequence[Any]]]


class Taken(Exception):
    """Another transaction was first: with a customer, or with what was to be written along. Nothing is written; the
    long way finds out which."""


# One transaction's view begins after the locks: they are a statement of their own, the shop first, then the numbers
# in one order. The plan made for anybody is the right one; made for these values it costs more than the reading, and on
# old statistics it walks through all orders of the shop.
_LOCK = (
    "SET LOCAL plan_cache_mode = force_generic_plan;"
    "SELECT CASE WHEN place = 1 THEN pg_advisory_xact_lock_shared(key) ELSE pg_advisory_xact_lock(key) END"
    " FROM unnest(%s::bigint[]) WITH ORDINALITY AS given (key, place);"
)
# Planned once per connection.
_PREPARE = (
    "PREPARE orders_fresh (bytea[], bigint, timestamptz, text[]) AS"
    " WITH known AS MATERIALIZED (SELECT id, identity, kek, wrapped FROM orders_customerkey"
    " WHERE identity = ANY($1) ORDER BY id FOR SHARE)"
    " SELECT EXISTS (SELECT FROM orders_order WHERE shop_id = $2 AND number = given.number),"
    " nextval('orders_order_id_seq'), nextval('audit_entry_id_seq'), known.id, known.kek, known.wrapped,"
    " CASE WHEN known.id IS NULL THEN nextval('orders_customerkey_id_seq') END, {mark}, {in_force}"
    " FROM unnest($4, $1) WITH ORDINALITY AS given (number, identity, place)"
    " LEFT JOIN known USING (identity) ORDER BY place"
)
_PREPARE = _PREPARE.replace("{mark}", MARK_SQL).replace(
    "{in_force}", rulebook.IN_FORCE_SQL.replace("%s", "$3")
)
_READ = "EXECUTE orders_fresh (%s, %s, %s, %s)"
#: The connections that have it.
_prepared: WeakSet[Any] = WeakSet()
_KEYS = (
    "INSERT INTO orders_customerkey (id, identity, kek, wrapped, created_at, erased_by_name, erased_reason,"
    " erased_note) VALUES "
)
_KEY = "(%s, %s, %s, %s, %s, '', '', '')"


def book_fresh(
    *,
    shop: Shop,
    orders: Sequence[Prepared],
    source: str,
    by: Employee | None,
    now: dt.datetime,
    along: Along,
    mark: str | None = None,
) -> list[Booking | None]:
    """Book orders of different numbers that the ledger does not know yet and write `along` with them, in one
    transaction; the answers in the order given.

    None for one whose number is known or that the shop has cancelled: nothing is written of it, `book_orders` decides.
    Raises Taken, and ShopsChanged when the shops differ from `mark` (orders.selectors.doors); then nothing is written.
    """
    given = (orders, shop, source, by, now, along, mark)
    if connection.in_atomic_block:
        with transaction.atomic(), connection.cursor() as cursor:
            return _book(cursor, *given)
    # BEGIN and COMMIT travel with the statements: under load a round trip costs more than what it carries.
    with connection.cursor() as cursor:
        try:
            bookings = _book(cursor, *given, begin="BEGIN;", commit=";COMMIT")
        except BaseException:
            _roll_back(cursor)
            raise
        if not any(bookings):
            _roll_back(cursor)
        return bookings


def _roll_back(cursor: CursorWrapper) -> None:
    try:
        cursor.execute("ROLLBACK")
    except DatabaseError:  # the connection is gone, and the transaction with it
        connection.close()


def _book(
    cursor: CursorWrapper,
    orders: Sequence[Prepared],
    shop: Shop,
    source: str,
    by: Employee | None,
    now: dt.datetime,
    along: Along,
    mark: str | None,
    begin: str = "",
    commit: str = "",
) -> list[Booking | None]:
    numbers, identities = [new.number for new in orders], [new.identity for new in orders]
    locks = [lock_key(shop.pk, None), *sorted(lock_key(shop.pk, number) for number in numbers)]
    if connection.connection not in _prepared:
        cursor.execute(_PREPARE)
        _prepared.add(connection.connection)
    moving, moved = under_key_of_now(new.phone for new in orders if new.phone) or ("", [])
    first = f"{begin}{_LOCK}{moving and moving + ';'}"
    cursor.execute(first + _READ, [locks, *moved, identities, shop.pk, now, numbers])
    read = cursor.fetchall()
    if mark is not None and read[0][7] != mark:
        raise ShopsChanged
    fresh = [
        (new, row) for new, row in zip(orders, read, strict=True) if not row[0] and not new.order.cancelled
    ]
    if not fresh:
        return [None] * len(orders)
    book, days = rulebook.in_force(*read[0][8:])
    code = one_line(shop.code, 30)
    subjects = [order_subject(row[1], code, one_line(new.number, 64)) for new, row in fresh]
    opening, values = deadlines.opening(rules.ACCEPT, subjects, started_at=now, book=book, days=days)
    context = Context(shop, source[:20], by, now, instant(now), None, False, values["due_at"], rules.ACCEPT)
    keys, made = _keys_for(fresh, now)
    rows = Rows()
    for (new, row), key in zip(fresh, keys, strict=True):
        add_order(rows, context, new, row[1], row[2], key)
    inserted = {new.number: Booking(new.number, "inserted", row[1]) for new, row in fresh}
    bookings = [inserted.get(number) for number in numbers]
    statements = [insert_of(rows), (opening, values), along(bookings)]
    if made:
        keys_sql = _KEYS + ",".join([_KEY] * len(made))
        statements.insert(0, (keys_sql, [value for one in made for value in one]))
    try:
        cursor.execute(b";".join([cursor.mogrify(*one) for one in statements]).decode() + commit)
    except IntegrityError as error:
        if getattr(error.__cause__, "pgcode", "") == UNIQUE_VIOLATION:
            raise Taken from error
        raise
    return bookings


def _keys_for(
    fresh: Sequence[tuple[Prepared, Any]], now: dt.datetime
) -> tuple[list[tuple[int, Key]], list[tuple[Any, ...]]]:
    """(id, key) of each order's customer, known or new, and the rows of the new ones in one order of identities, so
    that two who insert the same ones cannot block each other in a ring."""
    found: list[tuple[int, Key]] = []
    made: list[tuple[Any, ...]] = []
    new_ones: dict[bytes, tuple[int, Key]] = {}
    for new, (_known, _order, _entry, key_id, kek, wrapped, fresh_id, *_rest) in fresh:
        if key_id is not None:
            found.append((key_id, open_key(kek, wrapped)))
            continue
        if new.identity in new_ones:
            found.append(new_ones[new.identity])
            continue
        secret = crypto.new_key()
        found.append((fresh_id, Key(secret)))
        made.append((fresh_id, new.identity, *crypto.wrap(secret), now))
        if new.identity is not None:
            new_ones[new.identity] = found[-1]
    return found, sorted(made, key=lambda row: row[1] or b"")
