"""Row 2: one signed webhook order, 16 clients, against a bare Django view that inserts one row.

All sides are served by gunicorn with the application's own configuration, one after the other, three times, and asked
by the same client: one thread, raw sockets, requests signed beforehand, so that the client takes as little of the
machine as it can. The bare view stands three times. In a Django that has nothing else, no application and no
middleware (bench/bare_django.py): as views insert a row, by saving a model (bench/bare_orm.py), and by sending the bare
statement, the least that a view could do. And by the bare statement in this application's own server, at the door that
orders come in by (bench/bare_view.py). Reach: at least 0.5 of a bare view's requests per second. The same again with a
ledger ten times as large. On a machine that others use too, requests per second depend on who gets the
processor; so the processor time that a request costs, in the web server, in PostgreSQL and in the client, is printed
beside them.

    ./dev bench 2 [--door api|woocommerce|shopify] [--requests 1500] [--ledger 20000]
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import os
import random
import selectors
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecdept.settings")

import django

django.setup()

import environ
import psutil
import psycopg2
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from office.rulebook.models import Version
from orders import simulation
from orders.intake.incoming import IncomingCustomer, IncomingLine, IncomingOrder
from orders.models import Order, Shop
from orders.selectors.shops import live_secrets
from orders.services.booking import book_orders
from orders.services.shops import get_or_create_shop, new_api_secret, set_shop_secret

CLIENTS = 16
SECRET = "bench-secret-bench-secret"


def as_owner(statement: str) -> None:
    """What the application's login may not do."""
    there = connection.get_connection_params()
    owner = environ.Env.db_url_config(os.environ["DATABASE_OWNER_URL"])
    own = psycopg2.connect(
        dbname=there["dbname"], user=owner["USER"], password=owner["PASSWORD"],
        host=there.get("host"), port=there.get("port"),
    )  # fmt: skip
    own.autocommit = True
    with own.cursor() as cursor:
        cursor.execute(statement)
    own.close()


def prepare(door: str) -> tuple[Shop, str]:
    """The rulebook in force, the bare side's table, the shop and its secret."""
    if not Version.objects.exists():
        call_command("rulebook", "activate", "site", "--from", "2020-01-01", verbosity=0)
    as_owner(
        "CREATE TABLE IF NOT EXISTS bench_row2 (id bigserial PRIMARY KEY, body bytea NOT NULL);"
        " GRANT INSERT, SELECT ON bench_row2 TO ecdept_app; GRANT USAGE ON SEQUENCE bench_row2_id_seq TO ecdept_app"
    )
    now = timezone.now()
    shop = get_or_create_shop(code=f"bench-{door}", by=None, now=now, platform=door)
    if not shop.sealed_secret:
        if door == "api":
            new_api_secret(shop_id=shop.pk, by=None, now=now)
        else:
            set_shop_secret(shop_id=shop.pk, secret=SECRET, by=None, now=now)
        shop.refresh_from_db()
    return shop, live_secrets(shop, now)[0]


def grow(shop: Shop, wanted: int) -> None:
    """At least `wanted` orders in the ledger."""
    there = Order.objects.count()
    chance, now = random.Random(1), timezone.now()
    for start in range(there, wanted, 2_000):
        made = [
            simulation.make_order(chance, n, f"G{n}", now) for n in range(start, min(start + 2_000, wanted))
        ]
        orders = [
            IncomingOrder(
                number=order.number,
                lines=tuple(
                    IncomingLine(i.sku, i.title, _quantity(i), i.price, i.amount) for i in order.items
                ),
                customer=IncomingCustomer(order.surname + order.given, order.phone, order.street),
                total=order.total,
            )
            for order in made
        ]
        book_orders(shop=shop, orders=orders, source="bench", by=None, now=now)
    as_owner("VACUUM ANALYZE")


def _quantity(item: simulation.Item) -> Decimal:
    return Decimal(item.quantity)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """gunicorn on a port of its own."""

    def __init__(self, settings: str, path: str) -> None:
        self.port = free_port()
        config = "ecdept.webserver" if settings == "ecdept.settings" else "bench.bare_server"
        env = {**os.environ, "DJANGO_SETTINGS_MODULE": settings, "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", f"python:{config}", "--bind",
             f"127.0.0.1:{self.port}", "ecdept.wsgi"],
            cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(300):
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as probe:
                    probe.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
                    if probe.recv(16):
                        return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("the server does not answer")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


def request_of(path: str, headers: dict[str, str], body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
    return (
        head + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
    ).encode() + body


def orders_of(shop: Shop, secret: str, count: int, serial: int) -> list[bytes]:
    """Signed requests, each a new order of one to four lines."""
    chance, now, stamp = random.Random(serial), timezone.now(), f"{time.time():.0f}"
    requests = []
    for n in range(serial, serial + count):
        order = simulation.make_order(chance, n, f"B{stamp}-{n}", now)
        message = simulation.message_of(shop.platform, shop.code, secret, order, now)
        requests.append(request_of(message.path, dict(message.headers), message.body))
    return requests


def rate(port: int, requests: list[bytes]) -> tuple[float, Counter[bytes]]:
    """(requests per second, answers by status) of CLIENTS at a time."""
    selector, statuses, left, open_ = selectors.DefaultSelector(), Counter[bytes](), iter(requests), 0

    def ask() -> int:
        request = next(left, None)
        if request is None:
            return 0
        sock = socket.create_connection(("127.0.0.1", port))
        sock.sendall(request)
        sock.setblocking(False)
        selector.register(sock, selectors.EVENT_READ, bytearray())
        return 1

    began = time.perf_counter()
    open_ = sum(ask() for _ in range(CLIENTS))
    while open_:
        for key, _events in selector.select(10):
            sock = key.fileobj
            assert isinstance(sock, socket.socket)
            piece = sock.recv(65_536)
            key.data.extend(piece)
            if not piece:
                statuses[bytes(key.data[9:12])] += 1
                selector.unregister(sock)
                sock.close()
                open_ += ask() - 1
    return len(requests) / (time.perf_counter() - began), statuses


def processor_time(pid: int) -> float:
    """Seconds that a process has had; of a server also what those had that it started."""
    parent = psutil.Process(pid)
    ended = parent.cpu_times()
    if pid == os.getpid():
        return float(ended.user + ended.system)
    total = float(ended.children_user + ended.children_system)
    for process in (parent, *parent.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def postmaster() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(psutil.Process(cursor.fetchone()[0]).ppid())


def measure(shop: Shop, secret: str, count: int, serial: int) -> dict[str, float]:
    """Requests per second by side, medians of three in turn."""
    bare_body = orders_of(shop, secret, 1, 0)[0].split(b"\r\n\r\n", 1)[1]
    paths = {"bare django": "/bare", "bare view here": "/api/bare", "bare by orm": "/orm"}
    bare = {
        side: [request_of(path, {"Content-Type": "application/json"}, bare_body)] * count
        for side, path in paths.items()
    }
    servers = {
        "orders": Server("ecdept.settings", "/hooks/shopify"),
        "bare django": Server("bench.bare_django", paths["bare django"]),
        "bare view here": Server("bench.bare_view", paths["bare view here"]),
        "bare by orm": Server("bench.bare_django", paths["bare by orm"]),
    }
    found: dict[str, list[float]] = {side: [] for side in servers}
    spent: dict[str, list[list[float]]] = {side: [] for side in servers}
    database = postmaster()
    try:
        for turn in range(4):  # the first warms up
            for side, server in servers.items():
                many = count if turn else 64
                asked = (
                    orders_of(shop, secret, many, serial + turn * count)
                    if side == "orders"
                    else bare[side][:many]
                )
                processes = (server.process.pid, database, os.getpid())
                before = [processor_time(pid) for pid in processes]
                speed, statuses = rate(server.port, asked)
                assert set(statuses) <= {b"200", b"201"}, (side, statuses)
                if turn:
                    found[side].append(speed)
                    spent[side].append(
                        [
                            (processor_time(pid) - was) / many * 1000
                            for pid, was in zip(processes, before, strict=True)
                        ]
                    )
    finally:
        for server in servers.values():
            server.stop()
    for side, speeds in found.items():
        web, postgres, client = (statistics.median(each) for each in zip(*spent[side], strict=True))
        print(
            f"  {side}: {', '.join(f'{speed:.0f}' for speed in speeds)} requests/s; processor {web:.2f} ms web,"
            f" {postgres:.2f} PostgreSQL, {client:.2f} client: {web + postgres + client:.2f} ms a request"
        )
    return {side: statistics.median(speeds) for side, speeds in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--door", choices=["api", "woocommerce", "shopify"], default="api")
    parser.add_argument("--requests", type=int, default=1500)
    parser.add_argument("--ledger", type=int, default=20_000)
    options = parser.parse_args()
    shop, secret = prepare(options.door)
    serial = int(dt.datetime.now(dt.UTC).timestamp())
    for size in (options.ledger // 10, options.ledger):
        grow(shop, size)
        there = Order.objects.count()
        found = measure(shop, secret, options.requests, serial)
        serial += 5 * options.requests
        ratio, here, by_orm = (
            found["orders"] / found[side] for side in ("bare django", "bare view here", "bare by orm")
        )
        print(
            f"row 2, {options.door}, {CLIENTS} clients, {options.requests} requests × 3, ledger of {there}: "
            f"{found['orders']:.0f} orders/s; of a bare Django view that saves its row {by_orm:.2f} (reach 0.5), of "
            f"one that sends the bare statement {ratio:.2f}, of that in this server {here:.2f} "
            f"(load {os.getloadavg()[0]:.1f})"
        )


if __name__ == "__main__":
    main()
