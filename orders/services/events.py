"""Facts about an order that came after it was made (C7.5): written beside it, never into it."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from office.audit import api as audit
from orders.keys import event_text, open_key
from orders.models import Order, OrderEvent
from orders.services.shop_cancel import cancel_in_shop
from orders.subjects import subject_of

if TYPE_CHECKING:
    from office.staff.models import Employee


def record_event(
    *,
    order: Order,
    kind: str,
    source: str,
    content: dict[str, Any],
    by: Employee | None,
    now: dt.datetime,
    batch_id: int | None = None,
) -> OrderEvent | None:
    """Write an event, sealed under the customer's key, with the digest of its ciphertext in the trail.

    None when the same event (kind and content) is there already, or when the customer was erased: then nothing that
    could be personal is kept.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Shared: two events do not wait for each other, an erasure waits for both.
            cursor.execute(
                "SELECT kek, wrapped FROM orders_customerkey WHERE id = %s FOR SHARE", [order.customer_key_id]
            )
            row = cursor.fetchone()
            if row is None or row[1] is None:
                return None
            key, text = open_key(row[0], row[1]), event_text(content)
            sealed = key.seal_event(order.pk, text)
            cursor.execute(
                "INSERT INTO orders_orderevent (order_id, kind, source, batch_id, recorded_at, fingerprint, sealed)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (order_id, fingerprint) DO NOTHING RETURNING id",
                [order.pk, kind, source, batch_id, now, key.fingerprint(kind, text), sealed],
            )
            inserted = cursor.fetchone()
        if inserted is None:
            return None
        audit.record(
            "orders.event",
            subject=subject_of(order),
            by=by,
            now=now,
            clause="C7.5",
            data={"event": inserted[0], "kind": str(kind), "digest": hashlib.sha256(sealed).hexdigest()},
        )
        return OrderEvent.objects.get(pk=inserted[0])


def shop_cancelled(
    *,
    order_id: int,
    source: str,
    facts: dict[str, Any],
    by: Employee | None,
    now: dt.datetime,
    batch_id: int | None = None,
) -> bool:
    """The shop cancelled a known order: the event beside it, and its clocks stop where they still run. Whether the
    order was called off by this."""
    with transaction.atomic():
        order = Order.objects.select_related("shop").get(pk=order_id)
        record_event(
            order=order,
            kind=OrderEvent.Kind.CANCELLED_IN_SHOP,
            source=source,
            content={"facts": facts, "cancelled": True},
            by=by,
            now=now,
            batch_id=batch_id,
        )
        return cancel_in_shop(order_id=order_id, now=now)
