"""Row 5: the desk, signed in, over a million orders, against a bare signed-in Django list of 50 rows of the same
ledger, and against itself at ten thousand.

Both are served by gunicorn with the application's own configuration and asked in turn by two clients, three times.
The open orders are the same at both sizes: what grows is the ledger behind them. Reach: p95 at most 1.5 times the
bare page's, 1.2 times its own at the small size; at most ten queries, no COUNT(*), no OFFSET.

    ./dev bench 5 [--orders 1000000] [--small 10000] [--requests 400]
"""

from __future__ import annotations

import argparse
import datetime as dt
import http.client
import io
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecdept.settings")

import django

django.setup()

import environ
import psycopg2
from allauth.usersessions.models import UserSession
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from office import crypto
from office.rulebook.models import Version
from office.staff import api as staff
from office.staff.models import Employee
from orders.keys import Key
from orders.models import CustomerKey, Order, Shop
from orders.services.shops import get_or_create_shop

CLIENTS = 2
CHUNK = 20_000
KEYS = 500
SHOPS = 6
AGENTS = 8
#: Open orders by state, the same at every size.
OPEN = {"waiting": 300, "accepted": 60, "contacted": 40, "confirmed": 600, "handed_over": 300, "taken": 700}
ORDER_COLUMNS = (
    "id, shop_id, number, received_at, currency, total, paid, source, historical, customer_key_id, sealed, terms,"
    " digest, entry_id"
)
PROGRESS_COLUMNS = (
    "order_id, state, shop_id, number, received_at, total, currency, goods, due_at, due_rule, closed_at, tries,"
    " returned_reason, version"
)
LINE_COLUMNS = "order_id, position, sku, title, quantity, amount"
RULES = {
    "waiting": "orders.accept",
    "accepted": "orders.contact",
    "confirmed": "orders.handoff",
    "handed_over": "orders.takeover",
}


def as_owner(*statements: str) -> None:
    """What the application's login may not do."""
    there = connection.get_connection_params()
    owner = environ.Env.db_url_config(os.environ["DATABASE_OWNER_URL"])
    own = psycopg2.connect(
        dbname=there["dbname"], user=owner["USER"], password=owner["PASSWORD"],
        host=there.get("host"), port=there.get("port"),
    )  # fmt: skip
    own.autocommit = True
    with own.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    own.close()


def people(now: dt.datetime) -> list[Employee]:
    """Agents on duty, and a supervisor who comes last."""
    if not Version.objects.exists():
        call_command("rulebook", "activate", "site", "--from", "2020-01-01", verbosity=0)
    made = []
    for n in range(AGENTS + 1):
        supervises = n == AGENTS
        number = "B-S" if supervises else f"B-{n:03}"
        employee, _new = Employee.objects.get_or_create(
            number=number,
            defaults={"name": f"坐席{n}", "name_key": number, "joined_at": now, "password_changed_at": now},
        )
        position = "service_supervisor" if supervises else "service_agent"
        employee.appointments.get_or_create(position=position, defaults={"during": (now, None)})
        staff.start_duty(by=employee, now=now)
        made.append(employee)
    return made


def keys_for(now: dt.datetime) -> list[tuple[int, Key]]:
    """Customers: one key serves many orders here, which changes nothing for a page of 50."""
    made = []
    for _n in range(KEYS):
        secret = crypto.new_key()
        kek, wrapped = crypto.wrap(secret)
        row = CustomerKey.objects.create(wrapped=wrapped, kek=kek, created_at=now)
        made.append((row.pk, Key(secret)))
    return made


def states(count: int, known: int) -> Iterator[str]:
    """The first orders of the ledger are the open ones; everything after them has come to its end."""
    spread = [state for state, number in OPEN.items() for _n in range(number)]
    random.Random(5).shuffle(spread)
    for n in range(known, known + count):
        yield spread[n] if n < len(spread) else "closed"


def copy(columns: str, table: str, rows: Iterable[Iterable[object]]) -> None:
    text = "".join("\t".join("\\N" if cell is None else str(cell) for cell in row) + "\n" for row in rows)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", io.StringIO(text))


@dataclass(frozen=True, slots=True)
class Made:
    """One order of the ledger."""

    n: int
    state: str
    received: str
    due: str | None
    total: str

    @property
    def ended(self) -> bool:
        return self.state == "closed"


def made(n: int, state: str, chance: random.Random, now: dt.datetime) -> Made:
    """Open orders came in today; the ledger grew over the year before."""
    ended = state == "closed"
    age = dt.timedelta(hours=1 + n % 8_000) if ended else dt.timedelta(seconds=n % 3_000)
    due = now + dt.timedelta(seconds=chance.randint(-900, 6_000))
    total = f"{chance.randint(100, 99_999) / 100:.2f}"
    return Made(
        n, state, (now - age).isoformat(), None if ended or state == "taken" else due.isoformat(), total
    )


@dataclass(frozen=True, slots=True)
class World:
    """Who and what the orders refer to."""

    staffed: list[Employee]
    shops: list[Shop]
    keys: list[tuple[int, Key]]
    now: dt.datetime

    def order(self, one: Made) -> tuple[object, ...]:
        key_id, key = self.keys[one.n % KEYS]
        customer = {
            "name": f"客户{one.n % 9973}",
            "phone": f"138{one.n % 10**8:08}",
            "address": "上海市黄浦区",
        }
        sealed = "\\\\x" + key.seal_customer(one.n, customer).hex()
        blank = "\\\\x" + "00" * 32
        shop = self.shops[one.n % SHOPS].pk
        facts = (one.n, shop, f"B{one.n:09}", one.received, "CNY", one.total, one.total, "bench", "t")
        return (*facts, key_id, sealed, blank, blank, -one.n)

    def progress(self, one: Made) -> tuple[object, ...]:
        shop, state = self.shops[one.n % SHOPS].pk, "closed" if one.ended else "waiting"
        facts = (one.n, state, shop, f"B{one.n:09}", one.received, one.total, "CNY", "保温杯 500ml ×2 +1")
        due, rule = (None, "") if one.ended else (one.due or one.received, RULES.get(one.state, ""))
        return (*facts, due, rule, one.received if one.ended else None, 0, "", 0)

    def grow(self, wanted: int) -> None:
        """The rows that booking and the desk would leave, by COPY; ended ones as historical orders."""
        known = Order.objects.count()
        chance = random.Random(known)
        opened: list[Made] = []
        for start in range(known, wanted, CHUNK):
            count = min(CHUNK, wanted - start)
            chunk = [
                made(n, state, chance, self.now) for n, state in enumerate(states(count, start), start + 1)
            ]
            copy(ORDER_COLUMNS, "orders_order", map(self.order, chunk))
            copy(PROGRESS_COLUMNS, "orders_orderprogress", map(self.progress, chunk))
            copy(
                LINE_COLUMNS, "orders_orderline", ((one.n, 1, "SKU", "保温杯", 2, one.total) for one in chunk)
            )
            opened += [one for one in chunk if one.state in STEPS]
        self.move(opened)
        as_owner(
            "SELECT setval(pg_get_serial_sequence('orders_order', 'id'), max(id)) FROM orders_order",
            "VACUUM ANALYZE orders_order",
            "VACUUM ANALYZE orders_orderprogress",
        )

    def move(self, opened: list[Made]) -> None:
        """Out of the pool, step by step along the state table, as the trigger wants it."""
        with connection.cursor() as cursor:
            for step in STEPS:
                for one in opened:
                    if STEPS.index(one.state) < STEPS.index(step):
                        continue
                    holder, taker = self.staffed[one.n % AGENTS].pk, self.staffed[0].pk
                    cursor.execute(
                        MOVE_SQL,
                        {
                            "state": step,
                            "holder": holder,
                            "taker": taker if step == "taken" else None,
                            "at": one.received,
                            "due": one.due,
                            "rule": RULES.get(one.state, ""),
                            "order": one.n,
                        },
                    )


STEPS = ("accepted", "contacted", "confirmed", "handed_over", "taken")
MOVE_SQL = """
UPDATE orders_orderprogress
   SET state = %(state)s, holder_id = %(holder)s, taken_by_id = %(taker)s, accepted_at = %(at)s,
       taken_at = CASE WHEN %(taker)s IS NOT NULL THEN %(at)s::timestamptz END, due_at = %(due)s, due_rule = %(rule)s
 WHERE order_id = %(order)s
"""


def session_of(employee: Employee) -> str:
    store = SessionStore()
    store[SESSION_KEY] = str(employee.pk)
    store[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    store[HASH_SESSION_KEY] = employee.get_session_auth_hash()
    store.create()
    # As signing in leaves it in the list of one's devices.
    UserSession.objects.create(
        user=employee, session_key=store.session_key, ip="127.0.0.1", user_agent="bench"
    )
    return str(store.session_key)


class Server:
    """gunicorn on a port of its own."""

    def __init__(self, settings: str, path: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": settings,
            "PYTHONPATH": str(ROOT),
            "CONN_MAX_AGE": "60",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", "python:ecdept.webserver", "--bind",
             f"127.0.0.1:{self.port}", "ecdept.wsgi"],
            cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for _n in range(300):
            try:
                self.ask(path, "")
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("the server does not answer")

    def ask(self, path: str, session: str) -> tuple[int, int]:
        """(status, bytes)."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        client.request("GET", path, headers={"Cookie": f"sessionid={session}", "Connection": "close"})
        answer = client.getresponse()
        size = len(answer.read())
        client.close()
        return answer.status, size

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


def p95(server: Server, path: str, session: str, requests: int) -> float:
    """Milliseconds, of two clients at a time."""
    times: list[float] = []

    def client() -> None:
        for _n in range(requests // CLIENTS):
            began = time.perf_counter()
            status, _size = server.ask(path, session)
            times.append(time.perf_counter() - began)
            assert status in (200, 204), (path, status)

    threads = [threading.Thread(target=client) for _n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(times)[int(len(times) * 0.95)] * 1000


def queries(employee: Employee, path: str) -> int:
    """How many the page takes; none of them counts the table or skips rows."""
    from django.test import Client

    client = Client(headers={"host": "localhost"})
    client.cookies["sessionid"] = session_of(employee)
    client.get(path)
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    said = [query["sql"].upper() for query in found.captured_queries]
    assert not [sql for sql in said if "COUNT(*)" in sql or "OFFSET" in sql]
    return len(said)


PAGES = {"pool (agent)": ("agent", "/desk/"), "all (supervisor)": ("supervisor", "/desk/?tab=all")}


def measure(staffed: list[Employee], requests: int) -> dict[str, float]:
    """Medians of three p95, in turn."""
    sessions = {"agent": session_of(staffed[0]), "supervisor": session_of(staffed[-1])}
    desk, bare = Server("ecdept.settings", "/healthz"), Server("bench.bare_desk", "/bare")
    found: dict[str, list[float]] = {"bare": [], **{name: [] for name in PAGES}}
    try:
        p95(bare, "/bare", sessions["agent"], 40)
        for who, path in PAGES.values():
            p95(desk, path, sessions[who], 40)
        for _turn in range(3):
            found["bare"].append(p95(bare, "/bare", sessions["agent"], requests))
            for name, (who, path) in PAGES.items():
                found[name].append(p95(desk, path, sessions[who], requests))
    finally:
        desk.stop()
        bare.stop()
    for name, times in found.items():
        print(f"  {name}: p95 {', '.join(f'{one:.1f}' for one in times)} ms")
    return {name: statistics.median(times) for name, times in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=400)
    options = parser.parse_args()
    call_command("collectstatic", "--noinput", verbosity=0)
    now = timezone.now()
    staffed = people(now)
    shops = [get_or_create_shop(code=f"bench{n}", by=None, now=now) for n in range(SHOPS)]
    world = World(staffed, shops, keys_for(now), now)
    small: dict[str, float] = {}
    for size in (options.small, options.orders):
        began = time.perf_counter()
        world.grow(size)
        print(f"{Order.objects.count()} orders, made in {time.perf_counter() - began:.0f} s")
        found = measure(staffed, options.requests)
        for name, (who, path) in PAGES.items():
            asked = queries(staffed[0] if who == "agent" else staffed[-1], path)
            line = (
                f"row 5, {name}, {size} orders: p95 {found[name]:.1f} ms, bare page {found['bare']:.1f} ms,"
            )
            line += f" ratio {found[name] / found['bare']:.2f} (reach 1.5), {asked} queries (reach 10)"
            if small:
                line += f", against {options.small} orders {found[name] / small[name]:.2f} (reach 1.2)"
            print(line)
        small = small or found


if __name__ == "__main__":
    main()
