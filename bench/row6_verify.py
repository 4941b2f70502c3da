"""Row 6: verify_ledger over 1,000,000 entries, against one SQL pass that recomputes the same digests.

A million entries, 200,000 of them the making of an order with two lines, sealed by 200 seals. `verify` recomputes
entries, seals, chain and orders and compares them with the columns and with each other. The other side is one pass
that recomputes the digest of each entry from its canonical bytes and of each order from its columns and lines, and
compares them with nothing but the stored digest. Reach: at least 0.4 of its speed. Then an edit, a deletion, a swap, an
insertion and a cut tail are made with sleeping triggers, and all must be found.

    ./dev bench 6 [--scale 1.0]
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "bench"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecdept.settings")

import django

django.setup()

from django.db import connection
from django.utils import timezone

from bench.row1_intake import empty, owner
from office.audit import sealslog
from office.audit.canonical import seal_digest, seal_header
from office.audit.models import Seal
from office.audit.sealing import NO_DIGEST, system_identifier
from office.audit.verify import HEADER_SQL, verify
from orders.selectors.verification import DIGEST_SQL, LINES_SQL
from orders.services.shops import get_or_create_shop

ENTRIES = 1_000_000
SEALS = 200

FILL = [
    """
    INSERT INTO orders_order (id, shop_id, number, received_at, placed_at, currency, total, paid, source, historical,
        customer_key_id, sealed, terms, digest, entry_id)
    SELECT n, %(shop)s, 'N' || n, now(), now() - interval '1 minute', 'CNY', 100 + n %% 900, 100, 'csv', false, n,
        decode(repeat(md5(n::text), 12), 'hex'), sha256(n::text::bytea), '', n * 5
    FROM generate_series(1, %(orders)s) n
    """,
    """
    INSERT INTO orders_orderline (order_id, position, sku, title, quantity, price, amount)
    SELECT n, p, 'SKU-' || (n * p) %% 2000, '保温杯 ' || p || ' 号 500ml 便携不锈钢真空', p, 50, 50 * p
    FROM generate_series(1, %(orders)s) n, generate_series(1, 2) p ORDER BY n, p
    """,
    "ANALYZE orders_order, orders_orderline",
    "UPDATE orders_order SET digest = d FROM (SELECT o.id AS i, {digest} AS d FROM orders_order o"
    " JOIN {lines} l ON l.order_id = o.id) AS made WHERE id = i",
    """
    CREATE TEMP TABLE made AS SELECT n AS id, timestamptz '2026-01-01' + n * interval '1 second' AS at,
        CASE WHEN o.id IS NULL THEN 'orders.contact' ELSE 'orders.received' END::varchar AS verb, 'order'::varchar AS
        subject_type, coalesce(o.id, (n + 4) / 5)::varchar AS subject_id,
        ('BENCH/N' || coalesce(o.id, (n + 4) / 5))::varchar AS subject_label, (n %% 40)::bigint AS actor_id,
        ('员工' || n %% 40)::varchar AS actor_name, ''::varchar AS acting_for, 'C7.5'::varchar AS clause,
        CASE WHEN o.id IS NULL THEN '{{"channel":"phone","outcome":"reached"}}'
             ELSE '{{"digest":"' || encode(o.digest, 'hex') || '","source":"csv"}}' END AS data,
        ((n - 1) * %(seals)s / %(entries)s + 3)::text::xid8 AS tx
    FROM generate_series(1, %(entries)s) n LEFT JOIN orders_order o ON o.entry_id = n
    """,
    """
    INSERT INTO audit_entry (id, at, verb, subject_type, subject_id, subject_label, actor_id, actor_name, acting_for,
        clause, canonical, digest, tx)
    SELECT id, at, verb, subject_type, subject_id, subject_label, actor_id, actor_name, acting_for, clause, c,
        sha256(c), tx
    FROM (SELECT *, {header} || convert_to(data, 'UTF8') AS c FROM made) AS m ORDER BY id
    """,
    "DROP TABLE made",
]

BASE = [
    "SELECT count(*) FROM audit_entry WHERE sha256(canonical) = digest",
    f"SELECT count(*) FROM orders_order o JOIN {LINES_SQL} l ON l.order_id = o.id WHERE o.digest = {DIGEST_SQL}",
]


def asleep(*statements: str, values: dict[str, int] | None = None) -> None:
    """As the owner of the tables, who can put his own triggers to sleep."""
    own = owner()
    own.autocommit = True
    with own.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'law_insert_only%'"
        )
        law = [row[0] for row in cursor.fetchall()]
        for table in law:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(statement, values)
        for table in law:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("VACUUM ANALYZE audit_entry, orders_order, orders_orderline")
    own.close()


def fill(entries: int) -> None:
    empty()
    shop = get_or_create_shop(code="BENCH", by=None, now=timezone.now())
    words = {"digest": DIGEST_SQL, "lines": LINES_SQL, "header": HEADER_SQL}
    statements = [
        statement.format(**{k: v.replace("%", "%%") for k, v in words.items()})
        if "{" in statement
        else statement
        for statement in FILL
    ]
    values = {"shop": shop.pk, "orders": entries // 5, "entries": entries, "seals": SEALS}
    asleep("TRUNCATE audit_entry, audit_seal", *statements, values=values)
    seal_all()


def seal_all() -> None:
    """One seal per transaction number, as the sealer would have made them minute by minute."""
    from office.audit.merkle import nodes_sql, root_of

    previous, last_id = NO_DIGEST, 0
    with connection.cursor() as cursor:
        system = system_identifier(cursor)
        for number in range(1, SEALS + 1):
            tx = number + 2
            cursor.execute(nodes_sql("tx >= %s::xid8 AND tx < %s::xid8"), [str(tx), str(tx + 1)])
            rows = cursor.fetchall()
            root, count = root_of([bytes(row[0]) for row in rows]), sum(row[1] for row in rows)
            last_id = max(last_id, *(row[2] for row in rows))
            now = timezone.now()
            digest = seal_digest(
                previous, root, seal_header(number, 1, system, str(tx + 1), now, count, last_id)
            )
            Seal.objects.create(
                id=number, era=1, system_identifier=system, h=str(tx + 1), at=now, entries=count, last_id=last_id,
                root=root, previous=previous, digest=digest,
            )  # fmt: skip
            previous = digest


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def base(entries: int) -> None:
    with connection.cursor() as cursor:
        for statement, expected in zip(BASE, (entries, entries // 5), strict=True):
            cursor.execute(statement)
            assert cursor.fetchone()[0] == expected


def check() -> None:
    report = verify()
    assert report.ok, report.findings[:3]


def run(entries: int) -> float:
    fill(entries)
    bases, verifies = [], []
    for _round in range(3):
        bases.append(timed(lambda: base(entries)))
        verifies.append(timed(check))
    raw, full = statistics.median(bases), statistics.median(verifies)
    print(
        f"row 6: {entries:,} entries, {entries // 5:,} orders with {entries // 5 * 2:,} lines, {SEALS} seals"
    )
    for what, took, rounds in (("one SQL pass", raw, bases), ("verify_ledger", full, verifies)):
        print(
            f"  {what:14} {entries / took:10,.0f} entries/s   [{', '.join(f'{each:.2f}' for each in rounds)}] s"
        )
    print(f"  ratio {raw / full:.2f} (asked ≥ 0.4)", flush=True)
    return full / entries


TAMPERS = {
    "an edited order": "UPDATE orders_order SET total = 1 WHERE number = 'N7'",
    "an edited line": "UPDATE orders_orderline SET quantity = 99 WHERE order_id = 8 AND position = 2",
    "a deleted order": "DELETE FROM orders_orderline WHERE order_id = 9; DELETE FROM orders_order WHERE id = 9",
    "an edited entry": "UPDATE audit_entry SET actor_name = 'x' WHERE id = 11",
    "a deleted entry": "DELETE FROM audit_entry WHERE id = 12",
    "two swapped entries": "UPDATE audit_entry a SET (canonical, digest, verb, subject_id) = (SELECT canonical, digest,"
    " verb, subject_id FROM audit_entry b WHERE b.id = 27 - a.id) WHERE a.id IN (13, 14)",
    "an inserted entry": "INSERT INTO audit_entry (id, at, verb, subject_type, subject_id, subject_label, actor_name,"
    " acting_for, clause, canonical, digest, tx) SELECT (SELECT max(id) + 1 FROM audit_entry), at, verb, subject_type,"
    " subject_id, subject_label, actor_name, acting_for, clause, canonical, digest, tx FROM audit_entry WHERE id = 16",
    "a cut tail": f"DELETE FROM audit_seal WHERE id = {SEALS}; DELETE FROM audit_entry WHERE tx >= '{SEALS + 2}'::xid8;"
    f" DELETE FROM orders_orderline l USING orders_order o WHERE o.id = l.order_id AND o.entry_id NOT IN"
    " (SELECT id FROM audit_entry); DELETE FROM orders_order WHERE entry_id NOT IN (SELECT id FROM audit_entry)",
}


def tamper(entries: int) -> None:
    """Each change alone, on a small ledger; the last against a copy of seals.log."""
    for what, statement in TAMPERS.items():
        fill(entries)
        with tempfile.TemporaryDirectory() as folder:
            anchor = Path(folder) / "anchor.log"
            anchor.write_text("".join(sealslog.line_of(seal) + "\n" for seal in Seal.objects.order_by("id")))
            asleep(statement.replace("%", "%%"))
            found = verify(anchor=anchor).findings
        print(f"  {what:20} {'found: ' + found[0] if found else 'NOT FOUND'}")
        assert found, what


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    options = parser.parse_args()
    entries = int(ENTRIES * options.scale)
    large = run(entries)
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB (asked < 300)")
    small = run(entries // 10)
    print(f"  cost of an entry, ten times the size: × {large / small:.2f}")
    tamper(5_000)
    empty()
    asleep("TRUNCATE audit_seal")


if __name__ == "__main__":
    main()
