"""The list of erasures, kept beside the database: `erasures.log` under the home, and off site.

A restored database knows only what was erased before its backup. The list says what was erased since; each line that
says "as_of" promises that all that was erased before that instant stands above it. No names: kinds, ids, instants.

Numbers mean something only within one history of the ledger, so each line names it (`of`): the digest of the trail's
first entry, which a restored database shares with the one it comes from, and a new installation does not.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from backups import hooks
from backups.errors import Failed
from office.audit.models import Entry

NAME = "erasures.log"
_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Erased:
    """What a list says of one history: every erasure once, and up to when it is complete."""

    erasures: tuple[hooks.Erasure, ...]
    as_of: datetime | None


def path() -> Path:
    return Path(settings.ECDEPT_HOME) / NAME


def history() -> str:
    """By what this database's history is known."""
    first = Entry.objects.order_by("pk").values_list("digest", flat=True).first()
    return bytes(first).hex() if first is not None else ""


def read(file: Path, of: str) -> Erased:
    """What it says of that history. Failed when it is no such list. A last line that was cut off is left out."""
    try:
        text = file.read_bytes()
    except FileNotFoundError:
        return Erased((), None)
    except OSError as error:
        raise Failed(f"{file} cannot be read: {error.strerror}.", code="erasures") from error
    found: dict[tuple[str, int], hooks.Erasure] = {}
    as_of = None
    for number, line in enumerate(text.split(b"\n")[:-1], 1):
        try:
            row = json.loads(line)
            if row["of"] != of:
                continue
            if "as_of" in row:
                as_of = max(filter(None, (as_of, _instant(row["as_of"]))))
                continue
            one = hooks.Erasure(
                str(row["kind"]),
                int(row["id"]),
                _instant(row["at"]),
                str(row.get("reason", "")),
            )
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Failed(
                f"{file}, line {number}: not a line of a list of erasures.", code="erasures"
            ) from None
        found[one.kind, one.id] = one
    return Erased(tuple(found.values()), as_of)


def _instant(text: str) -> datetime:
    """ValueError also for one that does not say of which place's clock it is."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("an instant without an offset")
    return found


def publish(*, now: datetime, force: bool = False) -> int:
    """Write what is not in the list yet; answers how many erasures it holds. `force`: say as of now in any case."""
    file = path()
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        _mend(file)
        of = history()
        known = read(file, of)
        have = {(each.kind, each.id) for each in known.erasures}
        missing = [
            each
            for eraser in hooks.erasers().values()
            for each in eraser.made()
            if (each.kind, each.id) not in have
        ]
        lines = [_line(each, of) for each in sorted(missing, key=lambda each: (each.at, each.kind, each.id))]
        if lines or force or known.as_of is None or now - known.as_of > _EVERY:
            lines.append(json.dumps({"as_of": now.isoformat(), "of": of}))
            stream.write("".join(f"{line}\n" for line in lines).encode())
            stream.flush()
            os.fsync(stream.fileno())
        return len(have) + len(missing)


def take_in(other: Path) -> int:
    """Lines of another list that ours lacks, of whatever history, come into ours; how many. Failed when it is none."""
    read(other, "")
    with path().open("ab") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        _mend(path())
        have = set(path().read_bytes().split(b"\n"))
        lacking = [each for each in other.read_bytes().split(b"\n")[:-1] if each not in have]
        stream.write(b"".join(each + b"\n" for each in lacking))
        stream.flush()
        os.fsync(stream.fileno())
    return len(lacking)


def _line(each: hooks.Erasure, of: str) -> str:
    row = {"of": of, "kind": each.kind, "id": each.id, "at": each.at.isoformat(), "reason": each.reason}
    return json.dumps(row)


def _mend(file: Path) -> None:
    """A crash in the middle of a line: it was not a line yet."""
    text = file.read_bytes()
    if text and not text.endswith(b"\n"):
        os.truncate(file, text.rfind(b"\n") + 1)


def check(found: Erased, manifest: dict[str, Any], file: Path) -> None:
    """Failed when the list is older than the dump: then it does not know what was erased since."""
    made_at = datetime.fromisoformat(str(manifest["made_at"]))
    if (
        found.as_of is None
        or found.as_of < made_at
        or len(found.erasures) < int(manifest.get("erasures") or 0)
    ):
        until = found.as_of.isoformat(timespec="seconds") if found.as_of else "nothing"
        raise Failed(
            f"The list of erasures ({file}) is older than the backup: it knows {until}, the backup was made at "
            f"{made_at.isoformat(timespec='seconds')}. Give a newer one with --erasures FILE (the newest lies off "
            "site), or restore without the customers’ keys (--without-keys).",
            code="erasures",
        )


def reaches(manifest: dict[str, Any]) -> bool:
    """Whether this database has gone on from the backup: its ledger goes at least as far."""
    last = Entry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return last >= int((manifest.get("ledger") or {}).get("entry") or 0)


def again(erasures: Iterable[hooks.Erasure], *, now: datetime) -> int:
    """Erase in this database what the list says and is not erased here yet; how many."""
    known = hooks.erasers()
    return sum(known[each.kind].again(each, now) for each in erasures if each.kind in known)
