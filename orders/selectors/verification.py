"""The order ledger recomputed in SQL, for `verify_ledger`: each order with its lines, each event beside it, and each
contact record, against its audit entry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_TIME = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


def _joined(*values: str) -> str:
    """The values with U+001F between them."""
    return r", E'\x1f', ".join(values)


#: orders.digest.line_text
LINE_SQL = r"concat(E'\x1e', " + _joined(
    "position", "quantity", "price", "amount", "length(sku)", "sku", "length(title)", "title)"
)
#: orders.digest.order_digest: `o` is the order, `l` its lines (count, text).
DIGEST_SQL = (
    "sha256(convert_to(concat("
    + _joined(
        "'1'",
        "o.id",
        "o.entry_id",
        "o.customer_key_id",
        "o.shop_id",
        _TIME.format("o.received_at"),
        _TIME.format("o.placed_at"),
        "o.currency",
        "o.total",
        "o.paid",
        "o.source",
        "o.historical",
        "o.batch_id",
        "length(o.number)",
        "o.number",
        "l.count, l.text",
    )
    + "), 'UTF8') || o.terms || o.sealed)"
)
LINES_SQL = f"""(SELECT order_id, count(*) AS count, string_agg({LINE_SQL}, '' ORDER BY position) AS text
 FROM orders_orderline GROUP BY order_id)"""  # noqa: S608 - constants

_LIMIT = 1000


def _named(thing: str, *verbs: str) -> str:
    """The rows id, subject_id, subject_label, number, digest: what the entries of these verbs say of the row of a table
    that they name, `"digest":"…"` and the thing's `"event":7` in their data.

    Cut out of the bytes read by `escape`, which no tampering can make fail. The data are the last part and JSON, so
    nobody's words can look like a key. Not by a regular expression: that takes a hundred times as long.
    """
    listed = ", ".join(f"'{verb}'" for verb in verbs)
    return rf"""
    SELECT id, subject_id, subject_label, digits::bigint AS number, digest FROM (
        SELECT id, subject_id, subject_label,
               substring(data FROM strpos(data, '"digest":"') + 10 FOR 64) AS digest,
               rtrim(split_part(substring(data FROM strpos(data, '"{thing}":') + {len(thing) + 3} FOR 20), ',', 1),
                     '}}') AS digits
        FROM (SELECT id, subject_id, subject_label, split_part(encode(canonical, 'escape'), E'\x1f', -1) AS data
              FROM audit_entry WHERE verb IN ({listed}) OFFSET 0) AS entry
        WHERE strpos(data, '"{thing}":') > 0 AND strpos(data, '"digest":"') > 0 OFFSET 0) AS said
    WHERE CASE WHEN length(digits) BETWEEN 1 AND 18 THEN translate(digits, '0123456789', '') = '' ELSE false END
    """  # noqa: S608 - constants


#: The row and its lines must still have the digest that the row names …
_CHANGED = f"""
SELECT o.id, coalesce(s.code, '#' || o.shop_id), o.number, o.entry_id, false, false, false
FROM orders_order o
LEFT JOIN {LINES_SQL} AS l ON l.order_id = o.id
LEFT JOIN orders_shop s ON s.id = o.shop_id
WHERE o.digest IS DISTINCT FROM {DIGEST_SQL}
LIMIT {_LIMIT}
"""  # noqa: S608 - constants

#: … and its entry must speak of this very order, hold that digest, and the event that came with it must be there. Two
#: statements: this one runs in parallel.
_MISMATCHED = f"""
SELECT o.id, coalesce(s.code, '#' || o.shop_id), o.number, o.entry_id,
       e.id IS NULL, e.verb IS DISTINCT FROM 'orders.received' OR e.subject_id IS DISTINCT FROM o.id::text,
       position(convert_to('"digest":"' || encode(o.digest, 'hex') || '"', 'UTF8') IN e.canonical) > 0
FROM orders_order o
LEFT JOIN audit_entry e ON e.id = o.entry_id
LEFT JOIN orders_shop s ON s.id = o.shop_id
WHERE e.id IS NULL OR e.verb <> 'orders.received' OR e.subject_id <> o.id::text
   OR position(convert_to('"digest":"' || encode(o.digest, 'hex') || '"', 'UTF8') IN e.canonical) = 0
   OR (position('"facts":"'::bytea IN e.canonical) > 0 AND NOT EXISTS (
           SELECT FROM orders_orderevent v WHERE v.order_id = o.id
             AND position(
                 convert_to('"facts":"' || encode(sha256(v.sealed), 'hex') || '"', 'UTF8') IN e.canonical) > 0))
LIMIT {_LIMIT}
"""  # noqa: S608 - constants

_DELETED = f"""
SELECT e.subject_label, e.id FROM audit_entry e LEFT JOIN orders_order o ON o.entry_id = e.id
WHERE e.verb = 'orders.received' AND o.id IS NULL ORDER BY e.id LIMIT {_LIMIT}
"""  # noqa: S608 - constants

_LINES_OF_NOTHING = f"""
SELECT DISTINCT l.order_id FROM orders_orderline l LEFT JOIN orders_order o ON o.id = l.order_id
WHERE o.id IS NULL AND NOT EXISTS (
    SELECT FROM audit_entry e WHERE e.subject_type = 'order' AND e.subject_id = l.order_id::text
      AND e.verb = 'orders.received')
ORDER BY l.order_id LIMIT {_LIMIT}
"""  # noqa: S608 - constants


#: An event beside an order must still be the ciphertext whose digest its entry names (its own, or the order's for what
#: came with it), and no entry without its event.
_EVENTS = f"""
WITH named AS MATERIALIZED ({_named("event", "orders.event", "orders.conflict")})
SELECT coalesce(n.subject_label, coalesce(s.code, '#' || o.shop_id) || '/' || o.number, '#' || v.order_id), n.id, v.id
FROM named n FULL JOIN orders_orderevent v ON v.id = n.number
LEFT JOIN orders_order o ON o.id = v.order_id
LEFT JOIN orders_shop s ON s.id = o.shop_id
LEFT JOIN audit_entry r ON r.id = o.entry_id AND n.id IS NULL
WHERE v.id IS NULL
   OR n.id IS NOT NULL AND (v.order_id::text <> n.subject_id OR encode(sha256(v.sealed), 'hex') <> n.digest)
   OR n.id IS NULL AND coalesce(position(
          convert_to('"facts":"' || encode(sha256(v.sealed), 'hex') || '"', 'UTF8') IN r.canonical), 0) = 0
ORDER BY n.id, v.id LIMIT {_LIMIT}
"""  # noqa: S608 - constants

#: orders.digest.contact_digest
_CONTACT_SQL = (
    "sha256(convert_to(concat("
    + _joined(
        "'1'",
        "c.id",
        "c.order_id",
        "c.by_id",
        _TIME.format("c.at"),
        "c.channel",
        "c.outcome",
        "c.goods_confirmed",
        "c.amount_confirmed",
        "c.address_confirmed",
        "c.phone_confirmed",
        _TIME.format("c.next_try_at"),
    )
    + "), 'UTF8') || coalesce(c.sealed_note, ''::bytea))"
)
#: A contact record, which alone stops the ten minutes (C7.2), must be what its entry named, and no entry without its
#: record. Entries of older versions name none: then there must be one of the same order, channel and outcome.
_CONTACTS = f"""
WITH named AS MATERIALIZED ({_named("contact", "orders.contact")})
SELECT coalesce(n.subject_label, coalesce(s.code, '#' || o.shop_id) || '/' || o.number, '#' || c.order_id), n.id, c.id
FROM named n FULL JOIN orders_contactrecord c ON c.id = n.number
LEFT JOIN orders_order o ON o.id = c.order_id
LEFT JOIN orders_shop s ON s.id = o.shop_id
WHERE c.id IS NULL
   OR n.id IS NOT NULL AND (c.order_id::text <> n.subject_id OR encode({_CONTACT_SQL}, 'hex') <> n.digest)
   OR n.id IS NULL AND NOT EXISTS (
       SELECT FROM audit_entry e
       WHERE e.subject_type = 'order' AND e.subject_id = c.order_id::text AND e.verb = 'orders.contact'
         AND position('"contact":'::bytea IN e.canonical) = 0
         AND position(convert_to('"channel":"' || c.channel || '"', 'UTF8') IN e.canonical) > 0
         AND position(convert_to('"outcome":"' || c.outcome || '"', 'UTF8') IN e.canonical) > 0)
ORDER BY n.id, c.id LIMIT {_LIMIT}
"""  # noqa: S608 - constants


def count(cursor: Any) -> int:
    cursor.execute("SELECT count(*) FROM orders_order")
    return int(cursor.fetchone()[0])


def findings(cursor: Any) -> Iterator[str]:
    """ "order SHOP/NUMBER: REASON" for each order that is not what its audit entry says."""
    found: dict[int, tuple[Any, ...]] = {}
    for statement in (_MISMATCHED, _CHANGED):  # what is wrong with the entry says more, so it comes first
        cursor.execute(statement)
        for order_id, *row in cursor.fetchall():
            found.setdefault(order_id, tuple(row))
    for _order_id, (shop, number, entry_id, no_entry, other_entry, no_event) in sorted(found.items()):
        if no_entry:
            reason = "no audit entry made it"
        elif other_entry:
            reason = f"its audit entry {entry_id} is about something else"
        elif no_event:
            reason = f"the event that came with it is not the one of audit entry {entry_id}"
        else:
            reason = f"it or its lines are not what audit entry {entry_id} says"
        yield f"order {shop}/{number}: {reason}"
    cursor.execute(_DELETED)
    for label, entry_id in cursor.fetchall():
        yield f"order {label}: deleted, audit entry {entry_id} still stands"
    cursor.execute(_LINES_OF_NOTHING)
    for (order_id,) in cursor.fetchall():
        yield f"order #{order_id}: lines of an order that is not there"
    yield from _beside(cursor, _EVENTS, "event", "an event beside it")
    yield from _beside(cursor, _CONTACTS, "contact record", "a contact record")


def _beside(cursor: Any, statement: str, thing: str, one: str) -> Iterator[str]:
    """What is wrong with the things beside an order: rows of its label, the entry and the thing, null where missing."""
    cursor.execute(statement)
    for label, entry, found in cursor.fetchall():
        if found is None:
            reason = f"{one} was deleted, audit entry {entry} still stands"
        elif entry is None:
            reason = f"no audit entry made its {thing} {found}"
        else:
            reason = f"its {thing} {found} is not what audit entry {entry} says"
        yield f"order {label}: {reason}"
