"""Restoring a backup as a database. An empty place needs nothing; a database that can still be read is overwritten only
with an executed run (`backups.restore`), and even then it is kept beside, under another name.

The restore works in `NAME_restoring`. Killed at any instant it leaves that database, whose name says that it is not
ready, and NAME as it was; the next restore begins anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import psycopg2
from django.conf import settings
from django.db import DatabaseError, connections, transaction
from django.db.migrations.loader import MigrationLoader
from psycopg2 import sql

from backups import container, programs
from backups.container import Reader
from backups.errors import Failed
from backups.models import RestoreUse
from backups.services import drilling, erasures, genuine, restoring
from backups.services.dumping import KEYS_SUFFIX, MAIN
from office.approvals import api as approvals

KIND = "backups.restore"
#: How long after it was executed a permission may be used.
VALID = timedelta(days=7)
NAME = re.compile(r"[a-z_][a-z0-9_]{0,47}")
RESTORING = "_restoring"


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did."""

    database: str
    kept: str  # the old database's new name, "" when there was none
    made_at: datetime
    tables: int
    counts: dict[str, Any]
    sampled: int
    erased: int
    seconds: float
    seals_log: str  # where the seals from before were set aside, "" when nothing was


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be restored. `keys`, `listed`: other places than beside the file and under the home."""

    file: Path
    database: str
    keys: Path | None = None
    listed: Path | None = None
    listed_until: str = ""  # the day on which the installation stopped, when its list ends long ago
    without_keys: bool = False
    force: bool = False
    sha256: tuple[str, ...] = ()  # of files that bear no stamp of ours


def companion(file: Path) -> Path:
    """Where the customers' keys of a backup lie: beside it."""
    return file.with_name(file.name.removesuffix(container.SUFFIX) + KEYS_SUFFIX)


class Source(Protocol):
    """What is put into the place. `fill` answers how many tables were counted and what does not fit; after it the other
    facts are known. `listed`: the list of erasures to replay."""

    id: str
    made_at: datetime
    listed: Path | None

    def fill(self, fresh: programs.Login) -> tuple[int, list[str]]: ...


class Sealed:
    """A backup's file, and the one with customers' keys."""

    def __init__(self, main: restoring.Opened, keys: restoring.Opened | None, listed: Path | None) -> None:
        self.id = main.reader.id
        self.made_at = datetime.fromisoformat(main.reader.manifest["made_at"])
        self.listed = listed
        self._main, self._keys = main, keys

    def fill(self, fresh: programs.Login) -> tuple[int, list[str]]:
        restoring.fill(login=fresh, main=self._main, keys=self._keys)
        return restoring.wrong_counts(login=fresh, main=self._main, with_keys=self._keys is not None)


def restore(asked: Asked, *, private: bytes, now: datetime) -> Restored:
    """See the module. Failed, container.Broken and container.WrongKey say why nothing was changed."""
    if not NAME.fullmatch(asked.database) or asked.database in ("postgres", "template0", "template1"):
        raise Failed(
            f"{asked.database} cannot be the name: small letters, digits and _, at most 48.", code="name"
        )
    main, sha256 = opened(asked.file, private, MAIN, asked.sha256)
    keys = None
    if not asked.without_keys:
        beside = asked.keys or companion(asked.file)
        if not beside.is_file():
            raise Failed(
                f"The customers’ keys of this backup ({beside.name}) are not beside it. Name it with --keys FILE, "
                "or give --without-keys: then no customer of it can be read any more.",
                code="keys",
            )
        keys, _sha = opened(beside, private, "keys", asked.sha256)
    check_release(main.reader.manifest)
    source = Sealed(main, keys, listed_of(asked, main.reader.manifest, now))
    return put(asked, source, permitted=lambda: _permission(asked, sha256, now), now=now)


def put(
    asked: Asked, source: Source, *, permitted: Callable[[], approvals.Run | None], now: datetime
) -> Restored:
    """Fill a database beside, look at it, replay erasures, and only then give it the name. `permitted` is asked where
    what has the name can still be read. Failed says why nothing was changed."""
    started = time.monotonic()
    login = programs.owner()
    fresh = login.at(asked.database + RESTORING)
    with programs.administering(login) as cursor, _only_one(cursor, asked.database):
        state = _state(cursor, login.at(asked.database))
        run = permitted() if state == "readable" else None
        programs.drop_database(cursor, fresh.database)
        programs.create_database(cursor, fresh.database, login.user)
        try:
            cursor.execute(
                sql.SQL("COMMENT ON DATABASE {} IS 'ecdept: a restore that is not finished'").format(
                    sql.Identifier(fresh.database)
                )
            )
            tables, findings = source.fill(fresh)
            inside: dict[str, Any] = {"counts": {}, "findings": [], "sampled": 0, "erased": 0}
            if not findings:
                arguments = ["--sample", str(drilling.SAMPLE), "--restored", source.id]
                inside = restoring.look_inside(
                    login=fresh,
                    arguments=arguments + (["--erasures", str(source.listed)] if source.listed else []),
                )
                findings = [str(each) for each in inside["findings"]]
            if findings:
                more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
                raise Failed(f"The backup does not verify: {findings[0]}{more}", code="verify")
            kept, seals_log = _open(cursor, login, asked, state, run, now)
        except BaseException:
            with contextlib.suppress(psycopg2.Error):
                programs.drop_database(cursor, fresh.database)
            raise
    return Restored(
        database=asked.database, kept=kept, made_at=source.made_at, tables=tables, counts=dict(inside["counts"]),
        sampled=int(inside["sampled"]), erased=int(inside["erased"]), seconds=time.monotonic() - started,
        seals_log=seals_log,
    )  # fmt: skip


def opened(
    path: Path, private: bytes, kind: str, given: tuple[str, ...] = ()
) -> tuple[restoring.Opened, str]:
    reader = Reader(path)
    if reader.kind != kind:
        raise Failed(f"{path.name} is a backup of kind {reader.kind}, not {kind}.", code="kind")
    sha256 = reader.check()
    keys = reader.keys_with(private)
    reader.sealed_manifest(keys)
    genuine.must_be(reader, sha256, given)
    return restoring.Opened(reader, keys), sha256


def check_release(manifest: dict[str, Any]) -> None:
    """A backup of a newer release would be read wrongly."""
    known = MigrationLoader(None).disk_migrations
    apps = {app for app, _name in known}
    for app, name in sorted((manifest.get("migrations") or {}).items()):
        if app in apps and (app, name) not in known:
            raise Failed(
                f"The backup is of a newer release ({app}.{name} is unknown here); restore it with that release.",
                code="newer",
            )


def listed_of(asked: Asked, manifest: dict[str, Any], now: datetime) -> Path | None:
    """The list of erasures to replay; None where no key comes back. Failed when it is older than the dump."""
    if asked.without_keys:
        return None
    file = asked.listed or erasures.path()
    if asked.listed is not None and not asked.listed.is_file():
        raise Failed(
            f"There is no file {file}: name the newest list of erasures (off site).", code="erasures"
        )
    if asked.listed is None:
        # The database in use knows best, while it answers and is not itself behind the backup (a machine put back to an
        # older state). A new installation is another history: it adds nothing.
        with contextlib.suppress(Exception):
            if erasures.reaches(manifest):
                erasures.publish(now=now, force=True)
    found = erasures.read(file, str(manifest.get("history")))
    erasures.check(found, manifest, file)
    if asked.listed is not None:
        erasures.check_end(found, file, until=asked.listed_until, now=now)
    return file


@contextlib.contextmanager
def _only_one(cursor: Any, database: str) -> Iterator[None]:
    number = int.from_bytes(
        hashlib.sha256(f"ecdept restore {database}".encode()).digest()[:8], "big", signed=True
    )
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
    if not cursor.fetchone()[0]:
        raise Failed(f"Another restore of {database} is going on.", code="busy")
    yield


def _state(cursor: Any, target: programs.Login) -> str:
    """absent, empty, new (an installation with nobody in it; kept beside, for something may have been done in it), or
    readable. One that does not answer counts as readable: what may come back is not overwritten unasked."""
    if target.database not in programs.databases(cursor):
        return "absent"
    try:
        connection = target.connect()
    except Failed:
        return "readable"
    with contextlib.closing(connection), connection.cursor() as inside:
        inside.execute(
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN"
            " ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
        )
        if not inside.fetchone()[0]:
            return "empty"
        inside.execute("SELECT to_regclass('public.staff_employee') IS NOT NULL")
        if not inside.fetchone()[0]:
            return "readable"
        inside.execute("SELECT EXISTS (SELECT FROM public.staff_employee)")
        if inside.fetchone()[0]:
            return "readable"
        inside.execute("SELECT to_regclass('public.audit_entry') IS NOT NULL")
        if not inside.fetchone()[0]:
            return "empty"
        inside.execute("SELECT EXISTS (SELECT FROM public.audit_entry)")
        return "new" if inside.fetchone()[0] else "empty"


def _permission(asked: Asked, sha256: str, now: datetime) -> approvals.Run:
    """The executed run that permits to overwrite. Failed says what is missing."""
    if not asked.force:
        raise Failed(
            f"{asked.database} can still be read, so it is not overwritten: restore under another name, or give "
            "--force with a permission that the general manager has agreed to (page Backups).",
            code="readable",
        )
    used = RestoreUse.objects.values("run")
    runs = approvals.Run.objects.filter(kind=KIND, state="executed", executed_at__gte=now - VALID)
    try:
        unused = list(runs.exclude(pk__in=used).order_by("-pk"))
    except DatabaseError as error:
        raise Failed(
            f"The database does not answer, so no permission to overwrite {asked.database} can be looked up; it may "
            "come back. Restore under another name, or rename it by hand once it is known to be lost.",
            code="unreadable",
        ) from error
    for run in unused:
        payload = run.payload
        if payload.get("database") == asked.database and payload.get("sha256") == sha256:
            return run
    raise Failed(
        f"Nobody has permitted to overwrite {asked.database} with this file within the last {VALID.days} days: ask for "
        "it on the page Backups; the general manager agrees.",
        code="not_permitted",
    )


def _open(
    cursor: Any,
    login: programs.Login,
    asked: Asked,
    state: str,
    run: approvals.Run | None,
    now: datetime,
) -> tuple[str, str]:
    """The restored database takes the name; the last thing, and quick. Both names change in one transaction, and a
    permission is used up only when they have changed: Failed, or killed at any instant, nothing is."""
    fresh, name = asked.database + RESTORING, asked.database
    own = name == login.database
    aside = "" if state == "absent" else f"{name[:35]}_before_{now:%Y%m%d%H%M%S%f}"
    if own:
        connections.close_all()
    if run is None or own:
        _exchange(cursor, fresh, name, aside)
    else:
        with transaction.atomic():
            RestoreUse(run=run, database=name, file=asked.file.name, at=now).save()
            _exchange(cursor, fresh, name, aside)
    if run is not None and own:
        _used(login.at(aside), run, asked, now)
    if state == "empty":
        programs.drop_database(cursor, aside)
        aside = ""
    return aside, _set_aside(now) if own else ""


def _exchange(cursor: Any, fresh: str, name: str, aside: str) -> None:
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    cursor.execute("BEGIN")
    try:
        if aside:
            cursor.execute(rename.format(sql.Identifier(name), sql.Identifier(aside)))
        cursor.execute(sql.SQL("COMMENT ON DATABASE {} IS NULL").format(sql.Identifier(fresh)))
        cursor.execute(rename.format(sql.Identifier(fresh), sql.Identifier(name)))
        cursor.execute("COMMIT")
    except psycopg2.errors.ObjectInUse as error:
        cursor.execute("ROLLBACK")
        raise Failed(f"Programs still use the database {name}; stop them first.", code="in_use") from error
    except BaseException:
        with contextlib.suppress(psycopg2.Error):
            cursor.execute("ROLLBACK")
        raise


def _used(old: programs.Login, run: approvals.Run, asked: Asked, now: datetime) -> None:
    """The database in use was overwritten: its permission lies in the one that is kept beside."""
    with contextlib.closing(old.connect()) as connection, connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO backups_restoreuse (run_id, database, file, at) VALUES (%s, %s, %s, %s)",
            [run.pk, asked.database, asked.file.name, now],
        )


def _set_aside(now: datetime) -> str:
    """seals.log may know seals that the backup lacks, and contradicting it would be an incident."""
    file = Path(settings.ECDEPT_HOME) / "seals.log"
    if not file.exists():
        return ""
    aside = file.with_name(f"seals-before-{now:%Y%m%dt%H%M%Sz}.log")
    os.rename(file, aside)
    return str(aside)
