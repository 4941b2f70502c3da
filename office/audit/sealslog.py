"""seals.log under the home folder: one JSON object a line for every seal, appended and never rewritten.

A copy of it on another machine is an anchor: `verify_ledger --anchor COPY` shows a tail that was cut off, or a history
that was written anew.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from django.conf import settings

from office.audit.canonical import instant
from office.audit.models import Incident, Seal
from office.audit.services import incident
from office.subjects import Subject


class Line(NamedTuple):
    """What a line says of a seal."""

    seal: int
    digest: str


class BadAnchor(ValueError):
    """The file is not a copy of seals.log, or cannot be read. Says which file, and what is wrong with it."""


#: Bytes; a line of ours has some 250.
_LONGEST_LINE = 4096


def path() -> Path:
    return Path(settings.ECDEPT_HOME) / "seals.log"


def line_of(seal: Seal) -> str:
    return json.dumps(
        {
            "seal": seal.pk,
            "era": seal.era,
            "at": instant(seal.at),
            "entries": seal.entries,
            "h": str(seal.h),
            "root": bytes(seal.root).hex(),
            "digest": bytes(seal.digest).hex(),
        }
    )


def read(file: Path) -> Iterator[Line]:
    """The lines of a seals.log, at least one. BadAnchor names the line that is none. A last line that was cut off is
    left out."""
    number = 0
    try:
        with file.open("rb") as stream:
            while (raw := stream.readline(_LONGEST_LINE)).endswith(b"\n"):
                number += 1
                yield _line(raw, file, number)
    except OSError as error:
        raise BadAnchor(f"The anchor {file} cannot be read: {error.strerror}.") from error
    if len(raw) == _LONGEST_LINE:
        raise _not_ours(file, number + 1)
    if not number:
        raise BadAnchor(f"The anchor {file} names no seal: it is not a copy of seals.log.")


def check(file: Path) -> None:
    """BadAnchor unless the file is a copy of a seals.log."""
    for _each in read(file):
        pass


def _line(raw: bytes, file: Path, number: int) -> Line:
    try:
        found = json.loads(raw)
        line = Line(int(found["seal"]), str(found["digest"]))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        raise _not_ours(file, number) from None
    if not 0 < line.seal < 1 << 63:
        raise _not_ours(file, number)
    return line


def _not_ours(file: Path, number: int) -> BadAnchor:
    return BadAnchor(f"The anchor {file} is not a copy of seals.log: line {number} is none of its lines.")


def publish(now: dt.datetime) -> int:
    """Append the seals that the file does not have yet; how many. A file that contradicts the database is an incident,
    and is left alone: it is the witness."""
    file = path()
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab+") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        last = _last_line(stream)
        if last is not None:
            known = Seal.objects.filter(pk=last.seal).first()
            if known is None or bytes(known.digest).hex() != last.digest:
                _contradiction(last, now)
                return 0
        missing = Seal.objects.filter(pk__gt=last.seal if last else 0).order_by("id")
        text = "".join(line_of(seal) + "\n" for seal in missing.iterator(chunk_size=2000)).encode()
        if text:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        return text.count(b"\n")


def _last_line(stream: BinaryIO) -> Line | None:
    end = stream.seek(0, os.SEEK_END)
    start = max(0, end - 4096)
    stream.seek(start)
    tail = stream.read()
    if tail and not tail.endswith(b"\n"):
        # A crash in the middle of a line: it was not a line yet.
        whole = tail.rfind(b"\n") + 1
        stream.truncate(start + whole)
        tail = tail[:whole]
    lines = tail.splitlines()
    if not lines:
        return None
    found = json.loads(lines[-1])
    return Line(int(found["seal"]), str(found["digest"]))


def _contradiction(last: Line, now: dt.datetime) -> None:
    if not Incident.objects.filter(kind="seals_log", at__gt=now - dt.timedelta(hours=1)).exists():
        incident(
            "seals_log",
            subject=Subject("seal", str(last.seal), f"#{last.seal}"),
            now=now,
            detail="seals.log knows a seal that the database does not have",
            channel="sealer",
        )
