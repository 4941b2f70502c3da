"""A whole installation whose processes are killed at random instants, and a shop that keeps sending orders to it.

Whatever dies is started again, as Docker or systemd would. The shop behaves like a real one: it repeats a message until
it gets an answer that says the order was taken.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg2
import redis
from standardwebhooks import Webhook

from ecdept.embedded.commands import migrate
from ecdept.embedded.home import CannotRun, Home
from ecdept.embedded.postgres import ADMIN, DATABASE
from ecdept.embedded.processes import Child
from ecdept.embedded.servers import Servers
from ecdept.embedded.up import program_commands, start_program
from tests.ecdept.homes import ROOT, SERVERS, free_port
from tests.faults.arrange import SHOP, UPLOAD_SHOP

#: What can happen. "session": the server process of one connection; "emptied": the broker loses all it holds.
KINDS = ["web", "worker", "beat", "database", "session", "broker", "emptied", "import"]


@dataclass
class Farm:
    """Servers and programs of one home, and how often each was killed."""

    home: Home
    servers: Servers
    env: dict[str, str]
    port: int
    commands: dict[str, list[str]]
    chance: random.Random
    secret: str = ""
    programs: dict[str, Child] = field(default_factory=dict)
    kills: dict[str, int] = field(default_factory=dict)
    coming: list[str] = field(default_factory=list)
    importing: subprocess.Popen[str] | None = None

    def start(self, name: str) -> None:
        self.programs[name] = start_program(self.home, name, self.commands[name], self.env)

    def keep_alive(self) -> None:
        """Start again whatever is dead."""
        postgres = self.servers.postgres
        if postgres is not None and (postgres.child is None or postgres.child.ended()):
            postgres.start()
        valkey = self.servers.valkey
        if valkey is not None and (valkey.child is None or valkey.child.ended()):
            valkey.start()
        for name, child in list(self.programs.items()):
            if child.ended():
                child.kill()  # what is left of its group
                self.start(name)

    def strike(self) -> None:
        """One fault; every kind once in a random order, then again."""
        if not self.coming:
            self.coming = self.chance.sample(KINDS, len(KINDS))
        target = self.coming.pop()
        self.kills[target] = self.kills.get(target, 0) + 1
        postgres, valkey = self.servers.postgres, self.servers.valkey
        assert postgres is not None
        assert valkey is not None
        if target == "emptied":
            with contextlib.suppress(redis.RedisError), redis.Redis.from_url(valkey.url()) as client:
                client.flushall()
        elif target == "database" and postgres.child is not None:
            _kill(psutil.Process(postgres.child.pid))
        elif target == "session" and postgres.child is not None:
            self._kill_one_of(postgres.child, only="ecdept_app")
        elif target == "broker" and valkey.child is not None:
            _kill(psutil.Process(valkey.child.pid))
        elif target == "import" and self.importing is not None:
            self.importing.kill()
        elif target in self.programs:
            self._kill_one_of(self.programs[target])

    def _kill_one_of(self, child: Child, only: str = "") -> None:
        """The process itself or one of its children: a pool's worker dies differently from its master."""
        with contextlib.suppress(psutil.NoSuchProcess):
            leader = psutil.Process(child.pid)
            members = [leader, *leader.children()]
            if only:
                members = [each for each in members if only in " ".join(each.cmdline())] or [leader]
            _kill(self.chance.choice(members))

    def query(self, statement: str) -> list[tuple[object, ...]]:
        assert self.servers.postgres is not None
        with (
            contextlib.closing(psycopg2.connect(self.servers.postgres.url(ADMIN, DATABASE))) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
            return list(cursor.fetchall())

    def number(self, statement: str) -> int:
        (row,) = self.query(statement)
        assert isinstance(row[0], int)
        return row[0]

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )


def _kill(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGKILL)


@contextlib.contextmanager
def farm(folder: Path, seed: int, *, durable: bool) -> Iterator[Farm]:
    """A fresh installation with the fast book, everything running; nothing is left of it afterwards.

    Without `durable` the disk is not waited for: a killed process loses nothing by that, only a machine would.
    """
    given = {name: os.environ.pop(name) for name in SERVERS if name in os.environ}
    try:
        home = Home(folder)
        assert home.lock("faults")
        with Servers(home, durable=durable) as servers:
            env = servers.environment()
            # Few sessions each, so that the machine is busy with orders and not with processes.
            env |= {"WEB_WORKERS": "3", "LOG_LEVEL": "WARNING", "SITE_URL": "http://localhost"}
            env.pop("PYTEST_XDIST_WORKER", None)
            migrate(env)
            done = subprocess.run(
                [sys.executable, "-m", "tests.faults.arrange"],
                env=env,
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            (home.path / "static").mkdir(exist_ok=True)
            env["DEBUG"] = "0"
            port = free_port()
            running = Farm(
                home,
                servers,
                env,
                port,
                program_commands(home, [f"127.0.0.1:{port}"]),
                random.Random(seed),
                secret=done.stdout.strip(),
            )
            for name in running.commands:
                running.start(name)
            try:
                yield running
            finally:
                for child in running.programs.values():
                    child.kill()
                    child.popen.wait()
        home.unlock()
    finally:
        os.environ.update(given)


@dataclass
class Shop:
    """Sends orders through the API from several threads, each until it is taken; counts what was answered."""

    port: int
    secret: str
    numbers: Iterator[int]
    threads: int = 6
    taken: dict[str, int] = field(default_factory=dict)  # number → id in the answer
    refused: list[str] = field(default_factory=list)
    retries: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _running: list[threading.Thread] = field(default_factory=list)

    def open(self) -> None:
        for _ in range(self.threads):
            thread = threading.Thread(target=self._work, daemon=True)
            thread.start()
            self._running.append(thread)

    def busy(self) -> bool:
        return any(thread.is_alive() for thread in self._running)

    def _work(self) -> None:
        while True:
            with self._lock:
                number = next(self.numbers, None)
            if number is None:
                return
            self._send(f"F{number:06d}")

    def _send(self, number: str) -> None:
        body = json.dumps(
            {
                "shop": SHOP,
                "number": number,
                "total": "12.50",
                "customer": {"name": "测试顾客", "phone": f"1390000{int(number[1:]) % 10_000:04d}"},
                "lines": [{"sku": "SKU-1", "title": "茶杯", "quantity": "1", "amount": "12.50"}],
            }
        ).encode()
        while True:
            status, answer = self._post(number, body)
            if status in {200, 201}:
                with self._lock:
                    self.taken[number] = int(json.loads(answer)["id"])
                return
            if 400 <= status < 500:
                with self._lock:
                    self.refused.append(f"{number}: {status} {answer[:200]!r}")
                return
            with self._lock:
                self.retries += 1
            time.sleep(0.1)

    def _post(self, number: str, body: bytes) -> tuple[int, bytes]:
        """Status and body; 0 when the connection broke."""
        from datetime import UTC, datetime

        moment = datetime.now(UTC)
        headers = {
            "content-type": "application/json",
            "webhook-id": f"msg-{number}",
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": Webhook(self.secret).sign(f"msg-{number}", moment, body.decode()),
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            connection.request("POST", "/api/v1/orders", body=body, headers=headers | {"host": "localhost"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()


@dataclass
class Upload:
    """A person who imports a file of orders from the command line, again and again until it says that all is in.

    `count` orders are uploaded when it is; the file holds those from `first` on.
    """

    farm: Farm
    count: int
    first: int = 0
    attempts: int = 0
    said: str = ""

    @property
    def file(self) -> Path:
        return self.farm.home.path / "orders.csv"

    def write(self) -> None:
        rows = (
            f"U{number:06d},2026-11-23 09:00:00,测试顾客,1380000{number % 10_000:04d},8.00,SKU-2,茶壶,1,8.00"
            for number in range(self.first, self.count)
        )
        self.file.write_text(
            "\n".join(
                [
                    "number,ordered_at,customer,phone,total,line_sku,line_title,line_quantity,line_amount",
                    *rows,
                ]
            )
        )

    def go_on(self) -> bool:
        """Start the command or look at how it ended; False once it ended with everything inserted or duplicate."""
        running = self.farm.importing
        if running is not None and running.poll() is None:
            return True
        if running is not None:
            self.said = running.communicate()[0]
            if running.returncode == 0:
                return False
        self.attempts += 1
        self.farm.importing = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "import_orders", str(self.file), "--shop", UPLOAD_SHOP],
            env=self.farm.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return True


def run_with_faults(
    farm: Farm, shop: Shop, upload: Upload, *, every: float, strikes: int, sent: int = 0
) -> None:
    """Take in all orders while something is struck about every `every` seconds, `strikes` times at most.

    The first strike waits for the first order that was taken. With `sent`, the number of orders that the shop has, the
    strikes keep up with it, so that a fast machine sees as many of them as a slow one. Returns with everything alive
    again.
    """
    upload.write()
    before = len(shop.taken)
    shop.open()
    while len(shop.taken) == before and shop.busy():
        time.sleep(0.05)
    next_strike = time.monotonic()
    last = sum(farm.kills.values()) + strikes
    uploading = True
    while shop.busy() or uploading:
        uploading = uploading and upload.go_on()
        struck = sum(farm.kills.values())
        behind = (len(shop.taken) - before) * strikes > (struck - last + strikes) * sent > 0
        if struck < last and (behind or time.monotonic() >= next_strike):
            farm.strike()
            next_strike = time.monotonic() + every * farm.chance.uniform(0.5, 1.5)
        with contextlib.suppress(CannotRun):  # killed again while it was starting: the next round starts it
            farm.keep_alive()
        time.sleep(0.05)
    farm.keep_alive()
    while sent and sum(farm.kills.values()) < last:
        farm.strike()
        farm.keep_alive()


def wait_told(farm: Farm, seconds: float) -> int:
    """Wait until no step of any deadline is overdue; returns how many rows still are after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        left = farm.number(
            "SELECT count(*) FROM deadlines_deadline WHERE next_at IS NOT NULL AND rule = 'orders.accept'"
        )
        if left == 0 or time.monotonic() > end:
            return left
        farm.keep_alive()
        time.sleep(0.3)


_ACCEPT = "FROM deadlines_deadline d WHERE rule = 'orders.accept'"
_ORDERS = "SELECT count(*) FROM orders_order o WHERE"
#: What must be nowhere: words → how many there are.
CHECKS = {
    "orders without exactly one line": f"""
        {_ORDERS} 1 <> (SELECT count(*) FROM orders_orderline WHERE order_id = o.id)""",
    "orders without their audit entry": f"""
        {_ORDERS} NOT EXISTS (SELECT FROM audit_entry WHERE id = o.entry_id)""",
    "orders without progress": f"""
        {_ORDERS} NOT EXISTS (SELECT FROM orders_orderprogress WHERE order_id = o.id)""",
    "orders without exactly one accept clock": f"""
        {_ORDERS} 1 <> (SELECT count(*) {_ACCEPT} AND subject_type = 'order' AND subject_id = o.id::text)""",
    "clocks whose steps were not all told": f"""
        SELECT count(*) {_ACCEPT} AND (step <> cardinality(plan_at) OR breached_at IS NULL)""",
    "breaches without exactly one event": f"""
        SELECT count(*) {_ACCEPT} AND 1 <> (
            SELECT count(*) FROM deadlines_deadlineevent WHERE deadline_id = d.id AND kind = 'b')""",
    "breaches not exactly once in the inbox": """
        SELECT count(*) FROM deadlines_deadlineevent e WHERE kind = 'b' AND 1 <> (
            SELECT count(*) FROM notices_notice n
            WHERE n.source = 'deadline' AND n.source_id = e.deadline_id AND n.step = e.step)""",
}


def problems(farm: Farm, shop: Shop, upload: Upload) -> dict[str, object]:
    """Everything that is not as it must be; empty when nothing was lost, doubled or told twice."""
    found: dict[str, object] = {}
    if shop.refused:
        found["refused"] = shop.refused[:5]
    booked = {str(number): order_id for number, order_id in farm.query("SELECT number, id FROM orders_order")}
    uploaded = {number for number in booked if number.startswith("U")}
    if uploaded != {f"U{number:06d}" for number in range(upload.count)}:
        found["uploaded"] = (len(uploaded), upload.count, upload.said)
    booked = {number: order_id for number, order_id in booked.items() if number not in uploaded}
    lost = [number for number, order_id in shop.taken.items() if booked.get(number) != order_id]
    if lost:
        found["answered as taken, and not booked under that id"] = lost[:5]
    if len(booked) != len(shop.taken):
        found["booked / answered"] = (len(booked), len(shop.taken))
    for name, statement in CHECKS.items():
        wrong = farm.number(statement)
        if wrong:
            found[name] = wrong
    return found
