"""`./dev restore FILE`: put a backup in the place of the database, which is kept beside it under another name."""

import argparse
import contextlib
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql

from ecdept.embedded.home import CannotRun, chosen_home
from ecdept.embedded.kept import beside, put_back
from ecdept.embedded.postgres import create_database, program
from ecdept.embedded.servers import Servers, tell


def restore(arguments: Sequence[str]) -> int:
    """Restore a dump of `backups/`, as the owner. Raises `CannotRun`; then the database is as it was."""
    parser = argparse.ArgumentParser(
        prog="dev restore",
        description="Put a backup in the place of the database, which is kept under another name.",
    )
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="a dump, such as backups/before-migrate-….dump"
    )
    parser.add_argument(
        "--files",
        type=Path,
        metavar="FOLDER",
        help="where files/ and order-records/ of the backup lie; without it the folder FILE's name with .files",
    )
    given = parser.parse_args(arguments)
    file = given.file.absolute()
    folder = (given.files or beside(file)).absolute()
    if given.files is not None and not folder.is_dir():
        raise CannotRun(f"nothing was changed, because {folder} is not a folder.")
    home = chosen_home()
    if not home.lock("restore"):
        raise CannotRun(f"{home.path} is in use by process {home.holder().get('pid', '?')}; stop it first.")
    try:
        with Servers(home) as servers:
            kept = _exchange(file, servers.environment())
        back = _put_back(folder, home.path)
        witness = _set_aside(home.path / "seals.log")
    finally:
        home.unlock()
    tell(
        f"Restored {file.name}. The data from before is kept in the database {kept}; drop that database when "
        "it is no longer needed."
    )
    tell(back)
    if witness is not None:
        tell(
            f"The seals from before are kept in {witness}: against it, verify_ledger --anchor names the seals made"
            " since that backup. The restored database begins a new seals.log."
        )
    return 0


def _put_back(folder: Path, home: Path) -> str:
    """What became of the files that belong to the backup, in a sentence. The database has been exchanged by then, so a
    full disk is told, not raised: the command can be given again."""
    if not folder.is_dir():
        return (
            f"There are no files beside the backup ({folder}): if you keep them elsewhere, put files/ and "
            "order-records/ in place. `./dev manage verify_files` names what is missing."
        )
    try:
        count = put_back(folder, home)
    except OSError as error:
        return (
            f"Not every file of {folder} could be put back: {error.strerror}. Copy it into {home} yourself."
        )
    return f"{count} files that were missing were put back from {folder}."


def _set_aside(log: Path) -> Path | None:
    """The log may know seals that the backup lacks, and contradicting it would be an incident. Its new name."""
    if not log.exists():
        return None
    kept = log.with_name(f"seals-before-{datetime.now(UTC):%Y%m%dt%H%M%Sz}.log")
    return log.rename(kept)


def _exchange(file: Path, env: Mapping[str, str]) -> str:
    """Restore into a database of its own, then exchange the names; returns the old one's new name."""
    parts = urlsplit(env["DATABASE_OWNER_URL"])
    owner, name = parts.username or "", parts.path.lstrip("/")
    stamp = f"{datetime.now(UTC):%Y%m%dt%H%M%S%f}z"
    fresh, kept = f"{name}_restored_{stamp}", f"{name}_before_{stamp}"

    def address(database: str) -> str:
        return re.sub(r"^\w+:", "postgresql:", urlunsplit(parts._replace(path=f"/{database}")))

    try:
        connection = psycopg2.connect(address("postgres"), connect_timeout=10)
    except psycopg2.OperationalError as error:
        raise CannotRun(f"the database does not answer: {str(error).strip().splitlines()[0]}.") from error
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        drop = sql.SQL("DROP DATABASE {}").format(sql.Identifier(fresh))
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        cursor.execute(create_database(fresh, owner))
        # What is granted on a database is not in its backup.
        cursor.execute(sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(sql.Identifier(fresh)))
        command = [
            str(program("pg_restore")),
            "--no-owner",
            "--exit-on-error",
            f"--dbname={address(fresh)}",
            str(file),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
        if done.returncode != 0:
            cursor.execute(drop)
            words = (done.stderr.strip().splitlines() or ["pg_restore wrote no reason"])[-1]
            raise CannotRun(f"nothing was changed, because {file} could not be restored: {words}")
        try:
            cursor.execute(rename.format(sql.Identifier(name), sql.Identifier(kept)))
        except psycopg2.errors.ObjectInUse as error:
            cursor.execute(drop)
            raise CannotRun(
                f"nothing was changed, because programs still use the database {name}."
            ) from error
        cursor.execute(rename.format(sql.Identifier(fresh), sql.Identifier(name)))
    return kept
