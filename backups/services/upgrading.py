"""The dump that `up` makes before it migrates the tables of an older release, and how long it stays.

It is built and sealed like any other backup, to the backup key when there is one. Before anybody has made one, to a
pair of this machine whose private half lies in `upgrade.key` under the home: that guards a copy of `backups/` alone,
not against whoever has the home. It stays as long as customers' keys may (`backups.keys_kept`): then nobody can be
brought back with it. Before anything is migrated it is drilled like any other: the stored file is opened, restored into
a scratch database and looked at, which also rehearses the migrations there. Not sent off site and on no list: it is the
way back from an upgrade, no backup to rely on.

Tables may be of an older release, so what is read here is read in SQL, and what is not, may fail.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction

from backups import container, programs
from backups.container import Reader, Recipient
from backups.errors import Failed
from backups.rules.clock import going_on
from backups.services import drilling, dumping, erasures, running
from backups.services.drilling import Found
from backups.services.dumping import Dumped
from office import boxes
from office.audit import api as audit
from office.subjects import Subject

log = structlog.get_logger(__name__)

PREFIX = "before-migrate"
#: In the manifest of such a dump.
MARK = "upgrade"
KEY = "upgrade.key"
_STAMP = re.compile(rf"{PREFIX}-(\d{{8}}T\d{{6}})Z")
_WORDS = "# Opens the dumps that upgrades made before there was a backup key. Goes with the last of them.\n"


def folder() -> Path:
    return Path(settings.ECDEPT_HOME) / "backups"


def key_file() -> Path:
    return Path(settings.ECDEPT_HOME) / KEY


def dump(*, now: datetime) -> Path:
    """Dump the database of the owner's login; where the file lies. Failed, OSError or what PostgreSQL says: then
    nothing lies there under its name."""
    dumped = _dumped(now)
    dumped.forget()
    return dumped.main.path


def dump_and_drill(*, now: datetime) -> tuple[Path, Found]:
    """The same, and what a drill of the stored file found: whoever migrates looks whether it is good."""
    with running.only_one() as mine:
        if not mine:
            raise Failed(
                "A backup is being made or drilled just now: try again when it is done.", code="busy"
            )
        dumped = _dumped(now)
        try:
            return dumped.main.path, drilling.drill(dumped)
        finally:
            dumped.forget()


def note(*, saved: Path, proof: str, now: datetime) -> None:
    """Into the trail, once the tables can hold it: on what this upgrade rested."""
    name = programs.owner().database
    with transaction.atomic():
        audit.record(
            "backups.upgrade_dumped",
            subject=Subject("database", name, name),
            by=None,
            now=now,
            clause="C13.8",
            data={"file": saved.name, "words": proof},
        )


def _dumped(now: datetime) -> Dumped:
    clock = going_on(now)
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    container.clear_partials(folder())
    known = publish(now=now)
    dumped = dumping.dump_database(
        folder=folder(), to=[_recipient()], clause="C13.8", book="", erasures=known, called=PREFIX, more={MARK: True}
    )  # fmt: skip
    publish(now=clock())
    return dumped


def publish(*, now: datetime) -> int:
    """Bring the list of erasures up to now, so that it is newer than the dump. Called again once the tables are of this
    release, for those of an older one may not do."""
    try:
        return erasures.publish(now=now, force=True)
    except DatabaseError as error:
        log.warning("the list of erasures waits for the migration", words=str(error).splitlines()[0])
        return 0


def _recipient() -> Recipient:
    with contextlib.closing(programs.owner().connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.backups_backupkey') IS NOT NULL")
        if cursor.fetchone()[0]:
            cursor.execute("SELECT fingerprint, public FROM backups_backupkey ORDER BY id DESC LIMIT 1")
            found = cursor.fetchone()
            if found is not None:
                return Recipient(found[0], bytes(found[1]))
    public = boxes.public_of(_own_key())
    return Recipient(container.fingerprint(public), public)


def _own_key() -> bytes:
    """Made at the first upgrade without a backup key."""
    path = key_file()
    if not path.exists():
        partial = path.with_name(f".{KEY}.part")
        with open(partial, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(_WORDS + boxes.key_text(boxes.new_key()) + "\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        container.sync_folder(path.parent)
    return boxes.key_of_text(path.read_text().splitlines()[-1])


def own_key_of(reader: Reader) -> bytes | None:
    """The private key of this machine, where it is the one that opens the file."""
    if not key_file().is_file():
        return None
    private = _own_key()
    return private if container.fingerprint(boxes.public_of(private)) in reader.header["to"] else None


def clear(*, until: datetime) -> int:
    """Take away the dumps of upgrades before that instant, the plain ones of older releases too, with the files kept
    beside them; how many. The key goes with the last of them."""
    gone = 0
    for path in folder().glob(f"{PREFIX}-*"):
        found = _STAMP.match(path.name)
        if found is None or datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC) >= until:
            continue
        try:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        except OSError as error:  # asked again in an hour
            log.warning("a dump of an upgrade was not cleared", file=path.name, words=str(error))
            continue
        gone += 1
        log.info("a dump of an upgrade was cleared", file=path.name)
    if gone and not list(folder().glob(f"{PREFIX}-*{container.SUFFIX}")):
        key_file().unlink(missing_ok=True)
    return gone
