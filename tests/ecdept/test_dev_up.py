"""The life of one home, as a person at a terminal would live it. Few and long, because each start costs seconds."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest

from ecdept.embedded.home import Home
from ecdept.embedded.postgres import OWNER
from ecdept.embedded.servers import Servers
from tests.ecdept.homes import SERVERS, DevHome, dev_home, free_port, get

#: The first release's tables: app → its migration then.
OLDER = {"staff": "0001_initial", "orders": "0001_folded_0013"}
COUNT = """
from office.staff.models import Proposal
from orders.models import Order
from office.rulebook import api as rulebook
print(Order.objects.count(), Proposal.objects.count(), rulebook.book().code)
"""
WHO = """
from office.staff.models import Employee
from office.rulebook import api as rulebook
print(*Employee.objects.values_list("number", flat=True), rulebook.book().code)
"""


@pytest.fixture
def home() -> Iterator[DevHome]:
    with dev_home() as made:
        yield made


@contextlib.contextmanager
def owner_session(
    home: DevHome, monkeypatch: pytest.MonkeyPatch
) -> Iterator["psycopg2.extensions.connection"]:
    """The database of a stopped home, as its owner."""
    for name in SERVERS:
        monkeypatch.delenv(name, raising=False)
    place = Home(home.path)
    assert place.lock("test")
    with Servers(place) as servers:
        assert servers.postgres is not None
        connection = psycopg2.connect(servers.postgres.url(OWNER))
        connection.autocommit = True
        yield connection
        connection.close()
    place.unlock()


def words(process: psutil.Process) -> str:
    """Its command line; "" of one that has ended since it was listed."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def is_program(process: psutil.Process, name: str, parent: int) -> bool:
    """Whether it is that program of the `up` with that pid; a process that ends meanwhile is not."""
    try:
        return process.environ().get("ECDEPT_PROCESS") == name and process.ppid() == parent
    except psutil.Error:
        return False


@pytest.mark.slow
def test_it_serves_stops_cleanly_and_goes_on_with_the_same_data(
    home: DevHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    first = home.up(port)
    said_first = home.output.read_text()
    # A command uses the running servers, and its stdout is its own.
    logins = json.loads(home.dev("manage", "demo_logins", "--json").stdout)
    assert {"username", "password", "position", "totp_secret"} <= set(logins[0])
    for each in logins:
        assert f"  {each['username']}  {each['password']}  " in said_first
    assert get(port, "/healthz") == (200, '{"status": "ok"}')
    assert get(port, "/readyz")[0] == 200
    assert get(port, "/")[0] in {200, 302}

    # One home serves once, and a taken port is named.
    again = home.dev("up", "--port", str(free_port()))
    assert (again.returncode, again.stdout) == (1, "")
    assert f"is already in use by process {first.pid} (./dev up)" in again.stderr
    with dev_home() as other:
        taken = other.dev("up", "--port", str(port))
    assert (taken.returncode, taken.stdout) == (1, "")
    assert taken.stderr == f"dev: port {port} is taken by another program; choose another with --port.\n"

    first.send_signal(signal.SIGTERM)
    assert first.wait(60) == 0
    assert home.empty_of_processes(1) == []

    # Every line of every log of ours is JSON without a query string, the last words as well.
    for name in ("web", "worker", "beat"):
        for line in (home.path / "log" / f"{name}.log").read_text().splitlines():
            said = json.loads(line)
            assert said["process"] == name
            assert "?" not in said.get("request", "")

    # A database of an older version is backed up, then migrated, and that is said.
    # It is one: our own migrations are taken back, with the demo's data in the tables.
    for app, name in OLDER.items():
        back = home.dev("manage", "migrate", app, name)
        assert back.returncode == 0, back.stderr
    with owner_session(home, monkeypatch) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('staff_proposal') IS NULL, (SELECT count(*) FROM orders_order)")
        ((older, orders),) = cursor.fetchall()
    assert older
    assert orders > 200
    second = home.up(port)
    said_second = home.output.read_text()
    assert "This data is from an older version: it is dumped, and the dump restored on trial" in said_second
    (backup,) = [each for each in (home.path / "backups").glob("before-*.ecbak") if ".keys." not in each.name]
    assert backup.read_bytes()[:5] == b"ECBAK"
    assert list((home.path / "backups").glob("before-*.keys.ecbak"))
    assert f"Backed up to {backup} (" in said_second
    assert "\nMigrated: " in said_second
    assert "demo company …" not in said_second  # the data of the first start is still there
    assert logins[0]["password"] in said_second
    counted = home.dev("manage", "shell", "--verbosity", "0", "-c", COUNT)
    assert counted.stdout == f"{orders} 0 site\n", counted.stderr

    # One process that dies stops all, with a sentence that names it.
    (beat,) = (each for each in home.processes() if is_program(each, "beat", second.pid))
    beat.kill()
    assert second.wait(60) == 1
    assert "beat ended unexpectedly by signal 9, so everything was stopped" in home.output.read_text()
    assert home.empty_of_processes(1) == []

    # The way back: the dump takes the place again, verified, and the data from before stays beside it.
    lost = next(each for each in (home.path / "files").glob("??/??/*") if each.is_file())
    lost.unlink()
    went = home.dev("restore", str(backup))
    assert went.returncode == 0, went.stderr
    assert "orders opened, 0 erasures replayed" in went.stderr
    assert "is kept in the database ecdept_before_" in went.stderr
    assert "1 files that were missing were put back" in went.stderr
    assert lost.exists()
    counted = home.dev("manage", "shell", "--verbosity", "0", "-c", COUNT)
    assert counted.stdout == f"{orders} 0 site\n", counted.stderr

    # A database of a newer release is left alone.
    with owner_session(home, monkeypatch) as connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('orders', '9999_later', now())"
        )
    newer = home.dev("up", "--port", str(port))
    assert (newer.returncode, newer.stdout) == (1, "")
    assert newer.stderr.startswith("dev: the database is newer than this code (it has orders.9999_later")
    assert newer.stderr.count("\n") == 1
    assert home.empty_of_processes(1) == []


@pytest.mark.slow
def test_a_command_starts_the_servers_it_needs_and_leaves_none(home: DevHome, tmp_path: Path) -> None:
    said = home.dev("manage", "shell", "--verbosity", "0", "-c", "print('made')")
    assert (said.returncode, said.stdout) == (0, "made\n"), said.stderr
    assert home.empty_of_processes(1) == []

    # Two at once share the servers; the one that started them waits for the other. The exit code is the command's.
    first = home.start("manage", "shell", "-c", "raise SystemExit(7)")
    time.sleep(0.5)
    second = home.dev(
        "manage", "shell", "--verbosity", "0", "-c", "import time; time.sleep(2); print('second')"
    )
    assert (second.returncode, second.stdout) == (0, "second\n"), second.stderr
    assert first.wait(60) == 7
    assert home.empty_of_processes(1) == []

    # Killed without a chance to clean up, it leaves nothing behind, and the next command just works.
    killed = home.start("manage", "shell", "-c", "import time; time.sleep(60)")
    while not [each for each in home.processes() if "shell" in words(each)]:
        assert killed.poll() is None
        time.sleep(0.1)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    assert home.empty_of_processes(15) == []

    # This database is still empty, so `up --empty` wants the first administrator.
    port = free_port()
    refused = home.dev("up", "--empty", "--port", str(port))
    assert refused.returncode == 1
    assert "ECDEPT_ADMIN_NUMBER" in refused.stderr
    administrator = {
        "ECDEPT_ADMIN_NUMBER": "A0001",
        "ECDEPT_ADMIN_NAME": "周总",
        "ECDEPT_ADMIN_PASSWORD": "correct-Horse-battery-8",
    }
    up = home.up(port, "--empty", "--book", "mall", **administrator)
    assert "Demo company" not in home.output.read_text()
    said = home.dev("manage", "shell", "--verbosity", "0", "-c", WHO)
    assert said.stdout == "A0001 mall\n", said.stderr
    up.send_signal(signal.SIGINT)
    assert up.wait(60) == 0
    assert home.empty_of_processes(1) == []


def test_a_broken_database_folder_is_one_sentence(home: DevHome) -> None:
    (home.path / "postgres" / "data").mkdir(parents=True)
    done = home.dev("up", "--port", str(free_port()))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"dev: {home.path}/postgres/data is not a PostgreSQL data folder")
    assert done.stderr.count("\n") == 1
    assert [each for each in psutil.Process().children() if "postgres" in words(each)] == []


def tables_begun(home: DevHome) -> bool:
    """Whether some migrations of the first start are done."""
    try:
        secrets = dict(
            line.split("=", 1) for line in (home.path / "secrets.env").read_text().splitlines() if "=" in line
        )
        with (
            contextlib.closing(
                psycopg2.connect(
                    host=str(home.path / "postgres/data/socket"),
                    user="postgres",
                    password=secrets["POSTGRES_PASSWORD"].strip("'\""),
                    dbname="ecdept",
                )
            ) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT count(*) > 10 FROM django_migrations")
            return bool((cursor.fetchone() or (False,))[0])
    except (OSError, KeyError, psycopg2.Error):
        return False


def test_ctrl_c_during_the_first_start_leaves_nothing_behind_and_the_next_goes_on(home: DevHome) -> None:
    started = home.start("up", "--port", str(free_port()))
    while not tables_begun(home):
        assert started.poll() is None
        time.sleep(0.05)
    for each in home.processes():  # as a terminal does
        if each.name().startswith("python"):
            each.send_signal(signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        started.wait(30)
    assert started.returncode == 0
    assert home.empty_of_processes(2) == []
    assert home.output.read_text() == "Making the database …\n"
    assert home.dev("manage", "verify_ledger").stdout.startswith("ok: orders 0, entries ")
