"""A database of many orders as they really are, for the rows about backups: every order has a customer key, keyed
indexes, two lines, an entry in the trail and a customer who opens under his key; all of it sealed and verifying."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

from django.utils import timezone

from bench.row1_intake import empty, owner
from bench.row6_verify import SEALS, asleep, seal_all
from office import crypto
from office.audit.verify import HEADER_SQL
from orders.keys import Key
from orders.selectors.verification import DIGEST_SQL, LINES_SQL
from orders.services.shops import get_or_create_shop

_FILL = [
    """
    INSERT INTO orders_customerkey (id, wrapped, kek, identity, created_at, erased_by_name, erased_reason, erased_note)
    SELECT n, decode('{wrapped}', 'hex'), '{kek}', sha256(n::text::bytea), now(), '', '', ''
    FROM generate_series(1, %(orders)s) n
    """,
    """
    INSERT INTO orders_order (id, shop_id, number, received_at, placed_at, currency, total, paid, source, historical,
        customer_key_id, sealed, terms, digest, entry_id)
    SELECT n, %(shop)s, 'N' || n, now(), now() - interval '1 minute', 'CNY', 100 + n %% 900, 100, 'csv', false, n,
        b.sealed, sha256(n::text::bytea), '', n
    FROM generate_series(1, %(orders)s) n JOIN bench_blob b ON b.id = n
    """,
    """
    INSERT INTO orders_orderline (order_id, position, sku, title, quantity, price, amount)
    SELECT n, p, 'SKU-' || (n * p) %% 2000, '保温杯 ' || p || ' 号 500ml 便携不锈钢真空', p, 50, 50 * p
    FROM generate_series(1, %(orders)s) n, generate_series(1, 2) p ORDER BY n, p
    """,
    """
    INSERT INTO orders_customerindex (order_id, customer_key_id, phone, last4, grams)
    SELECT n, n, substr(sha256(('p' || n)::bytea), 1, 16), substr(sha256((n %% 10000)::text::bytea), 1, 16),
        ARRAY[substr(sha256((n %% 700)::text::bytea), 1, 16), substr(sha256((n %% 900)::text::bytea), 17, 16)]
    FROM generate_series(1, %(orders)s) n
    """,
    "ANALYZE orders_order, orders_orderline",
    "UPDATE orders_order SET digest = d FROM (SELECT o.id AS i, {digest} AS d FROM orders_order o"
    " JOIN {lines} l ON l.order_id = o.id) AS made WHERE id = i",
    """
    INSERT INTO audit_entry (id, at, verb, subject_type, subject_id, subject_label, actor_id, actor_name, acting_for,
        clause, canonical, digest, tx)
    SELECT id, at, verb, subject_type, subject_id, subject_label, actor_id, actor_name, acting_for, clause, c,
        sha256(c), tx
    FROM (SELECT *, {header} || convert_to(data, 'UTF8') AS c FROM (
        SELECT o.id, timestamptz '2026-01-01' + o.id * interval '1 second' AS at, 'orders.received'::varchar AS verb,
            'order'::varchar AS subject_type, o.id::varchar AS subject_id,
            ('BENCH/N' || o.id)::varchar AS subject_label,
            (o.id %% 40)::bigint AS actor_id, ('员工' || o.id %% 40)::varchar AS actor_name, ''::varchar AS acting_for,
            'C7.5'::varchar AS clause,
            '{{"digest":"' || encode(o.digest, 'hex') || '","source":"csv"}}' AS data,
            ((o.id - 1) * %(seals)s / %(orders)s + 3)::text::xid8 AS tx
        FROM orders_order o) AS made) AS m ORDER BY id
    """,
    "DROP TABLE bench_blob",
]


def fill(orders: int) -> None:
    """Instead of whatever was there."""
    empty()
    shop = get_or_create_shop(code="BENCH", by=None, now=timezone.now())
    secret = crypto.new_key()
    kek, wrapped = crypto.wrap(secret)
    _blobs(Key(secret), orders)
    words = {
        "digest": DIGEST_SQL.replace("%", "%%"), "lines": LINES_SQL.replace("%", "%%"),
        "header": HEADER_SQL.replace("%", "%%"), "wrapped": wrapped.hex(), "kek": kek,
    }  # fmt: skip
    statements = [each.format(**words) if "{" in each else each for each in _FILL]
    asleep(
        "TRUNCATE audit_entry, audit_seal",
        *statements,
        values={"shop": shop.pk, "orders": orders, "seals": SEALS},
    )
    seal_all()


def _blobs(key: Key, orders: int) -> None:
    own = owner()
    own.autocommit = True
    with own.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_blob; CREATE TABLE bench_blob (id bigint, sealed bytea)")
        cursor.copy_expert("COPY bench_blob FROM STDIN (FORMAT binary)", _Rows(_copied(key, orders)))
        cursor.execute("ANALYZE bench_blob")
    own.close()


def _copied(key: Key, orders: int) -> Iterator[bytes]:
    """PostgreSQL's binary COPY of (id, sealed)."""
    yield b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
    for number in range(1, orders + 1):
        customer = {
            "name": f"张{number % 997}",
            "phone": f"138{number:08d}",
            "address": f"上海市世纪大道{number}号",
        }
        blob = key.seal_customer(number, customer)
        yield struct.pack(">hiqi", 2, 8, number, len(blob)) + blob
    yield struct.pack(">h", -1)


class _Rows:
    """`read(n)` over what an iterator yields; `readline` for the type only, COPY never calls it."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._left = pieces, b""

    def readline(self, _size: int = -1) -> bytes:
        raise io.UnsupportedOperation("this is no text")

    def read(self, size: int = -1) -> bytes:
        parts, have = [self._left], len(self._left)
        while (size < 0 or have < size) and (piece := next(self._pieces, None)) is not None:
            parts.append(piece)
            have += len(piece)
        whole = b"".join(parts)
        size = len(whole) if size < 0 else size
        self._left = whole[size:]
        return whole[:size]
