"""The Merkle tree of a seal: fan-out 256, built by the database up to the first level of nodes.

A leaf is `id(8) ‖ tx(8) ‖ digest(32)` of one entry, big-endian, in the order of (tx, id): an entry that changes, moves
or is missing changes the root. A node is SHA-256(level ‖ its children), level being one byte: 1 over leaves, 2 over
those nodes, and so on up to one node, the root.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

FAN_OUT = 256
LEAF_SQL = "int8send(id) || xid8send(tx) || digest"


def root_of(nodes: Sequence[bytes]) -> bytes:
    """The root over first-level nodes; b"" for no nodes."""
    level, row = 1, list(nodes)
    while len(row) > 1:
        level += 1
        row = [
            hashlib.sha256(bytes([level]) + b"".join(row[i : i + FAN_OUT])).digest()
            for i in range(0, len(row), FAN_OUT)
        ]
    return row[0] if row else b""


def nodes_sql(where: str) -> str:
    """First-level nodes in order, with how many leaves each has and the highest entry id: (node, leaves, last id)."""
    return (
        f"SELECT sha256('\\x01'::bytea || string_agg(leaf, ''::bytea ORDER BY n)), count(*), max(id) FROM ("  # noqa: S608
        f" SELECT id, row_number() OVER (ORDER BY tx, id) - 1 AS n, {LEAF_SQL} AS leaf FROM audit_entry WHERE {where}"
        f") AS leaves GROUP BY n / {FAN_OUT} ORDER BY n / {FAN_OUT}"
    )
