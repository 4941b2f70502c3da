"""A new index key: the keyed hashes of orders' customers, of refused rows and of messages made anew (office.crypto).

Everything is made from what lies sealed beside it. Hashes of what is erased are taken away: nothing is left to make
them from.
"""

from __future__ import annotations

import secrets

from django.db import connection

from office import crypto
from orders import traces
from orders.intake.kept import open_cells
from orders.keys import open_key
from orders.models import Order, RejectedRow, WebhookReceipt
from orders.people import complete_phone
from orders.selectors.customers import customer_data, index_hashes, phone_hash
from orders.services.booking.keys import under_key_of_now
from orders.services.booking.writing import bytea_array
from orders.services.receipts import body_of

_CUSTOMERS = (
    "SELECT o.id, o.sealed, k.kek, k.wrapped FROM orders_order o"
    " LEFT JOIN orders_customerkey k ON k.id = o.customer_key_id AND k.wrapped IS NOT NULL"
    " WHERE o.id > %s ORDER BY o.id LIMIT %s"
)
_INDEX = (
    "UPDATE orders_customerindex AS t SET phone = g.phone, last4 = g.last4, grams = g.grams::bytea[]"
    " FROM unnest(%s::bigint[], %s::bytea[], %s::bytea[], %s::text[]) AS g (id, phone, last4, grams)"
    " WHERE t.order_id = g.id AND (t.phone, t.last4, t.grams) IS DISTINCT FROM (g.phone, g.last4, g.grams::bytea[])"
)


def reindex_customers(after: int, limit: int) -> tuple[int | None, int]:
    """Who an order's customer is (the shared key of one phone) and by what he is found."""
    with connection.cursor() as cursor:
        cursor.execute(_CUSTOMERS, [after, limit])
        rows = cursor.fetchall()
        if not rows:
            return None, 0
        phones: set[str] = set()
        made = []
        for order_id, sealed, kek, wrapped in rows:
            if wrapped is None:
                continue
            customer = customer_data(open_key(kek, wrapped).open_customer(order_id, sealed))
            phone = complete_phone(customer.phone)
            if phone:
                phones.add(phone)
            found = index_hashes(customer.name, customer.phone, phone_hash(phone) if phone else None)
            made.append((order_id, *found[:2], bytea_array(found[2])))
        # An erasure meanwhile holds the customer's key and has deleted the row: then nothing is written here.
        statement = under_key_of_now(sorted(phones))
        if statement is not None:
            cursor.execute(*statement)
        cursor.execute(_INDEX, [list(column) for column in zip(*made, strict=True)] or [[], [], [], []])
        return rows[-1][0], cursor.rowcount


def reindex_refused_rows(after: int, limit: int) -> tuple[int | None, int]:
    """Traces of refused rows. The batch's own order numbers are found again among its cells."""
    rows = list(
        RejectedRow.objects.filter(pk__gt=after, traces__isnull=False)
        .select_related("batch")
        .select_for_update(of=("self",))
        .order_by("pk")[:limit]
    )
    if not rows:
        return None, 0
    numbers = dict(
        Order.objects.filter(pk__in={row.order_id for row in rows if row.order_id}).values_list(
            "pk", "number"
        )
    )
    changed = []
    for row in rows:
        batch, kept = row.batch, {bytes(trace) for trace in row.traces or ()}
        if batch.wrapped_key is None:
            again: list[bytes] = []
        else:
            cells = open_cells(crypto.unwrap(batch.kek, batch.wrapped_key), batch.pk, row.row, row.sealed)
            again = traces.again_of_cells(batch.shop_id, kept, numbers.get(row.order_id or 0, ""), cells)
        if set(again) != kept:
            row.traces = again
            changed.append(row)
    RejectedRow.objects.bulk_update(changed, ["traces"])
    return rows[-1].pk, len(changed)


def reindex_messages(after: int, limit: int) -> tuple[int | None, int]:
    """What a message's body is known by, and its traces; its own id where it came without one."""
    receipts = list(WebhookReceipt.objects.filter(pk__gt=after).select_for_update().order_by("pk")[:limit])
    if not receipts:
        return None, 0
    changed = [receipt for receipt in receipts if _again(receipt)]
    WebhookReceipt.objects.bulk_update(changed, ["body_digest", "message_id", "traces"])
    return receipts[-1].pk, len(changed)


def _again(receipt: WebhookReceipt) -> bool:
    """Whether anything of it was under another key."""
    was, body = bytes(receipt.body_digest), body_of(receipt)
    if body is None:
        digest = b""
    else:
        digest = crypto.mac("webhook-body", receipt.topic.encode() + b"\n" + body)
    if was == digest:
        return False
    receipt.body_digest = digest
    if body is not None and receipt.traces is not None:
        receipt.traces = traces.of_body(receipt.shop_id, body)
    # A body that came without an id, or under the id of another, is named by its hash. The same body may have come
    # again meanwhile and be named by its new hash already, so this one gets a name that nothing can be tried against.
    name = f"-{secrets.token_hex(16)}"
    if receipt.message_id == f"body-{was.hex()}":
        receipt.message_id = f"body{name}"
    elif was and receipt.message_id.endswith(f"#{was.hex()[:32]}"):
        receipt.message_id = receipt.message_id[:-33] + "#" + name[1:]
    return True


STEPS = {
    "indexes of customers": (reindex_customers, ("phone", "last4", "name")),
    "indexes of refused rows": (reindex_refused_rows, ("phone", "order-number")),
    "indexes of messages": (reindex_messages, ("phone", "order-number", "webhook-body")),
}
