"""The list of erasures, kept beside the database: `erasures.log` under the home, and off site.

A restored database knows only what was erased before its backup. The list says what was erased since; each line that
says "as_of" promises that all that was erased before that instant stands above it. No names: kinds, ids, instants.

Numbers mean something only within one history of the ledger, so each line names it (`of`): the digest of the trail's
first entry, which a restored database shares with the one it comes from, and a new installation does not. The lines of
a history are signed and chained (`signing`): whoever may write to the store cannot add one or take one out.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from backups import hooks
from backups.container import sync_folder
from backups.errors import Failed
from backups.services import signing
from backups.services.signing import NotOurs, Tail
from backups.services.telling import tell_of_list
from office import crypto
from office.audit.models import Entry

NAME = "erasures.log"
_EVERY = timedelta(days=1)
#: A running installation says every day that its list is complete, and sends it within seconds.
_LIVELY = timedelta(hours=26)


@dataclass(slots=True)
class Erased:
    """What a list says of one history: every erasure once, and up to when it is complete. `error`: at which line it
    stops being ours; what stands before is."""

    found: dict[tuple[str, int], hooks.Erasure] = field(default_factory=dict)
    unsigned: dict[tuple[str, int], hooks.Erasure] = field(
        default_factory=dict
    )  # from before lists were signed
    as_of: datetime | None = None
    tail: Tail = field(default_factory=Tail)
    error: Failed | None = None
    signed: bool = False  # any line of it bears a mac

    @property
    def erasures(self) -> tuple[hooks.Erasure, ...]:
        return tuple(self.found.values())


def path() -> Path:
    return Path(settings.ECDEPT_HOME) / NAME


def history() -> str:
    """By what this database's history is known."""
    first = Entry.objects.order_by("pk").values_list("digest", flat=True).first()
    return bytes(first).hex() if first is not None else ""


def read(file: Path, of: str) -> Erased:
    """What it says of that history. Failed when it is no such list, or a line of that history was not written by us,
    was moved, or lacks the one before it. A last line that was cut off is left out."""
    known = histories(file).get(of, Erased())
    if known.error is not None:
        raise known.error
    return known


def histories(file: Path) -> dict[str, Erased]:
    """Everything a list says, by history. Failed when it is no list at all."""
    known: dict[str, Erased] = {}
    for number, _line, row in _rows(file):
        one = known.setdefault(row["of"], Erased())
        one.signed = one.signed or "mac" in row
        try:
            instant, erasure = _said(row)
        except (ValueError, KeyError, TypeError):
            raise _no_line(file, number) from None
        if one.error is None:
            try:
                one.tail = signing.follows(row, one.tail)
            except NotOurs as error:
                one.error = Failed(
                    f"{file}, line {number}: {error}. Somebody else wrote it, or a line was moved or taken away; "
                    "take the list from another place.",
                    code="erasures_changed",
                )
        if erasure is not None and (one.error is None or not one.signed):
            (one.unsigned if one.error is not None else one.found)[erasure.kind, erasure.id] = erasure
        elif erasure is None and one.error is None:
            one.as_of = max(filter(None, (one.as_of, instant)))
    return known


def _rows(file: Path) -> Iterator[tuple[int, bytes, dict[str, Any]]]:
    try:
        text = file.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise Failed(f"{file} cannot be read: {error.strerror}.", code="erasures") from error
    for number, line in enumerate(text.split(b"\n")[:-1], 1):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            raise _no_line(file, number) from None
        if not isinstance(row, dict) or not isinstance(row.get("of"), str):
            raise _no_line(file, number)
        yield number, line, row


def _no_line(file: Path, number: int) -> Failed:
    return Failed(f"{file}, line {number}: not a line of a list of erasures.", code="erasures")


def _said(row: dict[str, Any]) -> tuple[datetime, hooks.Erasure | None]:
    """ValueError, KeyError, TypeError when it says neither."""
    if "as_of" in row:
        return _instant(row["as_of"]), None
    at = _instant(row["at"])
    return at, hooks.Erasure(str(row["kind"]), int(row["id"]), at, str(row.get("reason", "")))


def _instant(text: str) -> datetime:
    """ValueError also for one that does not say of which place's clock it is."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("an instant without an offset")
    return found


def publish(*, now: datetime, force: bool = False) -> int:
    """Write what is not in the list yet; answers how many erasures it holds. `force`: say as of now in any case.

    A list that is not as we wrote it is set aside, told, and begun anew from what the database knows."""
    file = path()
    file.parent.mkdir(parents=True, exist_ok=True)
    with _alone():
        _mend(file)
        of = history()
        known = _own(file, of, now)
        missing = [
            each
            for eraser in hooks.erasers().values()
            for each in eraser.made()
            if (each.kind, each.id) not in known.found
        ]
        rows = [_row(each, of) for each in sorted(missing, key=lambda each: (each.at, each.kind, each.id))]
        if rows or force or known.as_of is None or now - known.as_of > _EVERY:
            rows.append({"as_of": now.isoformat(), "of": of})
            _append(rows, known.tail)
        return len(known.found) + len(missing)


def take_in(other: Path) -> int:
    """What another list says and ours does not, of whatever history, comes into ours; how many lines. Failed when it is
    none, or when what it says of our own history is not all of ours."""
    theirs = histories(other)
    taken = 0
    with _alone():
        _mend(path())
        ours = histories(path())
        for of, each in theirs.items():
            known = ours.get(of, Erased())
            lacking = [one for key, one in each.found.items() if key not in known.found]
            if each.error is None and known.error is None:
                rows = [_row(one, of) for one in lacking]
                if each.as_of is not None and (
                    rows or known.as_of is None or known.tail.n == 0 or each.as_of > known.as_of
                ):
                    rows.append({"as_of": each.as_of.isoformat(), "of": of})
                _append(rows, known.tail)
                taken += len(rows)
            elif of == history():
                # From before lists were signed: all of it must stand in ours too.
                if each.error is not None and (each.signed or each.unsigned.keys() - known.found.keys()):
                    raise each.error
            else:  # nobody here can tell; whoever has its key can
                taken += _carry(other, of)
    return taken


def resign(_limit: int = 0) -> int:
    """Put every line that is ours under the newest key, when one is not; how many. `rotate_keys` calls it."""
    file = path()
    with _alone():
        known = histories(file)
        newest = crypto.newest_key_id()
        rows = list(_rows(file))
        good = {of for of, one in known.items() if one.error is None}
        if all(row.get("key") == newest for _number, _line, row in rows if row["of"] in good):
            return 0
        return _sign_anew(rows, good)


def _own(file: Path, of: str, now: datetime) -> Erased:
    """Our history in our own file. One from before lists were signed is signed now: it never left this machine."""
    try:
        known = histories(file).get(of, Erased())
    except Failed as error:
        known = Erased(error=error)
    if known.error is None:
        return known
    if known.error.code == "erasures_changed" and not known.signed:
        _sign_anew(list(_rows(file)), {of})
    else:
        _set_aside(file, of, known, now)
    return read(file, of)


def _set_aside(file: Path, of: str, known: Erased, now: datetime) -> None:
    """What stands before the break is ours, and lines of other histories are not for us to judge."""
    aside = file.with_name(f"erasures-changed-{now:%Y%m%dt%H%M%S%f}.log")
    kept = []
    for line in file.read_bytes().split(b"\n")[:-1]:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict) and isinstance(row.get("of"), str) and row["of"] != of:
            kept.append(line)
    file.rename(aside)
    _write(kept)
    _append([_row(each, of) for each in known.erasures], Tail())
    tell_of_list("backups.list_changed", f"{known.error} ({aside.name})", now)


def _sign_anew(rows: list[tuple[int, bytes, dict[str, Any]]], which: set[str]) -> int:
    tails: dict[str, Tail] = {}
    lines, count = [], 0
    for _number, line, row in rows:
        if row["of"] in which:
            fresh, tails[row["of"]] = signing.signed(row, tails.get(row["of"], Tail()))
            line, count = json.dumps(fresh).encode(), count + 1
        lines.append(line)
    _write(lines)
    return count


def _append(rows: Iterable[dict[str, Any]], tail: Tail) -> None:
    lines = []
    for row in rows:
        whole, tail = signing.signed(row, tail)
        lines.append(json.dumps(whole).encode())
    _add(lines)


def _carry(other: Path, of: str) -> int:
    have = {line for _number, line, _row in _rows(path())}
    lines = [line for _number, line, row in _rows(other) if row["of"] == of and line not in have]
    _add(lines)
    return len(lines)


def _add(lines: list[bytes]) -> None:
    with path().open("ab") as stream:
        stream.write(b"".join(each + b"\n" for each in lines))
        stream.flush()
        os.fsync(stream.fileno())


def _write(lines: list[bytes]) -> None:
    """The whole list, or none of it."""
    part = path().with_name(f".{NAME}.part")
    with part.open("wb") as stream:
        stream.write(b"".join(each + b"\n" for each in lines))
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path())
    sync_folder(path().parent)


@contextmanager
def _alone() -> Iterator[None]:
    """Nobody else writes the list meanwhile."""
    path().parent.mkdir(parents=True, exist_ok=True)
    with path().with_name(f".{NAME}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _row(each: hooks.Erasure, of: str) -> dict[str, Any]:
    return {"of": of, "kind": each.kind, "id": each.id, "at": each.at.isoformat(), "reason": each.reason}


def _mend(file: Path) -> None:
    """A crash in the middle of a line: it was not a line yet."""
    if not file.exists():
        return
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


def check_end(found: Erased, file: Path, *, until: str, now: datetime) -> None:
    """Failed when a list from elsewhere ends days ago and nobody has said (`until`, a date) that the installation did
    too: the list may be one of before, or have lost its last lines."""
    if found.as_of is None or now - found.as_of <= _LIVELY:
        return
    day = f"{timezone.localtime(found.as_of):%Y-%m-%d}"
    if until != day:
        raise Failed(
            f"The list of erasures ({file}) ends on {day}. While an installation runs, it says every day that it is "
            "complete; so either it stopped on that day, or lines are missing at the end. If you know that it stopped "
            f"then, say so with --erasures-until {day}; else look for a newer list.",
            code="erasures_end",
        )


def reaches(manifest: dict[str, Any]) -> bool:
    """Whether this database has gone on from the backup: its ledger goes at least as far."""
    last = Entry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return last >= int((manifest.get("ledger") or {}).get("entry") or 0)


def again(erasures: Iterable[hooks.Erasure], *, now: datetime) -> int:
    """Erase in this database what the list says and is not erased here yet; how many."""
    known = hooks.erasers()
    return sum(known[each.kind].again(each, now) for each in erasures if each.kind in known)
