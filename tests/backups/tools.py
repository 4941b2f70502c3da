"""What several tests of the backups do."""

from __future__ import annotations

import io
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command

from backups import programs
from ecdept.embedded.home import ROOT


def command(name: str, *arguments: object, **options: Any) -> str:
    """A management command's stdout; CommandError is the test's."""
    out = io.StringIO()
    call_command(name, *map(str, arguments), stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def ask(database: str, statement: str) -> list[tuple[Any, ...]]:
    """As the owner, in a database of the tests' server."""
    with (
        closing(programs.owner().at(database).connect()) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def databases() -> set[str]:
    with programs.administering(programs.owner()) as cursor:
        return programs.databases(cursor)


def drop(*names: str) -> None:
    with programs.administering(programs.owner()) as cursor:
        for name in names:
            programs.drop_database(cursor, name)


def started(*arguments: object, env: dict[str, str]) -> subprocess.Popen[bytes]:
    """A management command as a process of its own, which a test may kill."""
    return subprocess.Popen(
        [sys.executable, "manage.py", *map(str, arguments)], cwd=ROOT, start_new_session=True,
        env={**env, "ECDEPT_HOME": str(settings.ECDEPT_HOME), "ECDEPT_BACKUP_DIR": str(settings.ECDEPT_BACKUP_DIR)},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


def until(happened: Callable[[], object], seconds: float = 30) -> None:
    """Wait for something another process does."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def waiting_for_lock(database: str) -> bool:
    """Whether a client of that database waits for a lock that a test holds. Of other logins pg_stat_activity does not
    say it."""
    rows = ask(
        "postgres",
        "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
        f" WHERE d.datname = '{database}' AND NOT l.granted",
    )
    return bool(rows[0][0])


def whole_files(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.glob("*.ecbak"))
