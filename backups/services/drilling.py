"""The drill after each database backup: the stored file is opened with the data keys still in memory, restored into a
scratch database, looked at, and the scratch database dropped. What was found is a certificate, whatever it is."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from backups import programs
from backups.container import Broken, Reader
from backups.errors import Failed
from backups.services import restoring
from backups.services.dumping import Dumped

log = structlog.get_logger(__name__)

#: Orders of the sample.
SAMPLE = 200


@dataclass(slots=True)
class Found:
    """What a drill found. Good: nothing that does not fit, and it could be verified."""

    restore_seconds: float = 0.0
    verify_seconds: float = 0.0
    tables: int = 0
    rows: int = 0
    orders: int = 0
    entries: int = 0
    sampled: int = 0
    findings: list[str] = field(default_factory=list)
    words: str = ""
    named: dict[str, str] = field(default_factory=dict)  # SHA-256 by name of the files that its rows name

    @property
    def good(self) -> bool:
        return not self.words and not self.findings

    def __str__(self) -> str:
        """One line for a terminal."""
        if not self.good:
            return f"not proven: {self.words or self.findings[0]}"
        return (
            f"restored on trial in {self.restore_seconds + self.verify_seconds:.0f} s: {self.tables} tables, "
            f"{self.rows:,} rows, {self.orders:,} orders and {self.entries:,} entries of the ledger verified"
        )


def scratch_of(database: str) -> str:
    """The one scratch database of a database: a drill that was killed leaves it, the next drops it."""
    return f"{database[:50]}_drill"


def drill(
    dumped: Dumped, *, login: programs.Login | None = None, tick: Callable[[], float] = time.monotonic
) -> Found:
    """Never raises for what a backup can be: that it could not be verified is an answer too."""
    found = Found()
    try:
        login = login or programs.owner()
        scratch = login.at(scratch_of(login.database))
        with programs.administering(login) as cursor:
            programs.drop_database(cursor, scratch.database)
            programs.create_database(cursor, scratch.database, login.user)
            try:
                _rehearse(dumped, scratch, found, tick)
            finally:
                programs.drop_database(cursor, scratch.database)
    except (Failed, Broken, OSError) as error:
        found.words = str(error)[:500]
    except Exception as error:
        log.exception("a drill could not verify a backup")
        found.words = f"{type(error).__name__}: {error}"[:500]
    return found


def _rehearse(dumped: Dumped, scratch: programs.Login, found: Found, tick: Callable[[], float]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "files"
        arguments = ["--sample", str(SAMPLE), "--files", str(listed)]
        # Whoever looks starts while the database is being filled.
        with restoring.looking(login=scratch, arguments=arguments) as look:
            started = tick()
            main = _opened(dumped.main.path, dumped.main.sha256, dumped.main.keys)
            keys = _opened(dumped.keys.path, dumped.keys.sha256, dumped.keys.keys)
            restoring.fill(login=scratch, main=main, keys=keys, trial=True)
            found.restore_seconds = tick() - started
            started = tick()
            with ThreadPoolExecutor(1) as beside:  # tables are counted while the ledger is read
                counting = beside.submit(restoring.wrong_counts, login=scratch, main=main, with_keys=True)
                inside = look()
                found.tables, found.findings = counting.result()
        found.named = dict(map(json.loads, listed.read_text().splitlines()))
    counts = inside["counts"]
    found.rows = sum(int(each) for each in main.reader.manifest["counts"].values())
    found.orders, found.entries = int(counts.get("orders", 0)), int(counts.get("entries", 0))
    found.sampled = int(inside["sampled"])
    found.findings += [str(each) for each in inside["findings"]][:50]
    found.verify_seconds = tick() - started


def _opened(path: Path, sha256: str, keys: dict[str, bytes]) -> restoring.Opened:
    """The stored file, which must be the one that was written."""
    reader = Reader(path)
    if reader.check() != sha256:
        raise Broken(f"{path.name} is not the file that was written.")
    reader.sealed_manifest(keys)
    return restoring.Opened(reader, keys)
