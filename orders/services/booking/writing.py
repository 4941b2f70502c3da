"""The rows of new orders, and how they reach the tables: COPY for many, one multi-statement round trip for few."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connection

from office.audit import services as trail
from office.audit.canonical import instant
from office.audit.services import FOR_INSERT, Spelling, Target, TextRow
from orders import digest as canonical
from orders.keys import Key, event_text
from orders.models import OrderEvent
from orders.selectors.customers import index_hashes
from orders.services.booking.prepare import Prepared, customer_blob, facts_of

if TYPE_CHECKING:
    from office.staff.models import Employee
    from orders.models import Shop

ORDER = Target(
    "orders_order",
    "id, shop_id, number, received_at, placed_at, currency, total, paid, source, historical, batch_id,"
    " customer_key_id, sealed, terms, digest, entry_id",
    "number, currency, source",
)
LINE = Target("orders_orderline", "order_id, position, sku, title, quantity, price, amount", "sku, title")
PROGRESS = Target(
    "orders_orderprogress",
    "order_id, state, shop_id, number, received_at, total, currency, goods, due_at, due_rule, closed_at, tries,"
    " returned_reason, version",
    "state, number, currency, goods, due_rule, returned_reason",
)
INDEX = Target("orders_customerindex", "order_id, customer_key_id, phone, last4, grams", "grams")
EVENT = Target(
    "orders_orderevent",
    "order_id, kind, source, batch_id, recorded_at, fingerprint, sealed",
    "kind, source",
)
#: Foreign keys ask for this order of tables.
TABLES = (ORDER, LINE, PROGRESS, INDEX, EVENT)
#: Orders of one chunk: while the database takes one chunk, the next is made.
CHUNK = 250


@dataclass(slots=True)
class Context:
    """What all orders of one call share."""

    shop: Shop
    source: str
    by: Employee | None
    now: dt.datetime
    now_text: str
    batch_id: int | None
    historical: bool
    due_at: dt.datetime | None = None
    due_rule: str = ""
    spelling: Spelling = FOR_INSERT
    received: trail.Repeated = field(init=False)
    due_text: str = field(init=False)
    batch_json: str = field(init=False)
    source_json: str = field(init=False)

    def __post_init__(self) -> None:
        self.received = trail.Repeated(
            "orders.received",
            by=self.by,
            now=self.now,
            subject_type="order",
            clause="C7.5",
            spelling=self.spelling,
        )
        self.due_text = "" if self.due_at is None else instant(self.due_at)
        self.batch_json = "" if self.batch_id is None else f'"batch":{self.batch_id},'
        self.source_json = json.dumps(self.source, ensure_ascii=False)


@dataclass(slots=True)
class Rows:
    """Rows of texts by table, and the entries that vouch for them, spelled as the context says."""

    tables: dict[Target, list[TextRow]] = field(default_factory=lambda: {table: [] for table in TABLES})
    entries: list[TextRow] = field(default_factory=list)


def add_order(
    rows: Rows, context: Context, new: Prepared, order_id: int, entry_id: int, customer: tuple[int, Key]
) -> None:
    """The rows of one new order."""
    spell, null, prefix = context.spelling
    order, shop_id, received = new.order, str(context.shop.pk), context.now_text
    key_id, key = customer
    sealed = key.seal_customer(order_id, customer_blob(order))
    terms = key.terms(new.canonical)
    own_id, lines, line_rows = str(order_id), [], rows.tables[LINE]
    for position, line in enumerate(new.terms.lines, 1):
        count, price, amount = (
            str(line.quantity),
            canonical.text_of(line.price),
            canonical.text_of(line.amount),
        )
        lines.append(canonical.line_text(position, count, price, amount, line.sku, line.title))
        line_rows.append(
            (own_id, str(position), spell(line.sku), spell(line.title), count, price or null, amount or null)
        )
    total, paid = canonical.text_of(new.terms.total), canonical.text_of(new.terms.paid)
    historical, batch = "t" if context.historical else "f", canonical.text_of(context.batch_id)
    digest = canonical.order_digest(
        order_id=order_id,
        entry_id=entry_id,
        customer_key_id=key_id,
        shop_id=shop_id,
        received_at=received,
        placed_at=new.placed_at,
        currency=order.currency,
        total=total,
        paid=paid,
        source=context.source,
        historical=historical,
        batch_id=batch,
        number=new.number,
        lines=lines,
        terms=terms,
        sealed=sealed,
    )
    number, currency, source = spell(new.number), spell(order.currency), spell(context.source)
    rows.tables[ORDER].append(
        (own_id, shop_id, number, received, new.placed_at or null, currency, total or null, paid or null, source,
         historical, batch or null, str(key_id), prefix + sealed.hex(), prefix + terms.hex(), prefix + digest.hex(),
         str(entry_id))
    )  # fmt: skip
    state, closed_at = ("closed", received) if context.historical else ("waiting", null)
    rows.tables[PROGRESS].append(
        (own_id, state, shop_id, number, received, total or null, currency, spell(new.goods), context.due_text or null,
         spell(context.due_rule), closed_at, "0", spell(""), "0")
    )  # fmt: skip
    buyer = order.customer
    if buyer.name or buyer.phone:
        phone, last4, grams = index_hashes(buyer.name, buyer.phone, new.identity)
        if phone or last4 or grams:
            rows.tables[INDEX].append(
                (
                    own_id,
                    str(key_id),
                    prefix + phone.hex() if phone else null,
                    prefix + last4.hex() if last4 else null,
                    spell(bytea_array(grams)),
                )
            )
    facts, digest_of_facts = facts_of(order), ""
    if facts is not None:
        digest_of_facts = f'"facts":"{add_event(rows, context, order_id, key, kind_of(new), facts)}",'
    # The canonical JSON of {"batch", "digest", "facts", "source"}, without building it a thousand times.
    data = (
        f'{{{context.batch_json}"digest":"{digest.hex()}",{digest_of_facts}"source":{context.source_json}}}'
    )
    rows.entries.append(context.received.row(entry_id, own_id, f"{context.shop.code}/{new.number}", data))


def kind_of(new: Prepared) -> str:
    kinds = OrderEvent.Kind
    return kinds.CANCELLED_IN_SHOP.value if new.order.cancelled else kinds.SHOP.value


def add_event(
    rows: Rows, context: Context, order_id: int, key: Key, kind: str, content: dict[str, Any]
) -> str:
    """An event of an order that is new in this call; the digest of its ciphertext."""
    text = event_text(content)
    sealed = key.seal_event(order_id, text)
    spell, null, prefix = context.spelling
    rows.tables[EVENT].append(
        (str(order_id), kind, spell(context.source), canonical.text_of(context.batch_id) or null, context.now_text,
         prefix + key.fingerprint(kind, text).hex(), prefix + sealed.hex())
    )  # fmt: skip
    return hashlib.sha256(sealed).hexdigest()


def bytea_array(values: list[bytes]) -> str:
    """The text form of bytea[]."""
    return "{" + ",".join([f'"\\\\x{value.hex()}"' for value in values]) + "}"


class Writer:
    """Takes chunks of new orders to the tables, as whoever this connection is: the application.

    Few orders go by one round trip. Many go by COPY from a thread of its own, so that the database takes one chunk
    while Python makes the next. The connection belongs to that thread while a chunk is under way: whatever else is
    asked meanwhile, such as keys that are read again every few seconds, waits for the chunk. A COPY is not guarded by
    psycopg2's own lock; a statement that goes in between would tear the stream.
    """

    def __init__(self, many: bool) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="booking") if many else None
        self._running: Future[None] | None = None
        self._held = ExitStack()

    def __enter__(self) -> Writer:
        # Made here: Django ties its connection to this thread, psycopg2's own cursor may be used by another.
        self._cursor = self._held.enter_context(connection.cursor())
        if self._pool is not None:
            self._held.callback(self._pool.shutdown)
            self._held.enter_context(connection.execute_wrapper(self._in_turn))
        return self

    def __exit__(self, *error: object) -> None:
        with self._held:
            self._wait()

    def _in_turn(self, execute: Callable[..., Any], *statement: Any) -> Any:
        """What Django asks for through the same connection, when the chunk under way is through."""
        self._wait()
        return execute(*statement)

    def run(self, statement: str, values: Any) -> None:
        """One more statement of the same transaction."""
        if self._pool is None:
            self._cursor.execute(statement, values)
        else:
            self._wait()
            self._running = self._pool.submit(self._cursor.cursor.execute, statement, values)

    def send(self, rows: Rows) -> None:
        """The rows of one chunk."""
        if self._pool is None:
            _insert(self._cursor, rows)
        else:
            self._wait()
            self._running = self._pool.submit(_copy, self._cursor.cursor, rows)

    def _wait(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            with connection.wrap_database_errors:
                running.result()


def _copy(cursor: Any, rows: Rows) -> None:
    trail.copy_texts(cursor, trail.ENTRIES, rows.entries)
    for target, found in rows.tables.items():
        if found:
            trail.copy_texts(cursor, target, found)


def _insert(cursor: Any, rows: Rows) -> None:
    cursor.execute(*insert_of(rows))


def insert_of(rows: Rows) -> tuple[str, list[str | None]]:
    """One string of statements and its values, for rows spelled FOR_INSERT."""
    statements: list[str] = []
    values: list[str | None] = []
    for target, found in [(trail.ENTRIES, rows.entries), *rows.tables.items()]:
        if found:
            # Every value by itself: psycopg2 spells a tuple in Python, a value in C.
            row = "(" + ",".join(["%s"] * len(found[0])) + ")"
            given = ",".join([row] * len(found))
            statements.append(f"INSERT INTO {target.table} ({target.columns}) VALUES {given}")  # noqa: S608
            for one in found:
                values.extend(one)
    return ";".join(statements), values
