"""Pure calculation: what a request's bytes are, which chain it takes, what is left when rows are refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from office.rulebook.types import Book, ChainRule

#: Between the places of a chain's steps, so that others can be put between them.
GAP = 1 << 16
ROWS = "rows"


def plain(value: object) -> object:
    """A value as JSON says it: decimals and dates become text, tuples lists. TypeError for anything else.

    Floats are refused: what is agreed must read the same everywhere, and money is no float.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise TypeError("a decimal must be finite")
        return format(value, "f")
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("an instant needs a zone")
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise TypeError("keys are texts")
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no place in a request")


def canonical(payload: Mapping[str, object]) -> bytes:
    """The request's bytes: sorted keys, UTF-8, no spaces. TypeError, ValueError for what JSON cannot say exactly."""
    text = json.dumps(
        plain(payload), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    if "\\u0000" in text:
        raise ValueError("a text holds a NUL character")  # jsonb cannot say it either
    return text.encode("utf-8")


def payload_of(stored: bytes) -> dict[str, Any]:
    """The request out of its bytes."""
    found = json.loads(stored)
    if not isinstance(found, dict):
        raise ValueError("a request is a JSON object")
    return found


def digest(stored: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(stored).hexdigest()


def fingerprint(fields: Mapping[str, str]) -> dict[str, str]:
    """{field: SHA-256 of its text}: enough to say which field has changed, and keeps no value."""
    return {
        name: hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        for name, text in fields.items()
    }


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The names of the fields whose fingerprints differ, or that only one side has."""
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


def rows_of(payload: Mapping[str, Any]) -> list[Any] | None:
    """The rows that are decided singly; None when the request is one thing."""
    found = payload.get(ROWS)
    return found if isinstance(found, list) else None


def without_rows(payload: Mapping[str, Any], refused: Collection[int]) -> dict[str, Any]:
    """What is carried out: the payload with the refused rows taken out."""
    rows = rows_of(payload)
    if rows is None or not refused:
        return dict(payload)
    return {**payload, ROWS: [row for index, row in enumerate(rows) if index not in refused]}


def chain_for(book: Book, kind: str, flags: Iterable[str]) -> ChainRule | None:
    """The chain that a subject with these flags takes.

    Chains that name the kind in `instead_of` and one of the flags in `when` take the ordinary one's place; of several
    the one with the most steps, then the first in the book. None when the book has no chain for the kind.
    """
    marked = set(flags)
    special = [
        rule
        for rule in book.rules.values()
        if isinstance(rule, ChainRule) and kind in rule.instead_of and marked.intersection(rule.when)
    ]
    if special:
        return max(special, key=lambda rule: len(rule.steps))  # max keeps the first of equals
    ordinary = book.rules.get(kind)
    return ordinary if isinstance(ordinary, ChainRule) else None


def place_between(before: int, after: int | None) -> int | None:
    """A place between two steps (`after` None: behind the last); None when there is no room."""
    if after is None:
        return before + GAP
    middle = (before + after) // 2
    return middle if middle > before else None


def above(superiors: Mapping[str, str | None], position: str) -> list[str]:
    """The posts above one, nearest first; nothing for a post the book does not have."""
    found: list[str] = []
    at = superiors.get(position)
    while at is not None and at not in found:
        found.append(at)
        at = superiors.get(at)
    return found


def highest(superiors: Mapping[str, str | None], positions: Sequence[str]) -> str:
    """Of several posts the one nearest to the top, the first of equals; "" of none."""
    return min(positions, key=lambda post: len(above(superiors, post)), default="")
