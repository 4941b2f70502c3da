"""Row 1: import of 60,000 parsed orders with lines, against a raw COPY of the very same final rows.

The import is `book_orders`, 1,000 orders to a transaction, as the import of a file calls it: customer keys,
ciphertext, indexes, orders, lines, digests, audit entries, progress and deadlines, all committed. The other side takes
the rows that came out of it, ciphertext and digests included, and COPYs each table in one piece into an empty table
with the same keys (primary, unique and foreign), indexes and checks, but without triggers; and once more without
foreign keys.
Reach: at least 0.25 of its rows per second.

    ./dev bench 1 [--scale 1.0]
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecdept.settings")

import django

django.setup()

import environ
import psycopg2
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from office.rulebook.models import Version
from orders.intake.incoming import IncomingCustomer, IncomingLine, IncomingOrder
from orders.models import Shop
from orders.services.booking import book_orders
from orders.services.shops import get_or_create_shop

ORDERS = 60_000
BATCH = 1_000
TABLES = (
    "orders_customerkey",
    "audit_entry",
    "orders_order",
    "orders_orderline",
    "orders_orderprogress",
    "orders_customerindex",
    "deadlines_deadline",
)


def owner() -> psycopg2.extensions.connection:
    """A connection of the login that owns the tables: it may empty and copy them."""
    parts = connection.get_connection_params()
    url = environ.Env.db_url_config(os.environ["DATABASE_OWNER_URL"])
    return psycopg2.connect(
        dbname=parts["dbname"],
        user=url["USER"],
        password=url["PASSWORD"],
        host=parts.get("host"),
        port=parts.get("port"),
    )


def empty() -> None:
    own = owner()
    own.autocommit = True
    with own.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'law_insert_only_truncate'"
        )
        law = [row[0] for row in cursor.fetchall()]
        for table in law:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
        for table in law:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    own.close()


def orders(count: int, now: dt.datetime) -> Iterator[list[IncomingOrder]]:
    """Parsed orders in batches: one to three lines, a customer each, one in ten a customer who ordered before."""
    chance = random.Random(1)
    goods = [
        (f"SKU-{n:05d}", f"保温杯 {n} 号 500ml 便携不锈钢真空", Decimal(chance.randint(100, 9900)) / 100)
        for n in range(2000)
    ]
    batch = []
    for number in range(count):
        lines = []
        for sku, title, price in chance.sample(goods, chance.randint(1, 3)):
            quantity = Decimal(chance.randint(1, 3))
            lines.append(IncomingLine(sku, title, quantity, price, price * quantity))
        total = sum((line.amount or Decimal(0) for line in lines), Decimal(0))
        person = chance.randrange(number) if number and number % 10 == 0 else number
        customer = IncomingCustomer(
            "赵钱孙李周吴郑王"[person % 8]
            + "建国伟芳娜敏静丽"[person // 8 % 8]
            + "华明强军"[person // 64 % 4],
            f"1{30 + person % 60}{person:08d}",
            f"上海市浦东新区世纪大道{person}号{person % 30 + 1}室",
            {"buyer": f"tb_{person}"},
        )
        batch.append(
            IncomingOrder(
                f"2026{number:014d}", tuple(lines), customer, now, "CNY", total, total, rows=(number + 2,)
            )
        )
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def book(shop: Shop, count: int) -> float:
    """Seconds inside the booking verb."""
    spent = 0.0
    now = timezone.now()
    for batch in orders(count, now):
        began = time.perf_counter()
        found = book_orders(shop=shop, orders=batch, source="csv", by=None, now=now)
        spent += time.perf_counter() - began
        assert all(booking.status == "inserted" for booking in found)
    return spent


_FOREIGN_KEYS = """
SELECT conrelid::regclass::text, pg_get_constraintdef(oid), confrelid::regclass::text FROM pg_constraint
WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)
"""


def copied(folder: Path) -> tuple[float, float, int]:
    """(seconds with foreign keys, seconds without, rows) of the raw COPY of what the booking left behind."""
    own = owner()
    rows = 0
    with own.cursor() as cursor:
        for table in TABLES:
            with (folder / table).open("wb") as file:
                cursor.copy_expert(f"COPY {table} TO STDOUT", file)
                rows += cursor.rowcount
        cursor.execute(_FOREIGN_KEYS, [list(TABLES)])
        keys = cursor.fetchall()
    own.commit()
    spent = []
    for foreign in (keys, []):
        with own.cursor() as cursor:
            cursor.execute("DROP SCHEMA IF EXISTS bench_raw CASCADE; CREATE SCHEMA bench_raw")
            for table in TABLES:
                cursor.execute(f"CREATE TABLE bench_raw.{table} (LIKE public.{table} INCLUDING ALL)")
            for table, definition, other in foreign:
                there = f"bench_raw.{other}" if other in TABLES else other
                definition = definition.replace(f"REFERENCES {other}(", f"REFERENCES {there}(")
                cursor.execute(f"ALTER TABLE bench_raw.{table} ADD {definition}")
        own.commit()
        began = time.perf_counter()
        with own.cursor() as cursor:
            for table in TABLES:
                with (folder / table).open("rb") as file:
                    cursor.copy_expert(f"COPY bench_raw.{table} FROM STDIN", file, size=1 << 16)
        own.commit()
        spent.append(time.perf_counter() - began)
    with own.cursor() as cursor:
        cursor.execute("DROP SCHEMA bench_raw CASCADE")
    own.commit()
    own.close()
    return spent[0], spent[1], rows


def run(count: int) -> float:
    """Prints one size; seconds per order of the import."""
    shop = get_or_create_shop(code="BENCH", by=None, now=timezone.now())
    bookings, copies, bares, rows = [], [], [], 0
    with tempfile.TemporaryDirectory() as folder:
        for _round in range(3):
            empty()
            bookings.append(book(shop, count))
            spent, bare, rows = copied(Path(folder))
            copies.append(spent)
            bares.append(bare)
    booked, raw, bare = (statistics.median(times) for times in (bookings, copies, bares))
    print(f"row 1: {count:,} orders, {rows:,} rows in {len(TABLES)} tables, {BATCH:,} orders a transaction")
    for what, took, rounds in (
        ("import", booked, bookings),
        ("raw COPY of its rows", raw, copies),
        ("without foreign keys", bare, bares),
    ):
        print(
            f"  {what:22} {count / took:9,.0f} orders/s {rows / took:9,.0f} rows/s"
            f"   [{', '.join(f'{each:.2f}' for each in rounds)}] s"
        )
    print(
        f"  ratio {raw / booked:.2f} (asked ≥ 0.25); to a COPY without foreign keys {bare / booked:.2f}",
        flush=True,
    )
    return booked / count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    options = parser.parse_args()
    if not Version.objects.exists():
        call_command("rulebook", "activate", "site", "--from", "2020-01-01", verbosity=0)
    count = max(BATCH, int(ORDERS * options.scale))
    large = run(count)
    small = run(max(BATCH, count // 10))
    empty()
    print(f"  cost of an order, ten times the size: × {large / small:.2f}")
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB (asked < 300)")


if __name__ == "__main__":
    main()
