"""Writing a backup of the database: one snapshot, two files.

pg_dump, the counts of every table and the rows that lie apart are all of one exported snapshot, so the counts in the
manifest are those of the dump. The main file holds everything but the keys whose erasure forgets people
(`hooks.Apart`): these go into the second file, `.keys.ecbak`, deleted after the days of `backups.keys_kept`.
"""

from __future__ import annotations

import contextlib
import os
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django
import psycopg2
from psycopg2 import sql

from backups import container, hooks, programs
from backups.errors import Failed

MAIN, KEYS = "database", "keys"
DUMP = "dump"
KEYS_SUFFIX = f".keys{container.SUFFIX}"


@dataclass(slots=True)
class Dumped:
    """Both files, and what they hold."""

    main: container.Written
    keys: container.Written
    made_at: datetime

    def forget(self) -> None:
        self.main.forget()
        self.keys.forget()


def dump_database(
    *,
    folder: Path,
    to: Sequence[container.Recipient],
    clause: str,
    book: str,
    erasures: int,
    login: programs.Login | None = None,
    backup_id: str = "",
    called: str = "database",
    more: Mapping[str, Any] | None = None,
) -> Dumped:
    """Back up the database of `login` (the owner's) into `folder`. `called`: how the names of its files begin, `more`:
    what the manifest says beside. Failed, or OSError when the disk does not take it;
    then neither file is there under its name."""
    login = login or programs.owner()
    connection = login.connect()
    connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_export_snapshot(), transaction_timestamp()")
            snapshot, made_at = cursor.fetchone()
            made_at = made_at.astimezone(UTC)
            tables = _tables(cursor)
            apart = [each for each in hooks.apart() if each.table in tables]
            columns = {each.table: _columns(cursor, each.table) for each in apart}
            facts = _facts(cursor) | {"clause": clause, "book": book, "erasures": erasures, **(more or {})}
            backup_id = backup_id or str(uuid.uuid4())
            name = f"{called}-{made_at:%Y%m%dT%H%M%S}Z-{backup_id[:8]}"
            common = {"backup_id": backup_id, "made_at": made_at.isoformat(), "to": to}

            def count(own: Any) -> dict[str, int]:
                with own.cursor() as inside:
                    return count_tables(inside, tables)

            def write_keys(own: Any) -> container.Written:
                parts = (
                    (f"rows/{each.table}", _copied(own, _whole(each.table, columns[each.table])))
                    for each in apart
                    if each.kept
                )
                return container.write(
                    folder / f"{name}{KEYS_SUFFIX}",
                    kind=KEYS, parts=parts, manifest=lambda: {"apart": columns}, **common,
                )  # fmt: skip

            def main_parts() -> Iterator[tuple[str, Iterator[bytes]]]:
                yield DUMP, programs.read("pg_dump", _arguments(snapshot, apart), login)
                for each in apart:
                    if not each.gone:
                        yield (
                            f"empty/{each.table}",
                            _copied(connection, _without(each, columns[each.table], made_at)),
                        )

            beside = [_Beside(login, snapshot, count), _Beside(login, snapshot, write_keys)]
            try:
                main = container.write(
                    folder / f"{name}{container.SUFFIX}",
                    kind=MAIN,
                    parts=main_parts(),
                    manifest=lambda: (
                        facts
                        | {"counts": beside[0].result(), "apart": columns, "compression": programs.COMPRESSION}
                    ),
                    **common,
                )  # fmt: skip
                keys = beside[1].result()
            except BaseException:
                for each in beside:
                    each.stop()
                for suffix in (container.SUFFIX, KEYS_SUFFIX):
                    (folder / f"{name}{suffix}").unlink(missing_ok=True)
                raise
        return Dumped(main, keys, made_at)
    finally:
        connection.close()


def _arguments(snapshot: str, apart: Sequence[hooks.Apart]) -> list[str]:
    return [
        "--format=custom", f"--compress={programs.COMPRESSION}", "--no-owner", f"--snapshot={snapshot}",
        *(f"--exclude-table-data=public.{each.table}" for each in apart),
    ]  # fmt: skip


def _tables(cursor: Any) -> list[str]:
    cursor.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY 1"
    )
    return [row[0] for row in cursor.fetchall()]


def _columns(cursor: Any, table: str) -> list[str]:
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        " AND attgenerated = '' ORDER BY attnum",
        [f"public.{table}"],
    )
    return [row[0] for row in cursor.fetchall()]


def _facts(cursor: Any) -> dict[str, Any]:
    """What the manifest says beside counts: versions, the head of the ledger, the size."""
    cursor.execute(
        "SELECT current_database(), pg_database_size(current_database()), current_setting('server_version')"
    )
    name, size, server = cursor.fetchone()
    cursor.execute("SELECT app, max(name) FROM django_migrations GROUP BY app ORDER BY app")
    migrations = dict(cursor.fetchall())
    cursor.execute(
        "SELECT id, encode(digest, 'hex'), era, h::text, last_id, at, system_identifier FROM audit_seal"
        " ORDER BY id DESC LIMIT 1"
    )
    row = cursor.fetchone()
    seal = None
    if row is not None:
        names = ("id", "digest", "era", "h", "last_id", "at", "system_identifier")
        seal = dict(zip(names, row, strict=True)) | {"at": row[5].astimezone(UTC).isoformat()}
    cursor.execute("SELECT encode(digest, 'hex') FROM audit_entry ORDER BY id LIMIT 1")
    first = cursor.fetchone()
    cursor.execute("SELECT coalesce(max(id), 0) FROM audit_entry")
    return {
        "history": first[0] if first else "",
        "database": name, "database_size": size, "server": server, "django": django.get_version(),
        "migrations": migrations, "ledger": {"seal": seal, "entry": cursor.fetchone()[0]},
    }  # fmt: skip


def count_tables(cursor: Any, tables: Sequence[str]) -> dict[str, int]:
    """Rows of each table, many tables a statement."""
    counts: dict[str, int] = {}
    for start in range(0, len(tables), 100):
        some = tables[start : start + 100]
        parts = [
            sql.SQL("SELECT {}, count(*) FROM {}").format(sql.Literal(name), sql.Identifier("public", name))
            for name in some
        ]
        cursor.execute(sql.SQL(" UNION ALL ").join(parts))
        counts |= dict(cursor.fetchall())
    return counts


class _Beside(threading.Thread):
    """Work on a connection of its own, in the same snapshot, while pg_dump runs."""

    def __init__(self, login: programs.Login, snapshot: str, work: Callable[[Any], Any]) -> None:
        super().__init__(name="beside-the-dump", daemon=True)
        self._connection = login.connect()
        self._snapshot, self._work = snapshot, work
        self._found: Any = None
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self._connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
            with self._connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION SNAPSHOT %s", [self._snapshot])
            self._found = self._work(self._connection)
        except BaseException as error:  # noqa: BLE001 - handed on to whoever waits for the result
            self._error = error
        finally:
            self._connection.close()

    def result(self) -> Any:
        """What the work answered, or what it raised."""
        self.join()
        if isinstance(self._error, (Failed, OSError)):
            raise self._error
        if self._error is not None:
            raise Failed(f"The tables could not be read: {self._error}.", code="dump") from self._error
        return self._found

    def stop(self) -> None:
        """Nobody wants the result any more."""
        with contextlib.suppress(psycopg2.Error):
            self._connection.cancel()
        self.join()


def _whole(table: str, columns: Sequence[str]) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("SELECT {} FROM {} ORDER BY 1").format(names, sql.Identifier("public", table))


def _without(each: hooks.Apart, columns: Sequence[str], made_at: datetime) -> sql.Composed:
    instant = sql.SQL("{}::timestamptz").format(sql.Literal(made_at.isoformat()))
    chosen = sql.SQL(", ").join(
        sql.SQL(each.without[name]).format(made_at=instant) if name in each.without else sql.Identifier(name)
        for name in columns
    )
    return sql.SQL("SELECT {} FROM {} ORDER BY 1").format(chosen, sql.Identifier("public", each.table))


def _copied(connection: Any, query: sql.Composed) -> Iterator[bytes]:
    """What COPY gives, in PostgreSQL's binary form, in pieces."""
    reading, writing = os.pipe()
    failed: list[Exception] = []

    def copy() -> None:
        try:
            with os.fdopen(writing, "wb") as target, connection.cursor() as cursor:
                statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(query)
                cursor.copy_expert(statement, target)
        except Exception as error:  # noqa: BLE001 - handed on below
            failed.append(error)

    thread = threading.Thread(target=copy, name="copy-apart", daemon=True)
    with os.fdopen(reading, "rb", buffering=0) as source:
        thread.start()
        try:
            while piece := source.read(1 << 18):
                yield piece
        finally:
            source.close()
            thread.join()
    if failed:
        raise Failed(f"Rows that lie apart could not be read: {failed[0]}", code="dump") from failed[0]
