"""Facts about an order that came after it was made (C7.5): written beside it, never into it."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from office.audit import api as audit
from orders.keys import event_text, open_key
from orders.models import CustomerKey, Order, OrderEvent
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
        row = CustomerKey.objects.select_for_update(no_key=True).filter(pk=order.customer_key_id).first()
        if row is None or row.wrapped is None:
            return None
        key, text = open_key(row.kek, row.wrapped), event_text(content)
        sealed = key.seal_event(order.pk, text)
        with connection.cursor() as cursor:
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
