"""Recompute the trail: entries, their seals, the chain of seals, and every ledger that registered itself.

All hashing of rows is SQL: a statement returns what does not fit, never the rows that do. Nothing here trusts a
trigger, a constraint or an id sequence, because whoever tampers has put those to sleep. Only seals make an entry
provable; what is not sealed yet is counted as such.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connection, connections, transaction
from django.db.models import QuerySet

from office.audit import sealslog
from office.audit.canonical import one_line
from office.audit.merkle import FAN_OUT, LEAF_SQL, root_of
from office.audit.models import Seal
from office.audit.registry import verifiers
from office.audit.sealing import NO_DIGEST, system_identifier

#: The canonical header out of an entry's columns (office.audit.canonical).
HEADER_SQL = """convert_to(concat_ws(E'\\x1f', '1', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
 verb, subject_type, subject_id, subject_label, coalesce(actor_id::text, ''), actor_name, acting_for, clause, ''),
 'UTF8')"""

#: `overlay` puts the header over the beginning of the canonical bytes: nothing changes when it is already there.
_CHANGED_ENTRIES = f"""
SELECT id, subject_type, subject_label FROM audit_entry
WHERE sha256(canonical) <> digest OR overlay(canonical PLACING {HEADER_SQL} FROM 1) <> canonical
LIMIT %s
"""  # noqa: S608 - constants

_BROKEN_CHAIN = """
SELECT id, previous <> coalesce(before, %(none)s), digest <> sha256(previous || root || header) FROM (
    SELECT id, previous, digest, root, lag(digest) OVER (ORDER BY id) AS before,
           convert_to(concat_ws(E'\\x1f', '1', id, era, system_identifier, h::text,
               to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), entries, last_id), 'UTF8') AS header
    FROM audit_seal
) AS seals
WHERE previous <> coalesce(before, %(none)s) OR digest <> sha256(previous || root || header)
ORDER BY id LIMIT %(limit)s
"""

#: First-level nodes of many seals at once: `width_bucket` says in which window a transaction falls.
_NODES = f"""
SELECT bucket, sha256('\\x01'::bytea || string_agg(leaf, ''::bytea ORDER BY n)), count(*) FROM (
    SELECT bucket, leaf, row_number() OVER (PARTITION BY bucket ORDER BY tx, id) - 1 AS n FROM (
        SELECT id, tx, width_bucket(tx, %s::xid8[]) AS bucket, {LEAF_SQL} AS leaf FROM audit_entry
        WHERE tx >= %s::xid8 AND tx < %s::xid8 AND id > %s AND id <= %s
    ) AS windows
) AS leaves GROUP BY bucket, n / {FAN_OUT} ORDER BY bucket, n / {FAN_OUT}
"""  # noqa: S608 - constants

_OPENING_NODES = f"""
SELECT 1, sha256('\\x01'::bytea || string_agg(leaf, ''::bytea ORDER BY n)), count(*) FROM (
    SELECT {LEAF_SQL} AS leaf, row_number() OVER (ORDER BY tx, id) - 1 AS n FROM audit_entry
    WHERE id <= %s AND (id > %s OR (id > %s AND tx >= %s::xid8))
) AS leaves GROUP BY n / {FAN_OUT} ORDER BY n / {FAN_OUT}
"""  # noqa: S608 - constants

#: Findings of one kind that are listed; after that it is one sentence.
LIMIT = 1000
_SEALS_AT_ONCE = 5_000
_ENTRIES_AT_ONCE = 100_000
_NO_LIMIT = 2**63 - 1


@dataclass(slots=True)
class Report:
    """Counts, and one line per finding: "order SHOP/NUMBER: REASON" or "seal N: REASON"."""

    counts: dict[str, int] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.findings


@dataclass(slots=True)
class _Seal:
    id: int
    era: int
    h: int
    entries: int
    last_id: int
    root: bytes
    system_identifier: str


def verify(*, anchor: Path | None = None) -> Report:
    """Recompute everything in one snapshot. sealslog.BadAnchor, before anything is recomputed, when the anchor cannot
    be read."""
    if anchor is not None:
        sealslog.check(anchor)
    report = Report()
    outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute(_SETTINGS)
        for verifier in verifiers.values():
            report.counts[verifier.name] = verifier.count(cursor)
        for table in ("entries", "seals"):
            cursor.execute(f"SELECT count(*) FROM audit_{'entry' if table == 'entries' else 'seal'}")  # noqa: S608
            report.counts[table] = cursor.fetchone()[0]
        found: list[str] = []
        if outermost:
            # The ledgers on a connection of their own, in the same snapshot: two processors work at once.
            cursor.execute("SELECT pg_export_snapshot()")
            snapshot = cursor.fetchone()[0]
            with ThreadPoolExecutor(1, thread_name_prefix="verify") as pool:
                ledgers = pool.submit(_ledgers_beside, snapshot)
                found += _trail(cursor, report)
                found += ledgers.result()
        else:
            found += _trail(cursor, report)
            found += _ledgers(cursor)
        if anchor is not None:
            found += _anchor(cursor, anchor)
        report.findings = list(dict.fromkeys(one_line(finding, 300) for finding in found))
    return report


_SETTINGS = "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off"


def _trail(cursor: Any, report: Report) -> list[str]:
    return [*_changed_entries(cursor), *_chain(cursor), *_windows(cursor, report)]


def _ledgers(cursor: Any) -> list[str]:
    return [finding for verifier in verifiers.values() for finding in verifier.findings(cursor)]


def _ledgers_beside(snapshot: str) -> list[str]:
    """In a thread: the ledgers, seen as the transaction that exported the snapshot sees them."""
    own = connections.create_connection("default")
    try:
        with _transaction_of(own), own.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET TRANSACTION SNAPSHOT %s", [snapshot])
            cursor.execute(_SETTINGS)
            return _ledgers(cursor)
    finally:
        own.close()


@contextmanager
def _transaction_of(own: Any) -> Iterator[None]:
    """A transaction of a connection that Django does not know by an alias; only read, so always rolled back."""
    own.set_autocommit(False)
    try:
        yield
    finally:
        own.rollback()


def _changed_entries(cursor: Any) -> Iterator[str]:
    # Sorted here: an ORDER BY in the statement would keep it from running in parallel.
    cursor.execute(_CHANGED_ENTRIES, [LIMIT])
    for entry_id, type_, label in sorted(cursor.fetchall()):
        yield f"{type_} {label}: its audit entry {entry_id} was changed"


def _chain(cursor: Any) -> Iterator[str]:
    cursor.execute(_BROKEN_CHAIN, {"none": NO_DIGEST, "limit": LIMIT})
    for seal_id, broken, changed in cursor.fetchall():
        if changed:
            yield f"seal {seal_id}: it was changed"
        if broken:
            yield f"seal {seal_id}: it does not follow the seal before it"


def _windows(cursor: Any, report: Report) -> Iterator[str]:
    """Every seal against its entries, era by era; counts what no seal covers yet."""
    cursor.execute("SELECT min(id), max(id) FROM audit_seal GROUP BY era ORDER BY era")
    eras = [(_seal_row(cursor, first), _seal_row(cursor, last)) for first, last in cursor.fetchall()]
    opened_at, h = 0, 0
    for number, (opening, last) in enumerate(eras):
        seals = Seal.objects.filter(id__gte=opening.id, id__lte=last.id, era=opening.era)
        if number:
            before = eras[number - 1][1]
            cursor.execute(_OPENING_NODES, [opening.last_id, before.last_id, opened_at, str(before.h)])
            yield from _compare([opening], cursor.fetchall())
            opened_at, h = opening.last_id, opening.h
            seals = seals.exclude(id=opening.id)
        # Ids above the last seal's of a closed era belong to the next era's first seal.
        to = _NO_LIMIT if number == len(eras) - 1 else last.last_id
        if h:
            yield from _strays(cursor, "id > %s AND id <= %s AND tx < %s::xid8", [opened_at, to, str(h)])
        for batch in _batches(seals.order_by("id")):
            yield from _batch(cursor, batch, h, opened_at, to)
            h = batch[-1].h
    cursor.execute("SELECT count(*) FROM audit_entry WHERE id > %s AND tx >= %s::xid8", [opened_at, str(h)])
    report.counts["unsealed"] = cursor.fetchone()[0]
    if eras and eras[-1][1].system_identifier == system_identifier(cursor):
        yield from _strays(cursor, "id > %s AND tx >= pg_snapshot_xmax(pg_current_snapshot())", [opened_at])


def _seal_row(cursor: Any, seal_id: int) -> _Seal:
    cursor.execute(
        "SELECT id, era, h::text::bigint, entries, last_id, root, system_identifier FROM audit_seal WHERE id = %s",
        [seal_id],
    )
    found_id, era, h, entries, last_id, root, system = cursor.fetchone()
    return _Seal(found_id, era, h, entries, last_id, bytes(root), system)


def _batches(seals: QuerySet[Seal]) -> Iterator[list[_Seal]]:
    """Consecutive seals, as many as one statement takes; streamed, because there is one a minute for years."""
    batch: list[_Seal] = []
    entries = 0
    rows = seals.values_list("id", "era", "h", "entries", "last_id", "root", "system_identifier")
    for seal_id, era, h, count, last_id, root, system in rows.iterator(chunk_size=2000):
        batch.append(_Seal(seal_id, era, int(h), count, last_id, bytes(root), system))
        entries += count
        if len(batch) >= _SEALS_AT_ONCE or entries >= _ENTRIES_AT_ONCE:
            yield batch
            batch, entries = [], 0
    if batch:
        yield batch


def _batch(cursor: Any, seals: list[_Seal], h: int, opened_at: int, to: int) -> Iterator[str]:
    starts = [str(h), *(str(seal.h) for seal in seals[:-1])]
    cursor.execute(_NODES, [starts, str(h), str(seals[-1].h), opened_at, to])
    yield from _compare(seals, cursor.fetchall())


def _compare(seals: list[_Seal], nodes: list[tuple[int, bytes, int]]) -> Iterator[str]:
    """`nodes` are (number of the seal from 1, first-level node, leaves) in order."""
    by_seal: dict[int, list[tuple[bytes, int]]] = {}
    for bucket, node, leaves in nodes:
        by_seal.setdefault(bucket, []).append((bytes(node), leaves))
    for bucket, seal in enumerate(seals, 1):
        found = by_seal.get(bucket, [])
        count = sum(leaves for _node, leaves in found)
        if count != seal.entries:
            yield f"seal {seal.id}: it covers {seal.entries} entries, {count} are there"
        elif (root_of([node for node, _leaves in found]) or NO_DIGEST) != seal.root:
            yield f"seal {seal.id}: an entry under it was changed, exchanged or moved"


def _strays(cursor: Any, where: str, values: list[Any]) -> Iterator[str]:
    cursor.execute(
        f"SELECT id, subject_type, subject_label FROM audit_entry WHERE {where} ORDER BY id LIMIT {LIMIT}",  # noqa: S608
        values,
    )
    for entry_id, type_, label in cursor.fetchall():
        yield f"{type_} {label}: its audit entry {entry_id} stands where no seal can cover it"


def _anchor(cursor: Any, anchor: Path) -> Iterator[str]:
    """Each seal the anchor knows must be there, unchanged. A cut tail is one finding, not one per seal."""
    missing: list[int] = []
    lines = sealslog.read(anchor)
    while chunk := list(islice(lines, 5000)):
        cursor.execute(
            "SELECT id, encode(digest, 'hex') FROM audit_seal WHERE id = ANY(%s)",
            [[line.seal for line in chunk]],
        )
        known = dict(cursor.fetchall())
        for line in chunk:
            if line.seal not in known:
                missing.append(line.seal)
            elif known[line.seal] != line.digest:
                yield f"seal {line.seal}: it is not the one in the anchor"
    if missing:
        rest = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        yield f"seal {missing[0]}{rest}: in the anchor, but cut off here"
