"""The words by which assets are found: two characters at a time, whatever the width and case they are typed in."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

#: Characters of one text that count.
LONGEST = 200


def folded(text: str) -> str:
    """NFKC, without case, blanks and control characters."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in plain if sign.isprintable() and not sign.isspace())[:LONGEST]


def grams(texts: Iterable[str]) -> list[str]:
    """{"海报", "报春", …} and each character, of all the texts."""
    found: set[str] = set()
    for text in texts:
        plain = folded(text)
        found |= {plain[place : place + 2] for place in range(len(plain) - 1)} | set(plain)
    return sorted(found)


def wanted(text: str) -> list[str]:
    """What a search looks for: its pairs; its one character when it has no more; nothing for nothing."""
    plain = folded(text)
    return sorted({plain[place : place + 2] for place in range(len(plain) - 1)}) or ([plain] if plain else [])
