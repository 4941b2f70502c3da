"""The rows of new orders, and how they reach the tables: COPY for many, one multi-statement round trip for few."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connection

from office.audit import services as trail
from office.audit.services import Act
from orders import digest as canonical
from orders.keys import Key, event_text
from orders.models import OrderEvent
from orders.selectors.customers import index_hashes
from orders.services.booking.prepare import Prepared, customer_blob, facts_of
from orders.subjects import order_subject

if TYPE_CHECKING:
    from office.staff.models import Employee
    from orders.models import Shop

ORDER = (
    "orders_order (id, shop_id, number, received_at, placed_at, currency, total, paid, source, historical, batch_id,"
    " customer_key_id, sealed, terms, digest, entry_id)"
)
LINE = "orders_orderline (order_id, position, sku, title, quantity, price, amount)"
PROGRESS = (
    "orders_orderprogress (order_id, state, shop_id, number, received_at, total, currency, goods, due_at, due_rule,"
    " closed_at, tries, returned_reason, version)"
)
INDEX = "orders_customerindex (order_id, customer_key_id, phone, last4, grams)"
EVENT = "orders_orderevent (order_id, kind, source, batch_id, recorded_at, fingerprint, sealed)"
#: Foreign keys ask for this order of tables.
TABLES = (ORDER, LINE, PROGRESS, INDEX, EVENT)


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


@dataclass(slots=True)
class Rows:
    """Rows by table, and the entries that vouch for them."""

    tables: dict[str, list[tuple[object, ...]]] = field(
        default_factory=lambda: {table: [] for table in TABLES}
    )
    entries: list[trail.EntryRow] = field(default_factory=list)


def add_order(
    rows: Rows, context: Context, new: Prepared, order_id: int, entry_id: int, customer: tuple[int, Key]
) -> None:
    """The rows of one new order."""
    order, shop_id, received = new.order, context.shop.pk, context.now_text
    key_id, key = customer
    sealed = key.seal_customer(order_id, customer_blob(order))
    terms = key.terms(new.canonical)
    lines = []
    line_rows = rows.tables[LINE]
    for position, line in enumerate(new.terms.lines, 1):
        lines.append(
            canonical.line_text(position, line.quantity, line.price, line.amount, line.sku, line.title)
        )
        line_rows.append((order_id, position, line.sku, line.title, line.quantity, line.price, line.amount))
    total, paid = new.terms.total, new.terms.paid
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
        historical=context.historical,
        batch_id=context.batch_id,
        number=new.number,
        lines=lines,
        line_count=len(lines),
        terms=terms,
        sealed=sealed,
    )
    rows.tables[ORDER].append(
        (order_id, shop_id, new.number, received, new.placed_at or None, order.currency, total, paid, context.source,
         context.historical, context.batch_id, key_id, sealed, terms, digest, entry_id)
    )  # fmt: skip
    rows.tables[PROGRESS].append(
        (order_id, "closed" if context.historical else "waiting", shop_id, new.number, received, total, order.currency,
         new.goods, context.due_at, context.due_rule, received if context.historical else None, 0, "", 0)
    )  # fmt: skip
    buyer = order.customer
    if buyer.name or buyer.phone:
        phone, last4, grams = index_hashes(buyer.name, buyer.phone)
        if phone or last4 or grams:
            rows.tables[INDEX].append((order_id, key_id, phone, last4, bytea_array(grams)))
    data: dict[str, Any] = {"digest": digest.hex(), "source": context.source}
    if context.batch_id is not None:
        data["batch"] = context.batch_id
    facts = facts_of(order)
    if facts is not None:
        data["facts"] = add_event(rows, context, order_id, key, kind_of(new), facts)
    subject = order_subject(order_id, context.shop.code, new.number)
    act = Act("orders.received", subject, data, "C7.5", "", entry_id)
    rows.entries.append(trail.entry_row(act, by=context.by, at_text=received, entry_id=entry_id))


def kind_of(new: Prepared) -> str:
    kinds = OrderEvent.Kind
    return kinds.CANCELLED_IN_SHOP.value if new.order.cancelled else kinds.SHOP.value


def add_event(
    rows: Rows, context: Context, order_id: int, key: Key, kind: str, content: dict[str, Any]
) -> str:
    """An event of an order that is new in this call; the digest of its ciphertext."""
    text = event_text(content)
    sealed = key.seal_event(order_id, text)
    rows.tables[EVENT].append(
        (
            order_id,
            kind,
            context.source,
            context.batch_id,
            context.now_text,
            key.fingerprint(kind, text),
            sealed,
        )
    )
    return hashlib.sha256(sealed).hexdigest()


def bytea_array(values: list[bytes]) -> str:
    """The text form of bytea[]."""
    return "{" + ",".join([f'"\\\\x{value.hex()}"' for value in values]) + "}"


def write(rows: Rows) -> None:
    """All rows into their tables, as whoever this connection is: the application."""
    with connection.cursor() as cursor:
        if len(rows.tables[ORDER]) >= trail.COPY_FROM:
            trail.write_rows(rows.entries)
            for table, found in rows.tables.items():
                if found:
                    trail.copy_rows(cursor, table, found)
            return
        entries: list[tuple[object, ...]] = [tuple(entry) for entry in rows.entries]
        statements, values = [], []
        for table, found in [(f"audit_entry ({trail.COLUMNS})", entries), *rows.tables.items()]:
            if found:
                statements.append(f"INSERT INTO {table} VALUES " + ",".join(["%s"] * len(found)))  # noqa: S608
                values.extend(found)
        if statements:
            cursor.execute(";".join(statements), values)
