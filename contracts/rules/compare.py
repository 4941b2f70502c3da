"""Two versions of a contract side by side: which terms and which clauses differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters; `changed`: the other side does not have it."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """A clause on both sides; one side is empty where only the other has it."""

    id: str
    title: str
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]

    @property
    def changed(self) -> bool:
        return any(piece.changed for piece in (*self.before, *self.after))


def changed_terms(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The names whose values differ, in the order of the later version."""
    return [name for name in {**after, **before} if before.get(name) != after.get(name)]


def side_by_side(before: Sequence[Mapping[str, str]], after: Sequence[Mapping[str, str]]) -> list[Pair]:
    """Clauses paired by their ids: in the order of the later version, what it dropped at the end."""
    old = {each["id"]: each for each in before}
    pairs = [_pair(old.pop(each["id"], None), each) for each in after]
    return pairs + [_pair(each, None) for each in old.values()]


def _pair(old: Mapping[str, str] | None, new: Mapping[str, str] | None) -> Pair:
    known = new or old or {}
    one, two = (old or {}).get("text", ""), (new or {}).get("text", "")
    left: list[Piece] = []
    right: list[Piece] = []
    for word, a, b, c, d in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        same = word == "equal"
        if b > a:
            left.append(Piece(one[a:b], not same))
        if d > c:
            right.append(Piece(two[c:d], not same))
    return Pair(known["id"], known["title"], tuple(left), tuple(right))
