"""A number the ledger knows already: the same contract again, another one, or a customer who was forgotten."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from office.audit import api as audit
from office.audit.services import Act
from orders import terms
from orders.keys import Key, event_text, open_key
from orders.models import OrderEvent, OrderLine
from orders.services.booking.prepare import Prepared, facts_of, newly_stated, said
from orders.services.booking.writing import Context, kind_of
from orders.subjects import order_subject
from orders.terms import TermLine, Terms


@dataclass(slots=True)
class Standing:
    """An order in the ledger. `key` is None when its customer was erased."""

    order_id: int
    number: str
    currency: str
    total: Any
    paid: Any
    terms: bytes
    sealed: bytes
    key: Key | None
    _customer: dict[str, Any] | None = None

    def customer(self) -> dict[str, Any]:
        if self._customer is None and self.key is not None:
            self._customer = self.key.open_customer(self.order_id, self.sealed)
        return self._customer or {}


def standing(shop_id: int, numbers: Sequence[str]) -> dict[str, Standing]:
    """Orders of the shop by number, their customers' keys locked FOR SHARE against an erasure halfway."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, number, currency, total, paid, terms, sealed, customer_key_id FROM orders_order"
            " WHERE shop_id = %s AND number = ANY(%s)",
            [shop_id, list(numbers)],
        )
        found = cursor.fetchall()
        if not found:
            return {}
        cursor.execute(
            "SELECT id, kek, wrapped FROM orders_customerkey WHERE id = ANY(%s) ORDER BY id FOR SHARE",
            [sorted({row[7] for row in found})],
        )
        keys = {row[0]: None if row[2] is None else open_key(row[1], row[2]) for row in cursor.fetchall()}
    return {
        row[1]: Standing(
            row[0], row[1], row[2], row[3], row[4], bytes(row[5]), bytes(row[6]), keys.get(row[7])
        )
        for row in found
    }


@dataclass(slots=True)
class Later:
    """What later sources add to standing orders, written at the end by one statement each."""

    #: (order, its customer's key, kind, text, fingerprint)
    events: list[tuple[Standing, Key, str, str, bytes]] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)

    def add(self, order: Standing, key: Key, kind: str, content: dict[str, Any]) -> None:
        text = event_text(content)
        self.events.append((order, key, kind, text, key.fingerprint(kind, text)))


def judge(new: Prepared, order: Standing, later: Later) -> tuple[str, str]:
    """("duplicate" | "conflict", reason). What it adds to the order goes into `later`."""
    key = order.key
    if key is None:
        return "duplicate", "erased"
    if key.terms(new.canonical) == order.terms:
        fresh: dict[str, str] = {}
    else:
        customer = order.customer()
        stands = _terms_of(order, customer)
        if key.terms(terms.canonical(terms.completed(new.terms, stands))) != order.terms:
            later.add(order, key, OrderEvent.Kind.CONFLICT.value, said(new))
            return "conflict", difference(new.terms, stands)
        fresh = newly_stated(new, customer)
    content = facts_of(new.order) or {}
    if fresh:
        content["recipient"] = fresh
    if content:
        later.add(order, key, kind_of(new), content)
    if new.order.cancelled:
        later.cancelled.append(order.order_id)
    return "duplicate", ""


def _terms_of(order: Standing, customer: dict[str, Any]) -> Terms:
    lines = OrderLine.objects.filter(order_id=order.order_id).order_by("position")
    return Terms(
        order.currency,
        order.total,
        order.paid,
        tuple(TermLine(line.sku, line.title, line.quantity, line.price, line.amount) for line in lines),
        terms.recipient_part(customer.get("name", "")),
        terms.phone_part(customer.get("phone", "")),
        terms.recipient_part(customer.get("address", "")),
    )


def difference(new: Terms, stands: Terms) -> str:
    """Which terms differ, as words for machines: "lines", "total", "recipient" …; no values."""
    both = terms.completed(new, stands)
    names = [name for name in ("currency", "total", "paid") if getattr(both, name) != getattr(stands, name)]
    if terms.line_texts(both) != terms.line_texts(stands):
        names.append("lines")
    if (both.name, both.phone, both.address) != (stands.name, stands.phone, stands.address):
        names.append("recipient")
    return " ".join(names)


def write_later(later: Later, context: Context) -> list[tuple[Standing, int]]:
    """Events that are not there yet, each with its entry; the conflicts among them with the ids of their events."""
    if not later.events:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT order_id, fingerprint FROM orders_orderevent WHERE order_id = ANY(%s)",
            [sorted({order.order_id for order, *_ in later.events})],
        )
        known = {(row[0], bytes(row[1])) for row in cursor.fetchall()}
        rows: dict[tuple[int, bytes], tuple[Standing, str, bytes]] = {}
        for order, key, kind, text, fingerprint in later.events:
            if (order.order_id, fingerprint) not in known:
                rows.setdefault(
                    (order.order_id, fingerprint), (order, kind, key.seal_event(order.order_id, text))
                )
        if not rows:
            return []
        cursor.execute(
            "INSERT INTO orders_orderevent (order_id, kind, source, batch_id, recorded_at, fingerprint, sealed)"
            " SELECT o, k, %s, %s, %s, f, s FROM unnest(%s::bigint[], %s::text[], %s::bytea[], %s::bytea[])"
            " AS g (o, k, f, s) ORDER BY o, f ON CONFLICT (order_id, fingerprint) DO NOTHING"
            " RETURNING id, order_id, fingerprint",
            [
                context.source,
                context.batch_id,
                context.now,
                [order_id for order_id, _ in rows],
                [kind for _, kind, _ in rows.values()],
                [fingerprint for _, fingerprint in rows],
                [sealed for *_, sealed in rows.values()],
            ],
        )
        written = cursor.fetchall()
    acts, conflicts = [], []
    for event_id, order_id, fingerprint in written:
        order, kind, sealed = rows[order_id, bytes(fingerprint)]
        conflict = kind == OrderEvent.Kind.CONFLICT.value
        data = {"event": event_id, "kind": kind, "digest": hashlib.sha256(sealed).hexdigest()}
        if context.batch_id is not None:
            data["batch"] = context.batch_id
        subject = order_subject(order_id, context.shop.code, order.number)
        acts.append(Act("orders.conflict" if conflict else "orders.event", subject, data, "C7.5"))
        if conflict:
            conflicts.append((order, event_id))
    audit.record_many(acts, by=context.by, now=context.now)
    return conflicts
