"""Backups of the files that lie beside the database: uploads and records of orders.

They are written once and never changed, so each goes into one *pack* and stays there: after each dump, what rows name
and no pack holds is packed, and nothing else. A pack is a backup's file like any other (sealed, stamped, stored, sent),
with two parts: "index" (a line for each file: its name under the home, its SHA-256, its size) and "files" (a tar of
them). Names and sums are inside only: whoever has a pack cannot even ask whether a certain file is in it.

A pack is read again as soon as it lies on the disk, while its keys are in memory; from then on its recorded SHA-256
stands for it, and each drill compares that. A pack that is gone or changed does not count: its files are packed anew.
So they are when the backup key is replaced, and the packs of the old key go once that is done.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings

from backups import container, hooks, stores
from backups.container import Broken, Reader
from backups.errors import Failed
from backups.models import BackupKey, BackupRun, Copy, PackedFile
from backups.services.telling import tell

KIND = "files"
INDEX, FILES = "index", "files"
#: Of one pack; what is more goes into the next.
_MOST_FILES, _MOST_BYTES = 20_000, 4 << 30
_NAME = re.compile(
    r"files/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{64}|order-records/[A-Za-z0-9][A-Za-z0-9._-]{0,119}"
)
_PIECE = 1 << 20
#: Names on a certificate.
_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Held:
    """A file as an index says it."""

    name: str
    sha256: str
    size: int


@dataclass(slots=True)
class Lacking:
    """What rows name and no pack holds: files that lie there, and names of those that do not or are not what they
    were."""

    there: list[Held] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def home() -> Path:
    return Path(settings.ECDEPT_HOME)


def packed(key: BackupKey) -> set[str]:
    """Names of the files in packs that are sealed to this key and lie here as they were written."""
    good = Copy.objects.filter(
        run__kind=KIND, run__key=key, place=Copy.Place.LOCAL, removed_at=None, missing_at=None
    ).exclude(stored_at=None)
    return set(PackedFile.objects.filter(run__in=good.values("run")).values_list("name", flat=True))


def lacking(named: Mapping[str, str], key: BackupKey) -> Lacking:
    """`named`: SHA-256 by name, as rows have it. Reads every file that no pack holds."""
    found = Lacking()
    for name in sorted(named.keys() - packed(key)):
        size, sha256 = _measured(home() / name)
        if sha256 == named[name]:
            found.there.append(Held(name, sha256, size))
        else:
            found.missing.append(name)
    return found


def named() -> dict[str, str]:
    """SHA-256 by name of every file that a row of this database names."""
    return {each.name: each.sha256 for each in hooks.beside()}


def _measured(path: Path) -> tuple[int, str]:
    try:
        return path.stat().st_size, stores.digest_of(path)
    except OSError:
        return 0, ""


def plan(*, clause: str, cause: str, now: datetime) -> BackupRun | None:
    """The run that packs what is lacking, the one that waits already if there is one; None when nothing is."""
    key = BackupKey.objects.order_by("-pk").first()
    if key is None:
        return None
    waiting = BackupRun.objects.filter(kind=KIND, state__in=("waiting", "running")).first()
    if waiting is not None:
        return waiting if waiting.state == BackupRun.State.WAITING else None
    wanted = named()
    if not any(_measured(home() / name)[1] == wanted[name] for name in wanted.keys() - packed(key)):
        return None
    run = BackupRun(kind=KIND, cause=cause, clause=clause, asked_at=now, next_at=now)
    run.save()
    return run


def write(
    run: BackupRun, key: BackupKey, *, folder: Path, to: list[container.Recipient], now: datetime
) -> tuple[container.Written, list[Held]]:
    """One pack of what is lacking, read again before anybody counts on it. Failed, Broken, OSError: then there is
    none."""
    some = _batch(lacking(named(), key).there)
    if not some:
        raise Failed("Every file is packed already.", code="nothing")
    written = container.write(
        folder / f"files-{now:%Y%m%dT%H%M%S}Z-{run.backup_id[:8]}{container.SUFFIX}",
        backup_id=run.backup_id,
        kind=KIND,
        made_at=now.isoformat(),
        to=to,
        parts=((name, pieces) for name, pieces in ((INDEX, _index(some)), (FILES, _tar(some)))),
        manifest=lambda: {"clause": run.clause, "counts": {"files": len(some)}},
    )
    try:
        _prove(written, some)
    except BaseException:
        written.path.unlink(missing_ok=True)
        raise
    return written, some


def record(run: BackupRun, held: Iterable[Held]) -> None:
    """Which files a pack holds."""
    PackedFile.objects.bulk_create(
        (PackedFile(run=run, name=each.name, sha256=each.sha256, size=each.size) for each in held),
        batch_size=2000,
    )


def _batch(there: list[Held]) -> list[Held]:
    some: list[Held] = []
    size = 0
    for each in islice(there, _MOST_FILES):
        size += each.size
        if some and size > _MOST_BYTES:
            break
        some.append(each)
    return some


def _index(some: Iterable[Held]) -> Iterator[bytes]:
    for each in some:
        row = {"name": each.name, "sha256": each.sha256, "size": each.size}
        yield (json.dumps(row) + "\n").encode()


def _tar(some: Iterable[Held]) -> Iterator[bytes]:
    for each in some:
        head = tarfile.TarInfo(each.name)
        head.size, head.mode = each.size, 0o600
        yield head.tobuf(tarfile.PAX_FORMAT)
        left = each.size
        with (home() / each.name).open("rb") as file:
            while left and (piece := file.read(min(_PIECE, left))):
                left -= len(piece)
                yield piece
        if left:
            raise Failed(f"{each.name} became shorter while it was read.", code="changed")
        yield bytes(-each.size % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _prove(written: container.Written, some: list[Held]) -> None:
    """The stored file, opened with the keys still in memory, holds exactly these."""
    reader = Reader(written.path)
    if reader.check() != written.sha256:
        raise Broken(f"{written.path.name} is not the file that was written.")
    reader.sealed_manifest(written.keys)
    if index_of(reader, written.keys) != some:
        raise Broken(f"{written.path.name}: its index is not what was packed.")
    for held, content in contents(reader, written.keys):
        digest = hashlib.sha256()
        while piece := content.read(_PIECE):
            digest.update(piece)
        if digest.hexdigest() != held.sha256:
            raise Broken(f"{written.path.name}: {held.name} is not what it was.")


def index_of(reader: Reader, keys: Mapping[str, bytes]) -> list[Held]:
    """What a pack holds. Broken also for a name that leads elsewhere."""
    text = b"".join(reader.open_part(INDEX, keys))
    found = []
    for line in text.splitlines():
        try:
            row = json.loads(line)
            each = Held(str(row["name"]), str(row["sha256"]), int(row["size"]))
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Broken(f"{reader.path.name}: its index is damaged.") from None
        if not _NAME.fullmatch(each.name):
            raise Broken(f"{reader.path.name}: its index names {each.name[:80]!r}, which is no file of ours.")
        found.append(each)
    return found


def contents(reader: Reader, keys: Mapping[str, bytes]) -> Iterator[tuple[Held, IO[bytes]]]:
    """Every file of a pack with its bytes, in order; each is to be read before the next. Broken when they are not those
    of the index."""
    held = index_of(reader, keys)
    feed = cast("IO[bytes]", container.Feed(reader.open_part(FILES, keys)))
    try:
        with tarfile.open(fileobj=feed, mode="r|") as tar:
            for each, member in zip(held, tar, strict=True):
                content = tar.extractfile(member) if member.isreg() else None
                if content is None or (member.name, member.size) != (each.name, each.size):
                    raise Broken(f"{reader.path.name}: it does not hold what its index says.")
                yield each, content
            while feed.read(_PIECE):  # to the end of the part, which only then is shown to be whole
                pass
    except (tarfile.TarError, ValueError) as error:
        raise Broken(f"{reader.path.name}: it does not hold what its index says.") from error


@dataclass(slots=True)
class Compared:
    """What a drill found of the files that a restored database names."""

    files: int = 0
    findings: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def compare(wanted: Mapping[str, str], *, run: BackupRun, now: datetime) -> Compared:
    """Every file that the restored database names lies in a pack that is as it was written, or is named. What is here
    and in no pack is the backup's fault; what is not here either is lost, which no backup mends: it is told."""
    found = Compared(files=len(wanted))
    key = BackupKey.objects.order_by("-pk").first()
    if key is None:
        return found
    found.findings += [
        f"the pack {name} is gone or not the file that was recorded; its files are packed anew"
        for name in _look(now)
    ]
    lack = lacking(wanted, key)
    found.findings += [f"the file {each.name} is in no backup of files" for each in lack.there[:_SHOWN]]
    found.missing = lack.missing[:_SHOWN]
    if len(lack.missing) > _SHOWN:
        found.missing.append(f"… {len(lack.missing) - _SHOWN} more")
    if lack.missing:
        tell(
            "backups.files_gone", run, step=0, clause=run.clause,
            params={"count": len(lack.missing), "what": lack.missing[0]}, now=now,
        )  # fmt: skip
    return found


def _look(now: datetime) -> list[str]:
    """Read every pack of this server; those that are not as recorded are marked, and named."""
    wrong = []
    for copy in Copy.objects.filter(run__kind=KIND, place=Copy.Place.LOCAL, removed_at=None, missing_at=None):
        if _measured(stores.local_folder() / copy.name) != (copy.size, copy.sha256):
            copy.missing_at = now
            copy.save(update_fields=["missing_at"])
            wrong.append(copy.name)
    return wrong


def superseded() -> list[BackupRun]:
    """Packs of which every file lies in another one too, sealed to the key of now and stored wherever it should be."""
    key = BackupKey.objects.order_by("-pk").first()
    packs = BackupRun.objects.filter(kind=KIND, state="done", copies__removed_at=None).distinct()
    old = packs.exclude(key=key)
    damaged = packs.filter(key=key, copies__place="local").exclude(copies__missing_at=None)
    if key is None or not (old.exists() or damaged.exists()):
        return []
    waiting = Copy.objects.filter(run__kind=KIND, run__key=key, removed_at=None, stored_at=None)
    held = packed(key) - set(
        PackedFile.objects.filter(run__in=waiting.values("run")).values_list("name", flat=True)
    )
    return [
        run
        for run in [*old, *damaged]
        if not PackedFile.objects.filter(run=run).exclude(name__in=held).exists()
    ]


@dataclass(slots=True)
class PutBack:
    """What a restore of files did."""

    put: int = 0
    there: int = 0
    missing: list[str] = field(default_factory=list)


def put_back(packs: Iterable[Path], opened: Any, *, wanted: Mapping[str, str]) -> PutBack:
    """Put every file of these packs that is not here under the home; nothing is replaced or taken away. `opened` gives
    (reader, data keys) of a path. Broken, OSError: what was put back until then is whole and stays."""
    done = PutBack()
    for path in packs:
        reader, keys = opened(path)
        held = index_of(reader, keys)
        absent = {each.name for each in held if _measured(home() / each.name)[1] != each.sha256}
        done.there += len(held) - len(absent)
        if not absent:
            continue
        for each, content in contents(reader, keys):
            if each.name in absent:
                _put(each, content)
                done.put += 1
    done.missing = sorted(name for name, sha256 in wanted.items() if _measured(home() / name)[1] != sha256)
    return done


def _put(each: Held, content: IO[bytes]) -> None:
    place = home() / each.name
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = place.with_name(f".part-{place.name}")
    digest = hashlib.sha256()
    try:
        with open(partial, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            while piece := content.read(_PIECE):
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        if digest.hexdigest() != each.sha256:
            raise Broken(f"{each.name} is not what the index says.")
        partial.replace(place)
        container.sync_folder(place.parent)
    finally:
        partial.unlink(missing_ok=True)
