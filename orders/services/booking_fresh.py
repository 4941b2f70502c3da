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
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from django.db import Error, IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg2.errorcodes import UNIQUE_VIOLATION

from office import crypto
from office.audit import services as trail
from office.audit.canonical import instant, one_line
from office.audit.models import Entry
from office.audit.services import TextRow
from office.deadlines import api as deadlines
from office.rulebook import api as rulebook
from office.statements import Insert, Statement, array_of, ready
from orders import rules
from orders.keys import Key, open_key
from orders.models import CustomerIndex, CustomerKey, Order, OrderEvent, OrderLine, OrderProgress
from orders.selectors.doors import MARK_SQL, ShopsChanged
from orders.services.booking.flow import Booking, lock_key
from orders.services.booking.keys import under_key_of_now
from orders.services.booking.prepare import Prepared
from orders.services.booking.writing import TABLES, Context, Rows, add_order
from orders.subjects import order_subject

if TYPE_CHECKING:
    from office.staff.models import Employee
    from orders.models import Shop

#: A table, and its rows (texts, spelled FOR_ARRAY) to be written last; called with what `book_fresh` will answer.
Along = tuple[Insert, Callable[[Sequence[Booking | None]], Sequence[TextRow]]]


class Taken(Exception):
    """Another transaction was first: with a customer, or with what was to be written along. Nothing is written; the
    long way finds out which."""


# One transaction's view begins after the locks: they are a statement of their own, the shop first, then the numbers
# in one order. The plan made for anybody is the right one; made for these values it costs more than the reading, and on
# old statistics it walks through all orders of the shop.
_GENERIC = "SET LOCAL plan_cache_mode = force_generic_plan"


def _locks(shop_id: int, numbers: Sequence[str]) -> str:
    keys = sorted(lock_key(shop_id, number) for number in numbers)
    alone = "".join([f", pg_advisory_xact_lock({key})" for key in keys])
    return f"SELECT pg_advisory_xact_lock_shared({lock_key(shop_id, None)}){alone}"


_READ = Statement(
    "orders_fresh",
    "WITH known AS MATERIALIZED (SELECT id, identity, kek, wrapped FROM orders_customerkey"
    " WHERE identity = ANY(%(identities)s) ORDER BY id FOR SHARE)"
    " SELECT EXISTS (SELECT FROM orders_order WHERE shop_id = %(shop)s AND number = given.number),"
    " nextval('orders_order_id_seq'), nextval('audit_entry_id_seq'), known.id, known.kek, known.wrapped,"
    " CASE WHEN known.id IS NULL THEN nextval('orders_customerkey_id_seq') END, {mark}, {in_force}"
    " FROM unnest(%(numbers)s, %(identities)s) WITH ORDINALITY AS given (number, identity, place)"
    " LEFT JOIN known USING (identity) ORDER BY place".replace("{mark}", MARK_SQL).replace(
        "{in_force}", rulebook.IN_FORCE_SQL.replace("%s", "%(now)s")
    ),
    {"numbers": "text[]", "identities": "bytea[]", "shop": "bigint", "now": "timestamptz"},
)
_KEYS = Insert(
    CustomerKey, "id, identity, kek, wrapped, created_at, erased_by_name, erased_reason, erased_note"
)
_TABLES = {
    trail.ENTRIES: Insert(Entry, trail.ENTRIES.columns),
    **{
        table: Insert(model, table.columns)
        for table, model in zip(
            TABLES, (Order, OrderLine, OrderProgress, CustomerIndex, OrderEvent), strict=True
        )
    },
}
_STATEMENTS = (_READ, _KEYS, *_TABLES.values(), deadlines.OPENING)


def book_fresh(
    *,
    shop: Shop,
    orders: Sequence[Prepared],
    source: str,
    by: Employee | None,
    now: dt.datetime,
    along: Along | None = None,
    mark: str | None = None,
    committing: Callable[[], None] | None = None,
) -> list[Booking | None]:
    """Book orders of different numbers that the ledger does not know yet and write `along` with them, in one
    transaction; the answers in the order given.

    None for one whose number is known or that the shop has cancelled: nothing is written of it, `book_orders` decides.
    `committing` is called when nothing is left but to write and commit: only the database is waited for.
    Raises Taken, and ShopsChanged when the shops differ from `mark` (orders.selectors.doors); then nothing is written.
    """
    given = (orders, shop, source, by, now, along, mark, committing)
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
    except Error:  # the connection is gone, and the transaction with it
        connection.close()


def _book(
    cursor: CursorWrapper,
    orders: Sequence[Prepared],
    shop: Shop,
    source: str,
    by: Employee | None,
    now: dt.datetime,
    along: Along | None,
    mark: str | None,
    committing: Callable[[], None] | None,
    begin: str = "",
    commit: str = "",
) -> list[Booking | None]:
    numbers, identities = [new.number for new in orders], [new.identity for new in orders]
    ready(cursor, (*_STATEMENTS, *(along or ())[:1]))
    first = [_GENERIC, _locks(shop.pk, numbers)]
    moving = under_key_of_now(new.phone for new in orders if new.phone)
    if moving is not None:
        first.append(cursor.mogrify(*moving).decode())
    hashes = [trail.FOR_ARRAY.bytea + identity.hex() if identity else "NULL" for identity in identities]
    first.append(_READ.call((array_of(numbers), "{" + ",".join(hashes) + "}", str(shop.pk), now.isoformat())))
    cursor.execute(begin + ";".join(first))
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
    opening = deadlines.opening(rules.ACCEPT, subjects, started_at=now, book=book, days=days)
    context = Context(
        shop, source[:20], by, now, instant(now), None, False, opening.due_at, rules.ACCEPT, trail.FOR_ARRAY
    )
    rows = Rows()
    with crypto.drawing((crypto.DATA_KEY + 2 * crypto.SEALING) * len(fresh)):
        keys, made = _keys_for(fresh, now)
        for (new, row), key in zip(fresh, keys, strict=True):
            add_order(rows, context, new, row[1], row[2], key)
    inserted = {new.number: Booking(new.number, "inserted", row[1]) for new, row in fresh}
    bookings = [inserted.get(number) for number in numbers]
    inserts: list[tuple[Insert, Sequence[TextRow]]] = [
        (_KEYS, made),
        (_TABLES[trail.ENTRIES], rows.entries),
        *((_TABLES[table], found) for table, found in rows.tables.items()),
    ]
    if along is not None:
        last, rows_along = along
        inserts.append((last, rows_along(bookings)))
    calls = [insert.call_for(found) for insert, found in inserts if found]
    calls.append(deadlines.OPENING.call(list(opening.values.values())))
    written = ";".join(calls) + commit
    if committing is not None:
        committing()
    try:
        cursor.execute(written)
    except IntegrityError as error:
        if getattr(error.__cause__, "pgcode", "") == UNIQUE_VIOLATION:
            raise Taken from error
        raise
    return bookings


def _keys_for(
    fresh: Sequence[tuple[Prepared, Any]], now: dt.datetime
) -> tuple[list[tuple[int, Key]], list[TextRow]]:
    """(id, key) of each order's customer, known or new, and the rows of the new ones in one order of identities, so
    that two who insert the same ones cannot block each other in a ring."""
    found: list[tuple[int, Key]] = []
    made: list[tuple[bytes, TextRow]] = []
    new_ones: dict[bytes, tuple[int, Key]] = {}
    text, null, prefix = trail.FOR_ARRAY
    for new, (_known, _order, _entry, key_id, kek, wrapped, fresh_id, *_rest) in fresh:
        if key_id is not None:
            found.append((key_id, open_key(kek, wrapped)))
            continue
        identity = new.identity
        if identity in new_ones:
            found.append(new_ones[identity])
            continue
        secret = crypto.new_key()
        found.append((fresh_id, Key(secret)))
        kek, wrapped = crypto.wrap(secret)
        name = prefix + identity.hex() if identity else null
        nobody = text("")
        row = (str(fresh_id), name, text(kek), prefix + wrapped.hex(), instant(now), nobody, nobody, nobody)
        made.append((identity or b"", row))
        if identity is not None:
            new_ones[identity] = found[-1]
    return found, [row for _identity, row in sorted(made, key=itemgetter(0))]
