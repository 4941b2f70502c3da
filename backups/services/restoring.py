"""Putting a backup into an empty database, and what is looked at before anybody may use it.

Tables first, then their rows, then the rows that lie apart, then indexes, foreign keys and law triggers: so nothing is
checked before it is whole.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from psycopg2 import sql

from backups import hooks, programs
from backups.container import Broken, Reader
from backups.errors import Failed
from backups.services.dumping import DUMP, count_tables

#: Many statements a transaction: a commit for each of a thousand constraints would take longer than they do.
COMMON = ("--no-owner", "--exit-on-error", "--transaction-size=500")


@dataclass(slots=True)
class Opened:
    """A backup's file with the data keys of its parts."""

    reader: Reader
    keys: Mapping[str, bytes] = field(repr=False)

    def part(self, name: str) -> Iterator[bytes]:
        return self.reader.open_part(name, self.keys)


def fill(*, login: programs.Login, main: Opened, keys: Opened | None, trial: bool = False) -> None:
    """Restore into the empty database of `login`. Without `keys` nobody can be read afterwards. `trial`: it is
    looked at once and dropped. Failed, Broken."""
    if keys is not None and keys.reader.id != main.reader.id:
        raise Failed("The file with the keys belongs to another backup.", code="keys")
    into = [*COMMON, f"--dbname={login.database}"]
    programs.feed("pg_restore", [*into, "--section=pre-data", "--section=data"], login, main.part(DUMP))
    connection = login.connect()
    try:
        with connection, connection.cursor() as cursor:
            for table, columns in (main.reader.manifest.get("apart") or {}).items():
                source, name = (keys, f"rows/{table}") if keys is not None else (main, f"empty/{table}")
                if name in source.reader.parts:
                    _copy_in(cursor, str(table), [str(each) for each in columns], source.part(name))
    finally:
        connection.close()
    programs.feed("pg_restore", [*into, "--section=post-data"], login, main.part(DUMP))
    _analyse(login, trial=trial)


def _copy_in(cursor: Any, table: str, columns: list[str], pieces: Iterator[bytes]) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(
        sql.Identifier("public", table), names
    )
    reading, writing = os.pipe()
    failed: list[BaseException] = []

    def pour() -> None:
        try:
            with contextlib.suppress(BrokenPipeError), os.fdopen(writing, "wb") as target:
                for piece in pieces:
                    target.write(piece)
        except Exception as error:  # noqa: BLE001 - handed on below
            failed.append(error)

    thread = threading.Thread(target=pour, name="copy-back", daemon=True)
    with os.fdopen(reading, "rb") as source:
        thread.start()
        try:
            cursor.copy_expert(statement, source)
        except Exception as error:
            source.close()
            thread.join()
            if failed:
                raise failed[0] from error
            raise Failed(f"The rows of {table} could not be put back: {error}", code="restore") from error
    thread.join()
    if failed:
        raise failed[0]


def _analyse(login: programs.Login, *, trial: bool) -> None:
    """Whoever works with it needs good plans; what reads every table once needs to know little more than how large they
    are, and a tenth of the sample takes a tenth of the time."""
    connection = login.connect()
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            if trial:
                cursor.execute("SET default_statistics_target = 10")
            cursor.execute("ANALYZE")
    finally:
        connection.close()


def wrong_counts(*, login: programs.Login, main: Opened, with_keys: bool) -> tuple[int, list[str]]:
    """How many tables were counted, and one line for each whose count is not the manifest's."""
    said = {str(name): int(count) for name, count in (main.reader.manifest.get("counts") or {}).items()}
    for each in hooks.apart():
        if each.table in said and (not each.kept or (each.gone and not with_keys)):
            said[each.table] = 0
    connection = login.connect()
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE n.nspname = 'public' AND c.relkind = 'r'"
            )
            present = {row[0] for row in cursor.fetchall()}
            found = count_tables(cursor, sorted(set(said) & present))
    finally:
        connection.close()
    findings = [f"table {name}: it is missing" for name in sorted(set(said) - present)]
    findings += [
        f"table {name}: {found[name]} rows, {said[name]} in the backup"
        for name in sorted(found)
        if found[name] != said[name]
    ]
    return len(said), findings


@contextlib.contextmanager
def looking(*, login: programs.Login, arguments: list[str]) -> Iterator[Callable[[], dict[str, Any]]]:
    """`manage.py look_at_restored`, as the owner of the restored database, in a process of its own: this one stays with
    the database in use. It starts at once, for that takes seconds, and looks only when what is given here is called:
    answers what it found. Failed when it could not look."""
    address = _address(login)
    env = {**os.environ, "DATABASE_URL": address, "DATABASE_OWNER_URL": address, "ECDEPT_DB_ROLE": "owner",
           "ECDEPT_PROCESS": "command", "LOG_LEVEL": "ERROR", "CONN_MAX_AGE": "0"}  # fmt: skip
    command = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "look_at_restored", "--wait"]
    with subprocess.Popen(
        [*command, *arguments], env=env, cwd=settings.BASE_DIR, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as child:  # fmt: skip
        try:
            yield lambda: _answer(child)
        finally:
            child.kill()


def _answer(child: subprocess.Popen[str]) -> dict[str, Any]:
    said, words = child.communicate("look\n")
    try:
        return dict(json.loads(said))
    except ValueError:
        reason = (words.strip().splitlines() or ["it gave no reason"])[-1]
        raise Failed(f"The restored database could not be looked at: {reason[:300]}", code="verify") from None


def look_inside(*, login: programs.Login, arguments: list[str]) -> dict[str, Any]:
    """The same of a database that is there already."""
    with looking(login=login, arguments=arguments) as look:
        return look()


def _address(login: programs.Login) -> str:
    host = quote(login.host, safe="")
    port = f":{login.port}" if login.port else ""
    return f"postgres://{quote(login.user, safe='')}:{quote(login.password, safe='')}@{host}{port}/{login.database}"


__all__ = ["Broken", "Opened", "fill", "look_inside", "looking", "wrong_counts"]
