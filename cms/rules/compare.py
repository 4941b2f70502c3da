"""Two versions side by side, word for word. Chinese has no blanks: each character is a word, and islands of one or two
that stay between changes are counted to the change, so that what is shown can be read. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

Sort = Literal["same", "gone", "new"]

_WORDS = re.compile(r"[A-Za-z0-9_'’.-]+|\s+|.", re.S)
#: Pairs of paragraphs longer than this together are shown as a whole: comparing grows with the square.
LONGEST = 8_000
ISLAND = 1


class Part(NamedTuple):
    """A stretch of text that stayed, went, or came."""

    sort: Sort
    text: str


class Line(NamedTuple):
    """One paragraph. `sort` "same": both have it as it is; "changed": `parts` say what; "gone", "new": one has it."""

    sort: Literal["same", "changed", "gone", "new"]
    parts: tuple[Part, ...]


def words(before: str, after: str) -> tuple[Part, ...]:
    """What went and what came, in reading order."""
    if before == after:
        return (Part("same", before),) if before else ()
    if len(before) + len(after) > LONGEST:
        return tuple(part for part in (Part("gone", before), Part("new", after)) if part.text)
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    found = list(_steps(old, new))
    merged: list[list[str]] = []  # [same, gone, new]: stretches of "same" stand alone
    for index, (same, gone, came) in enumerate(found):
        island = (
            same
            and 0 < index < len(found) - 1
            and len(same.strip()) <= ISLAND
            and merged
            and not merged[-1][0]
        )
        if island:
            merged[-1][1] += same
            merged[-1][2] += same
        elif merged and not same and not merged[-1][0]:
            merged[-1][1] += gone
            merged[-1][2] += came
        else:
            merged.append([same, gone, came])
    return tuple(_parts(merged))


def _steps(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield "".join(old[a:b]), "", ""
        else:
            yield "", "".join(old[a:b]), "".join(new[c:d])


def _parts(merged: list[list[str]]) -> Iterator[Part]:
    for same, gone, came in merged:
        if same:
            yield Part("same", same)
        if gone:
            yield Part("gone", gone)
        if came:
            yield Part("new", came)


def paragraphs(before: Sequence[str], after: Sequence[str]) -> list[Line]:
    """The paragraphs of two texts against each other. Of a stretch that was rewritten the first is compared with the
    first, and so on."""
    found: list[Line] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            found += [Line("same", (Part("same", text),)) for text in before[a:b]]
            continue
        old, new = list(before[a:b]), list(after[c:d])
        pairs = min(len(old), len(new))
        found += [Line("changed", words(old[i], new[i])) for i in range(pairs)]
        found += [Line("gone", (Part("gone", text),)) for text in old[pairs:]]
        found += [Line("new", (Part("new", text),)) for text in new[pairs:]]
    return found
