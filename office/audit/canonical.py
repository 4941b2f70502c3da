"""The bytes an entry and a seal stand for. The SQL of office.audit.verify builds the same; a test compares them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Protocol

from office.subjects import Subject

SEPARATOR = "\x1f"


class Actor(Protocol):
    """Whoever acts: an employee. The trail keeps the id and the name."""

    @property
    def pk(self) -> Any: ...

    @property
    def name(self) -> Any: ...


def instant(at: dt.datetime) -> str:
    """ISO 8601 in UTC with microseconds and Z."""
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")[:26] + "Z"


def data_text(data: Mapping[str, Any] | None) -> str:
    """Compact JSON with sorted keys, characters as they are. TypeError for what JSON cannot say."""
    if not data:
        return "{}"
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def one_line(text: str, limit: int) -> str:
    """A column's value: no control characters (they would blur the fields of the header), at most `limit` long."""
    if not text.isprintable():
        text = "".join(" " if ord(c) < 32 else "\ufffd" if 0xD800 <= ord(c) <= 0xDFFF else c for c in text)
    return text[:limit]


def entry_bytes(
    at_text: str,
    verb: str,
    subject: Subject,
    actor_id: int | None,
    actor_name: str,
    acting_for: str,
    clause: str,
    data: str,
) -> tuple[bytes, bytes]:
    """(canonical bytes, their SHA-256). Every text is already one line."""
    who = "" if actor_id is None else str(actor_id)
    canonical = "\x1f".join(
        (
            "1",
            at_text,
            verb,
            subject.type,
            subject.id,
            subject.label,
            who,
            actor_name,
            acting_for,
            clause,
            data,
        )
    ).encode("utf-8", "replace")
    return canonical, hashlib.sha256(canonical).digest()


def entry_data(canonical: bytes | memoryview) -> dict[str, Any]:
    """The data of an entry, out of its canonical bytes; {} when they cannot be read."""
    parts = bytes(canonical).split(b"\x1f", 10)
    try:
        found = json.loads(parts[10])
    except (IndexError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def seal_header(
    seal_id: int, era: int, system_identifier: str, h: str, at: dt.datetime, entries: int, last_id: int
) -> bytes:
    """The header of a seal's digest."""
    return SEPARATOR.join(
        ("1", str(seal_id), str(era), system_identifier, h, instant(at), str(entries), str(last_id))
    ).encode()


def seal_digest(previous: bytes, root: bytes, header: bytes) -> bytes:
    """SHA-256(previous ‖ root ‖ header)."""
    return hashlib.sha256(previous + root + header).digest()
