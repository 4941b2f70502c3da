"""Row 9: a public column page and its feeds, against the same bytes as a static file through the same server.

gunicorn serves both with the application's own configuration; clients keep their connections and ask in turn, three
times. The column grows between the sizes: what is kept is asked for by one query, whatever stands behind it. Reach: 0.6
of the file's requests a second.

    ./dev bench 9 [--items 1000] [--seconds 3]
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecdept.settings")

import django

django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from cms.models import Column
from cms.rules import content
from cms.services.writing import Writing, begin_item
from office.rulebook.models import Version
from office.staff.models import Employee

CLIENTS = 4
PATHS = {"column page": "/pages/bench/", "RSS": "/pages/bench/feed.xml", "JSON": "/pages/bench/feed.json"}
SENTENCE = "本周起接待客户参观，欢迎预约。"


def writer(now: dt.datetime) -> Employee:
    if not Version.objects.exists():
        call_command("rulebook", "activate", "site", "--from", "2020-01-01", verbosity=0)
    employee, _made = Employee.objects.get_or_create(
        number="B-W",
        defaults={"name": "撰稿人", "name_key": "B-W", "joined_at": now, "password_changed_at": now},
    )
    employee.appointments.get_or_create(position="copywriter", defaults={"during": (now, None)})
    return employee


def grow(wanted: int, by: Employee, now: dt.datetime) -> None:
    """Items that are live, written as the law's own tests do: the owner's triggers asleep for what no run agreed to."""
    column, _made = Column.objects.get_or_create(
        slug="bench", defaults={"name": "性能测试", "kinds": [content.NEWS], "created_at": now}
    )
    as_administrator(("UPDATE cms_column SET active = true WHERE id = %s", [column.pk]))
    known = column.items.count()
    made = []
    for n in range(known, wanted):
        texts = {"title": f"第 {n} 条新闻", "summary": SENTENCE, "body": f"<p>{SENTENCE * 12}</p>"}
        made.append(
            begin_item(kind=content.NEWS, writing=Writing(column_id=column.pk, texts=texts), by=by, now=now)
        )
    rows: list[tuple[object, ...]] = [
        (
            item.pk,
            item.newest_id,
            column.pk,
            item.newest.digest if item.newest else "",
            now - dt.timedelta(minutes=n),
        )
        for n, item in enumerate(made)
    ]
    publish(rows)


def publish(rows: list[tuple[object, ...]]) -> None:
    as_administrator(
        *(
            (
                "INSERT INTO cms_publication (item_id, version_id, column_id, digest, at, starts_at, authority_clause)"
                " VALUES (%s, %s, %s, %s, %s, %s, '')",
                [*row, row[-1]],
            )
            for row in rows
        ),
        (
            "INSERT INTO cms_sitestamp (id, number, changed_at) VALUES (1, 1, now())"
            " ON CONFLICT (id) DO UPDATE SET number = cms_sitestamp.number + 1",
            [],
        ),
    )


def as_administrator(*statements: tuple[str, list[object]]) -> None:
    """As the administrator of the bench's own database, with replication's role: no run stands behind these rows."""
    import environ
    import psycopg2

    admin = environ.Env.db_url_config(os.environ["DATABASE_ADMIN_URL"])
    there = connection.get_connection_params()
    own = psycopg2.connect(
        dbname=there["dbname"], user=admin["USER"], password=admin["PASSWORD"],
        host=there.get("host"), port=there.get("port"),
    )  # fmt: skip
    with own, own.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for statement, values in statements:
            cursor.execute(statement, values)
    own.close()


def files() -> dict[str, str]:
    """The very bytes of each page under STATIC_ROOT: {page: address}."""
    reader, found = Client(headers={"host": "localhost"}), {}
    for name, path in PATHS.items():
        answer = reader.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        kind = path.rpartition(".")[2] if "." in path else "html"
        file = f"bench-{hashlib.sha256(answer.content).hexdigest()[:12]}.{kind}"
        (Path(settings.STATIC_ROOT) / file).write_bytes(answer.content)
        found[name] = f"/static/{file}"
    return found


class Server:
    """gunicorn on a port of its own; it looks at the static files once, when it starts."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", "python:ecdept.webserver", "--bind",
             f"127.0.0.1:{self.port}", "ecdept.wsgi"],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), "CONN_MAX_AGE": "60"},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for _n in range(600):
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    break
            except OSError:
                time.sleep(0.1)
        else:
            raise SystemExit("the server does not answer")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


def rate(server: Server, path: str, seconds: float) -> float:
    """Requests a second of CLIENTS clients that keep their connections."""
    counts = [0] * CLIENTS
    until = time.perf_counter() + seconds

    def client(n: int) -> None:
        link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        while time.perf_counter() < until:
            link.request("GET", path, headers={"Accept-Encoding": "identity"})
            answer = link.getresponse()
            answer.read()
            assert answer.status == 200, (path, answer.status)
            counts[n] += 1
        link.close()

    began = time.perf_counter()
    threads = [threading.Thread(target=client, args=(n,)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - began)


def measure(size: int, seconds: float) -> None:
    addresses = files()
    server = Server()
    try:
        for name, path in PATHS.items():
            length = (Path(settings.STATIC_ROOT) / addresses[name].rpartition("/")[2]).stat().st_size
            rate(server, path, 0.5)
            rate(server, addresses[name], 0.5)
            turns = [
                (rate(server, path, seconds), rate(server, addresses[name], seconds)) for _turn in range(3)
            ]
            page, file = (statistics.median(column) for column in zip(*turns, strict=True))
            ratio = statistics.median(one / other for one, other in turns)
            print(
                f"row 9, {name}, {size} items, {length} bytes: {page:.0f} requests/s, the file {file:.0f},"
                f" ratio {ratio:.2f} (reach 0.6)"
            )
    finally:
        server.stop()
        for address in addresses.values():
            (Path(settings.STATIC_ROOT) / address.rpartition("/")[2]).unlink(missing_ok=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=3.0)
    options = parser.parse_args()
    call_command("collectstatic", "--noinput", verbosity=0)
    now = timezone.now()
    by = writer(now)
    for size in (options.items // 10, options.items):
        began = time.perf_counter()
        grow(size, by, now)
        print(f"{size} items, made in {time.perf_counter() - began:.0f} s")
        measure(size, options.seconds)


if __name__ == "__main__":
    main()
