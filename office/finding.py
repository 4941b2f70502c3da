"""The words by which goods and suppliers are found: two characters at a time, whatever their width and case."""

from __future__ import annotations

import unicodedata

#: Characters of one text that count.
LONGEST = 120


def folded(text: str) -> str:
    """NFKC, without case, blanks and control characters."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in plain if sign.isprintable() and not sign.isspace())


def bigrams(text: str) -> set[str]:
    """{"布艺", "艺沙", "沙发"}; single characters too, so that one character finds."""
    plain = folded(text)[:LONGEST]
    return {plain[place : place + 2] for place in range(len(plain) - 1)} | set(plain)


def wanted(text: str) -> list[str]:
    """What a search looks for: its bigrams; its one character when it has no more; nothing for nothing."""
    plain = folded(text)[:LONGEST]
    return sorted({plain[place : place + 2] for place in range(len(plain) - 1)}) or ([plain] if plain else [])
