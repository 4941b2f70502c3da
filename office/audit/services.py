"""Writing the trail: one entry, many entries, an incident. Sealing is office.audit.sealing."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection, connections, transaction

from office.audit.canonical import Actor, data_text, entry_bytes, instant, one_line
from office.audit.context import acting
from office.audit.registry import check_verb
from office.statements import quoted
from office.subjects import Subject

COLUMNS = (
    "id, at, verb, subject_type, subject_id, subject_label,"
    " actor_id, actor_name, acting_for, clause, canonical, digest"
)
#: From this many rows on COPY is faster than one INSERT.
COPY_FROM = 20


@dataclass(frozen=True, slots=True)
class Act:
    """One entry to be. `entry_id` when the caller reserved one (`reserve`), else 0."""

    verb: str
    subject: Subject
    data: Mapping[str, Any] | None = None
    clause: str = ""
    acting_for: str = ""
    entry_id: int = 0


class EntryRow(NamedTuple):
    """The columns of audit_entry but `tx`, which the database fills in."""

    id: int
    at: str
    verb: str
    subject_type: str
    subject_id: str
    subject_label: str
    actor_id: int | None
    actor_name: str
    acting_for: str
    clause: str
    canonical: str  # bytea as text
    digest: str


def record(
    verb: str,
    *,
    subject: Subject,
    by: Actor | None,
    now: dt.datetime,
    data: Mapping[str, Any] | None = None,
    clause: str = "",
    acting_for: str = "",
) -> int:
    """Write one entry inside the caller's transaction and return its id. `data` is JSON-able and holds no customer's
    personal data; `by` None is the system. UnknownVerb for a verb nobody registered."""
    row = entry_row(Act(verb, subject, data, clause, acting_for), by=by, at_text=instant(now))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO audit_entry ({COLUMNS[4:]}) VALUES (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s) RETURNING id",  # noqa: S608
            row[1:],
        )
        return int(cursor.fetchone()[0])


def record_many(acts: Sequence[Act], *, by: Actor | None, now: dt.datetime) -> list[int]:
    """Write many entries by one statement; their ids in the order given."""
    missing = iter(reserve(sum(1 for act in acts if not act.entry_id)))
    at_text = instant(now)
    rows = [entry_row(act, by=by, at_text=at_text, entry_id=act.entry_id or next(missing)) for act in acts]
    write_rows(rows)
    return [row.id for row in rows]


def reserve(count: int) -> list[int]:
    """Ids for entries whose digest something else must name before they are written."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('audit_entry', 'id')) FROM generate_series(1, %s)", [count]
        )
        return [int(row[0]) for row in cursor.fetchall()]


def entry_row(act: Act, *, by: Actor | None, at_text: str, entry_id: int = 0) -> EntryRow:
    """The row of one entry, its canonical bytes and digest made."""
    check_verb(act.verb)
    subject = Subject(
        one_line(act.subject.type, 40), one_line(str(act.subject.id), 64), one_line(act.subject.label, 120)
    )
    actor_id = None if by is None or by.pk is None else int(by.pk)
    actor_name = "" if by is None else one_line(str(by.name), 120)
    acting_for = one_line(act.acting_for, 120)
    clause = one_line(act.clause, 20)
    canonical, digest = entry_bytes(
        at_text, act.verb, subject, actor_id, actor_name, acting_for, clause, data_text(act.data)
    )
    return EntryRow(
        entry_id,
        at_text,
        act.verb,
        *subject,
        actor_id,
        actor_name,
        acting_for,
        clause,
        bytea(canonical),
        bytea(digest),
    )


def write_rows(rows: Sequence[EntryRow]) -> None:
    """Rows with ids into the trail: COPY for many, INSERT for few."""
    if not rows:
        return
    with connection.cursor() as cursor:
        if len(rows) < COPY_FROM:
            cursor.execute(
                f"INSERT INTO audit_entry ({COLUMNS}) VALUES " + ",".join(["%s"] * len(rows)),  # noqa: S608
                [tuple(row) for row in rows],
            )
        else:
            copy_rows(cursor, ENTRIES, rows)


class Target(NamedTuple):
    """A table to COPY into: its columns in order, and those of text that are never null (an empty field is otherwise
    taken for null)."""

    table: str
    columns: str
    texts: str


ENTRIES = Target(
    "audit_entry", COLUMNS, "verb, subject_type, subject_id, subject_label, actor_name, acting_for, clause"
)


def bytea(value: bytes) -> str:
    """A bytea as text, for COPY and for INSERT alike."""
    return "\\x" + value.hex()


def copy_rows(cursor: Any, target: Target, rows: Sequence[Sequence[object]]) -> None:
    """COPY `rows` as whoever this connection is. Values are text, numbers, booleans, instants or None; bytes are
    `bytea` text."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)  # what ends a line is quoted inside a cell
    cursor.copy_expert(
        f"COPY {target.table} ({target.columns}) FROM STDIN (FORMAT csv, FORCE_NOT_NULL ({target.texts}))",
        io.BytesIO(text.getvalue().encode()),
        size=1 << 18,
    )


_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def _escaped(text: str) -> str:
    if "\\" in text or "\n" in text or "\t" in text or "\r" in text:
        return text.translate(_ESCAPES)
    return text


def _as_it_is(text: str) -> str:
    return text


class Spelling(NamedTuple):
    """How a value is written into a row of texts: for INSERT as it is, for COPY escaped, null as \\N, for
    office.statements as an element of its column's array."""

    text: Callable[[str], str]
    null: str | None
    bytea: str  # what stands before the hex of a bytea


FOR_INSERT = Spelling(_as_it_is, None, "\\x")
FOR_COPY = Spelling(_escaped, "\\N", "\\\\x")
FOR_ARRAY = Spelling(quoted, "NULL", "\\\\x")
TextRow = tuple[str | None, ...]


def copy_texts(cursor: Any, target: Target, rows: Sequence[TextRow]) -> None:
    """COPY rows whose values are all spelled FOR_COPY already: the fast way, for thousands of rows."""
    text = "\n".join(["\t".join(row) for row in rows])  # type: ignore[arg-type]  # FOR_COPY has no None
    cursor.copy_expert(
        f"COPY {target.table} ({target.columns}) FROM STDIN", io.BytesIO(text.encode()), size=1 << 18
    )


class Repeated:
    """Entries that differ in their subject and data only: an import writes thousands of them at one instant."""

    def __init__(
        self,
        verb: str,
        *,
        by: Actor | None,
        now: dt.datetime,
        subject_type: str,
        clause: str,
        spelling: Spelling = FOR_INSERT,
    ) -> None:
        check_verb(verb)
        at, clause = instant(now), one_line(clause, 20)
        actor = "" if by is None or by.pk is None else str(int(by.pk))
        name = "" if by is None else one_line(str(by.name), 120)
        self._spelling = spelling
        self._first: TextRow = (at, verb, subject_type)
        self._last: TextRow = (
            actor or spelling.null,
            spelling.text(name),
            spelling.text(""),
            spelling.text(clause),
        )
        self._head = f"1\x1f{at}\x1f{verb}\x1f{subject_type}\x1f"
        self._tail = f"\x1f{actor}\x1f{name}\x1f\x1f{clause}\x1f"

    def row(self, entry_id: int, subject_id: str, label: str, data: str) -> TextRow:
        """The row `entry_row` would make, as texts. `data` is already canonical JSON (`data_text`)."""
        label = one_line(label, 120)
        canonical = f"{self._head}{subject_id}\x1f{label}{self._tail}{data}".encode()
        prefix = self._spelling.bytea
        return (
            str(entry_id), *self._first, subject_id, self._spelling.text(label), *self._last,
            prefix + canonical.hex(), prefix + hashlib.sha256(canonical).hexdigest(),
        )  # fmt: skip


def incident(
    kind: str,
    *,
    subject: Subject,
    now: dt.datetime,
    by: Actor | None = None,
    detail: str = "",
    channel: str = "",
    clause: str = "C7.5",
) -> None:
    """Record a refused attempt, whatever becomes of the caller's transaction: a row and a sealed entry.

    Inside a transaction both go through a connection of their own, because the caller's is about to be rolled back.
    `by` None: whoever `office.audit.context` knows to be acting. `detail` holds no customer's personal data.
    """
    current = acting()
    who, name = current.who() if by is None else (None if by.pk is None else int(by.pk), str(by.name))
    what = one_line(detail, 500)
    through = channel or current.channel
    entry = entry_row(
        Act("audit.incident", subject, {"kind": kind, "detail": what, "channel": through}, clause),
        by=Somebody(who, name) if who is not None or name else None,
        at_text=instant(now),
    )
    row = (now, kind, *entry[3:8], clause, what, through)
    if not connection.in_atomic_block and connection.get_autocommit():
        with transaction.atomic(), connection.cursor() as cursor:
            _write_incident(cursor, row, entry)
        return
    own = connections.create_connection("default")
    try:
        with own.cursor() as cursor:
            _write_incident(cursor, row, entry)
    finally:
        own.close()


class Somebody(NamedTuple):
    """Whoever is known by a name only: a shop that signed, the login of a machine."""

    pk: int | None
    name: str


def _write_incident(cursor: Any, row: tuple[object, ...], entry: EntryRow) -> None:
    # One statement, so that autocommit writes both or neither.
    cursor.execute(
        f"WITH told AS (INSERT INTO audit_entry ({COLUMNS[4:]}) VALUES %s)"  # noqa: S608
        " INSERT INTO audit_incident (at, kind, subject_type, subject_id, subject_label, actor_id, actor_name, clause,"
        " detail, channel) VALUES %s",
        [tuple(entry[1:]), row],
    )
