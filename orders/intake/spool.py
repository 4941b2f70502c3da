"""Groups the rows of a file by order number with bounded memory.

Rows of one order need not stand together, so the rows wait in a private SQLite database without a name: SQLite
unlinks its file the moment it is made (mode 0600, in SQLITE_TMPDIR or /var/tmp), keeps a few megabytes of it in
memory, and it is gone with the process. Nothing is booked before the whole file went through here: a file that
breaks off books nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import groupby
from operator import itemgetter

from office.tables.table import Row

CACHE_KIB = 16_000
FRAGMENT_ROWS = 200
FRAGMENT_BYTES = 1 << 20


class Spool:
    """Rows go in by `add`, come out by `groups` in the order in which their numbers first appeared."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(
            f"""
            PRAGMA journal_mode = OFF;
            PRAGMA synchronous = OFF;
            PRAGMA cache_size = -{CACHE_KIB};
            CREATE TABLE numbers (number TEXT PRIMARY KEY, first INTEGER NOT NULL) WITHOUT ROWID;
            CREATE TABLE fragments (
                seq INTEGER PRIMARY KEY, first INTEGER NOT NULL, number TEXT NOT NULL, rows TEXT NOT NULL
            );
            BEGIN;
            """
        )
        self._scattered = False
        self._last_first = 0
        self._number: str | None = None
        self._pending: list[Row] = []
        self._bytes = 0
        self.rows = 0
        self.orders = 0

    def close(self) -> None:
        self._database.close()

    def add(self, number: str, row: int, cells: list[str]) -> None:
        """A row of the order `number`; rows without a number ("") are groups of their own."""
        self.rows += 1
        if not number:
            number = f"\x00{row}"
        if number != self._number or len(self._pending) >= FRAGMENT_ROWS or self._bytes > FRAGMENT_BYTES:
            self._flush()
            self._number = number
        self._pending.append((row, cells))
        self._bytes += sum(map(len, cells))

    def seal(self) -> None:
        """No more rows."""
        self._flush()
        self._number = None
        if self._scattered:
            self._database.execute("CREATE INDEX by_order ON fragments (first, seq)")

    def groups(self) -> Iterator[tuple[str, Iterator[Row]]]:
        """(number, its rows in the file's order), by first appearance; "" for a row without a number.

        A group's rows must be read before the next group is asked for.
        """
        order = "first, seq" if self._scattered else "seq"
        statement = f"SELECT first, number, rows FROM fragments ORDER BY {order}"  # noqa: S608  # two constants
        with closing(self._database.execute(statement)) as cursor:
            for (_first, number), fragments in groupby(cursor, key=itemgetter(0, 1)):
                rows = ((row, cells) for fragment in fragments for row, cells in json.loads(fragment[2]))
                yield ("" if number.startswith("\x00") else number), rows

    def rows_of(self, number: str) -> Iterator[Row]:
        """The rows of one order."""
        with closing(
            self._database.execute(
                "SELECT f.rows FROM fragments f JOIN numbers n ON n.first = f.first WHERE n.number = ? ORDER BY f.seq",
                [number],
            )
        ) as cursor:
            for (rows,) in cursor:
                yield from json.loads(rows)

    def has(self, number: str) -> bool:
        return (
            self._database.execute("SELECT 1 FROM numbers WHERE number = ?", [number]).fetchone() is not None
        )

    def _flush(self) -> None:
        if not self._pending or self._number is None:
            return
        run = self._database.execute
        seq = run("SELECT coalesce(max(seq), 0) + 1 FROM fragments").fetchone()[0]
        if run("INSERT OR IGNORE INTO numbers VALUES (?, ?)", [self._number, seq]).rowcount:
            first = seq
            self.orders += 1
        else:
            first = run("SELECT first FROM numbers WHERE number = ?", [self._number]).fetchone()[0]
            if first != self._last_first:
                self._scattered = True
        self._last_first = first
        rows = json.dumps(self._pending, ensure_ascii=False)
        run("INSERT INTO fragments VALUES (?, ?, ?, ?)", [seq, first, self._number, rows])
        self._pending = []
        self._bytes = 0
