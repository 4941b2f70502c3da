"""PostgreSQL and Valkey out of the wheels: private, password-protected, and clear when they cannot start."""

import errno
import os
import pwd
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

from ecdept.embedded.home import LONGEST_SOCKET_FOLDER, CannotRun, Home
from ecdept.embedded.postgres import ADMIN, APP, OWNER, Postgres
from ecdept.embedded.servers import Servers, environment
from tests.ecdept.homes import ROOT, SERVERS


@pytest.fixture(autouse=True)
def _no_given_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SERVERS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="ecd-") as folder:
        for name in SERVERS:
            patch.delenv(name, raising=False)
        home = Home(Path(folder) / "h")
        assert home.lock("test")
        with Servers(home, durable=False, with_admin=True) as running:
            yield running
        home.unlock()


def postgres_of(servers: Servers) -> Postgres:
    assert servers.postgres is not None
    return servers.postgres


def test_the_application_login_owns_nothing_and_the_owner_may_create_databases(servers: Servers) -> None:
    with (
        psycopg2.connect(postgres_of(servers).url(ADMIN, "postgres")) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname LIKE 'ecdept_%'"
        )
        roles = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute(
            "SELECT pg_get_userbyid(datdba), datlocprovider, datlocale FROM pg_database WHERE datname = 'ecdept'"
        )
        database = cursor.fetchone()
    connection.close()
    assert roles == {OWNER: (False, True, False), APP: (False, False, False)}
    assert database == (OWNER, "b", "C.UTF-8")


def test_every_login_needs_its_own_password(servers: Servers) -> None:
    folder = str(postgres_of(servers).socket_folder())
    for role in (ADMIN, OWNER, APP):
        for password in ("", "wrong"):
            with pytest.raises(psycopg2.OperationalError, match="password"):
                psycopg2.connect(
                    host=folder, user=role, password=password, dbname="ecdept", passfile="/dev/null"
                )
    assert servers.valkey is not None
    anonymous = redis.Redis(unix_socket_path=str(servers.valkey.folder / "socket" / "valkey.sock"))
    with pytest.raises(redis.AuthenticationError):
        anonymous.ping()
    anonymous.close()


def test_no_server_listens_on_the_network(servers: Servers) -> None:
    for child in servers.children():
        process = psutil.Process(child.pid)
        for each in (process, *process.children(recursive=True)):
            assert each.net_connections(kind="inet") == []


def test_the_sockets_lie_in_folders_that_only_their_owner_may_enter(servers: Servers) -> None:
    assert servers.valkey is not None
    for folder in (postgres_of(servers).data, postgres_of(servers).data / "socket", servers.valkey.folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    secrets = servers.home.path / "secrets.env"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600


def connects_as(user: int, path: Path) -> int:
    """0 when that local user can connect to the socket, else the error's number."""
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
            socket.socket(socket.AF_UNIX).connect(str(path))
        except OSError as error:
            os._exit(error.errno or 255)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another local user")
def test_another_local_user_reaches_neither_server(servers: Servers) -> None:
    assert servers.valkey is not None
    servers.home.path.parent.chmod(0o755)  # so that nothing but the servers' own folders stands in the way
    sockets = [
        postgres_of(servers).data / "socket" / ".s.PGSQL.5432",
        servers.valkey.folder / "socket" / "valkey.sock",
    ]
    for path in sockets:
        assert path.is_socket()
        assert connects_as(65534, path) == errno.EACCES
    with socket.socket(socket.AF_UNIX) as ours:
        ours.connect(str(sockets[0]))


def test_the_server_log_never_quotes_a_value(servers: Servers) -> None:
    with psycopg2.connect(postgres_of(servers).url(OWNER)) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE person (phone text PRIMARY KEY)")
        cursor.execute("INSERT INTO person VALUES ('13812345678')")
        with pytest.raises(psycopg2.errors.UniqueViolation):
            cursor.execute("INSERT INTO person VALUES (%s)", ["13812345678"])
        connection.rollback()
    connection.close()
    log = (servers.home.log / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "13812345678" not in log


def test_one_home_is_held_once(servers: Servers) -> None:
    assert not Home(servers.home.path).lock("second")
    assert servers.home.holder()["pid"] == os.getpid()


def test_a_second_start_goes_on_with_the_same_data_and_recovers_after_a_kill(tmp_path: Path) -> None:
    home = Home(tmp_path / ("very-long-" * 12) / "名字 with space")
    with Servers(home, durable=True) as first:
        assert len(str(postgres_of(first).socket_folder())) <= LONGEST_SOCKET_FOLDER
        with psycopg2.connect(postgres_of(first).url(OWNER)) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE kept (n int)")
            cursor.execute("INSERT INTO kept VALUES (7)")
        connection.close()
        for child in first.children():
            child.kill()
    with Servers(home) as second:
        with psycopg2.connect(postgres_of(second).url(OWNER)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT n FROM kept")
            assert cursor.fetchone() == (7,)
        connection.close()
        pids = [child.pid for child in second.children()]
    assert not any(psutil.pid_exists(pid) for pid in pids)

    # The same folder, broken in each way: one sentence that names it, and nothing left running.
    data = postgres_of(second).data
    (home.path / "secrets.env").rename(home.path / "secrets.kept")
    with pytest.raises(CannotRun, match=r"secrets\.env"):
        Servers(home).start()
    (home.path / "secrets.kept").replace(home.path / "secrets.env")
    (data / "global" / "pg_control").write_bytes(b"broken")
    with pytest.raises(CannotRun, match="does not start on"):
        Servers(home).start()
    (data / "PG_VERSION").write_text("17\n")
    with pytest.raises(CannotRun, match="was made by PostgreSQL 17"):
        Servers(home).start()
    (data / "PG_VERSION").write_text("")
    with pytest.raises(CannotRun, match="is not a PostgreSQL data folder"):
        Servers(home).start()
    (data / "PG_VERSION").unlink()
    with pytest.raises(CannotRun, match="is not a PostgreSQL data folder"):
        Servers(home).start()
    for name in ("postgres", "valkey"):
        (home.path / name).rename(home.path / "aside")
        (home.path / name).write_text("no folder")
        with pytest.raises(CannotRun, match=rf"cannot be started below .*/{name}"):
            Servers(home).start()
        (home.path / name).unlink()
        (home.path / "aside").rename(home.path / name)
    assert not [each for each in psutil.process_iter() if str(home.path) in " ".join(_words(each))]
    shutil.rmtree(home.path)


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_a_real_server_needs_both_logins(tmp_path: Path) -> None:
    home = Home(tmp_path / "h")
    with pytest.raises(CannotRun, match="DATABASE_OWNER_URL"):
        environment(home, None, None, given={"DATABASE_URL": "postgres://x/y", "REDIS_URL": "redis://x"})
    env = environment(
        home,
        None,
        None,
        given={
            "DATABASE_URL": "postgres://x/y",
            "DATABASE_OWNER_URL": "postgres://o/y",
            "REDIS_URL": "redis://x",
        },
    )
    assert env["DATABASE_URL"] == "postgres://x/y"
    assert env["SECRET_KEY"] == home.secrets()["SECRET_KEY"]


def test_a_folder_that_cannot_be_made_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotRun, match="cannot be used"):
        Home(tmp_path / "file" / "home")


AS_ANOTHER = """
import os, sys
from pathlib import Path
import email.parser, psycopg2, psutil, redis
from ecdept.embedded.home import Home
from ecdept.embedded.postgres import APP
from ecdept.embedded.servers import Servers
# Only now: the Python itself may lie in the home of root, where nobody else can read it.
os.setgroups([]), os.setgid(int(sys.argv[2])), os.setuid(int(sys.argv[2]))
home = Home(Path(sys.argv[1]))
assert home.lock("test")
with Servers(home, durable=False) as servers:
    psycopg2.connect(servers.postgres.url(APP)).close()
    redis.Redis.from_url(servers.valkey.url()).ping()
    print({psutil.Process(child.pid).uids().real for child in servers.children()})
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="whoever is a normal user shows it with every other test")
def test_a_normal_user_runs_them_as_himself() -> None:
    someone = pwd.getpwnam("nobody").pw_uid  # initdb wants an account with a name
    reachable = subprocess.run(["test", "-r", str(ROOT / "dev")], user=someone, group=someone, check=False)
    if reachable.returncode:
        pytest.skip("this checkout lies where no other user may read")
    env = {name: value for name, value in os.environ.items() if name not in SERVERS}
    with tempfile.TemporaryDirectory(prefix="ecd-") as folder:
        os.chown(folder, someone, someone)
        done = subprocess.run(
            [sys.executable, "-c", AS_ANOTHER, f"{folder}/h", str(someone)],
            cwd=ROOT,
            env=env | {"HOME": folder},
            check=False,
            capture_output=True,
            text=True,
        )
    assert (done.returncode, done.stdout) == (0, f"{{{someone}}}\n"), done.stderr
