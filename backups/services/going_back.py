"""`./dev restore`: the way back from an upgrade, and dumps that somebody made by hand with pg_dump.

Whoever may run it owns the machine, so nobody is asked; programs are stopped, the database from before is kept beside,
and what was erased since the dump is erased again before the restored one opens, as with any restore.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from backups import container, programs
from backups.container import Reader
from backups.errors import Failed
from backups.services import replacing, restoring, upgrading
from backups.services.dumping import MAIN
from backups.services.replacing import Asked, Restored

#: How a dump in pg_dump's custom format begins.
_PLAIN = b"PGDMP"


class Plain:
    """A dump of pg_dump's custom format. When it was made it does not say reliably, so the newest entry of its own
    trail counts: whoever was erased before it is erased in it."""

    def __init__(self, asked: Asked, now: datetime) -> None:
        self.id = asked.file.name
        self.made_at = now
        self.listed: Path | None = None
        self._asked, self._now = asked, now

    def fill(self, fresh: programs.Login) -> tuple[int, list[str]]:
        arguments = [*restoring.COMMON, f"--dbname={fresh.database}"]
        programs.feed("pg_restore", arguments, fresh, _pieces(self._asked.file))
        facts = _facts(fresh)
        self.made_at = datetime.fromisoformat(str(facts["made_at"]))
        self.listed = replacing.listed_of(self._asked, facts, self._now)
        return 0, []


def go_back(asked: Asked, *, private: Callable[[Reader], bytes], now: datetime) -> Restored:
    """`asked.file` takes the place of `asked.database`. Failed, container.Broken, container.WrongKey and OSError say
    why nothing was changed."""
    with asked.file.open("rb") as file:
        front = file.read(len(container.MAGIC))
    if front.startswith(_PLAIN):
        return replacing.put(asked, Plain(asked, now), permitted=lambda: None, now=now)
    reader = Reader(asked.file)
    if not reader.manifest.get(upgrading.MARK):
        raise Failed(
            f"{asked.file.name} is a backup, not the dump of an upgrade: ./dev manage restore puts it in place, with "
            "the permission that overwriting a database needs.",
            code="kind",
        )
    beside = replacing.companion(asked.file)
    if not beside.is_file():
        raise Failed(f"The other half of this dump ({beside.name}) does not lie beside it.", code="keys")
    key = private(reader)
    main, _sha = replacing.opened(asked.file, key, MAIN)
    keys, _sha = replacing.opened(beside, key, "keys")
    replacing.check_release(reader.manifest)
    source = replacing.Sealed(main, keys, replacing.listed_of(asked, reader.manifest, now))
    return replacing.put(asked, source, permitted=lambda: None, now=now)


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while piece := stream.read(1 << 20):
            yield piece


def _facts(login: programs.Login) -> dict[str, object]:
    """What a manifest would say of a filled database."""
    with contextlib.closing(login.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.audit_entry') IS NOT NULL")
        if not cursor.fetchone()[0]:
            raise Failed("The dump holds no trail, so it is none of ecdept.", code="kind")
        cursor.execute("SELECT max(at), max(id) FROM audit_entry")
        at, last = cursor.fetchone()
        cursor.execute("SELECT encode(digest, 'hex') FROM audit_entry ORDER BY id LIMIT 1")
        first = cursor.fetchone()
    at = at.astimezone(UTC) if at is not None else datetime.fromtimestamp(0, UTC)
    return {"made_at": at.isoformat(), "history": first[0] if first else "", "ledger": {"entry": last or 0}}
