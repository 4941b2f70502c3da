"""Find forbidden words in a text that was written to hide them (C6.4, C6.5, C6.6).

Text is folded first: full-width and compatibility forms become ordinary ones, capitals small, and blanks, invisible
characters and fillers inside a word vanish, so that "口 交", "ｓｅｘ" and "加*微*信" are found. Sentence punctuation
stays: words do not run across it. A word of Latin letters or digits counts only where it stands alone ("Essex" holds
none). An allow phrase covers the hits inside it: 路口交通 is a crossroads.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Literal, NamedTuple

import ahocorasick

Severity = Literal["block", "second", "hint"]

#: Fillers that people put between the characters of a word. Not sentence punctuation: that ends a word.
_FILLERS = "*·•∙・･_~^|/\\.+=-–—'\"`＊＿～＾｜／＼．＋＝－＇＂｀"


class Word(NamedTuple):
    """One entry of a list. `allow`: a harmless phrase whose inside is not searched; then `severity` says nothing."""

    text: str
    list_code: str
    severity: Severity = "block"
    allow: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A word found. `start`, `end` are offsets into the text as it was given, `found` what stands there."""

    start: int
    end: int
    found: str
    word: str
    list_code: str
    severity: Severity


class Folded(NamedTuple):
    """A folded text. `cuts` are the offsets in `text` behind which something was left out, `shifts` how much in all by
    then; `origins` maps each character to its original offset when a character became several (else None)."""

    text: str
    cuts: list[int]
    shifts: list[int]
    origins: list[int] | None

    def origin(self, offset: int) -> int:
        """Where the folded character at `offset` stood."""
        if self.origins is not None:
            return self.origins[offset]
        found = bisect_right(self.cuts, offset)
        return offset + (self.shifts[found - 1] if found else 0)


class _Tables(NamedTuple):
    """What folding does to each character that was ever met: it vanishes, becomes several, becomes one other, or is
    left alone."""

    met: frozenset[str]
    vanishing: frozenset[str]
    several: dict[str, str]
    other: dict[str, str]


_NOTHING = _Tables(frozenset(), frozenset(), {}, {})
_learnt = _NOTHING
#: What all texts of an office use together is a tenth of this; whoever sends every character there is fills no memory.
MOST_MET = 50_000


def _tables(used: frozenset[str]) -> _Tables:
    """Tables that know these characters. There are a million, and all texts together use some thousands of them: each
    is looked at when it is first met. What another thread learns meanwhile may be learnt again."""
    global _learnt
    tables = _learnt
    new = used - tables.met
    if not new:
        return tables
    if len(tables.met) > MOST_MET:
        tables, new = _NOTHING, used
    gone, several, other = set(tables.vanishing), dict(tables.several), dict(tables.other)
    for character in new:
        folded = _folded(character)
        if not folded:
            gone.add(character)
        elif len(folded) > 1:
            several[character] = folded
        elif folded != character:
            other[character] = folded
    _learnt = tables = _Tables(tables.met | new, frozenset(gone), several, other)
    return tables


def _vanishes(character: str) -> bool:
    return character in _FILLERS or unicodedata.category(character) in (
        "Cf",
        "Mn",
        "Me",
        "Zs",
        "Zl",
        "Zp",
        "Cc",
    )


def _folded(character: str) -> str:
    """What is searched in its place."""
    if _vanishes(character):
        return ""
    if character < "\x80":
        return character.lower()
    if unicodedata.category(character) in ("Cs", "Cn", "Co"):
        return character
    folded = unicodedata.normalize("NFKC", character).casefold()
    if len(folded) > 1:  # what is left of an ellipsis is nothing
        return "".join(each for each in folded if not _vanishes(each))
    return folded if folded.isalnum() else character


@lru_cache(maxsize=256)
def _runs_of(characters: frozenset[str]) -> re.Pattern[str]:
    return re.compile("[" + "".join(re.escape(each) for each in sorted(characters)) + "]+")


def fold(text: str) -> Folded:
    """The text as it is searched."""
    used = frozenset(text)  # a text uses few characters: the rest is asked of those alone
    tables = _tables(used)
    changing = used & tables.other.keys()
    if changing:
        text = text.translate({ord(each): tables.other[each] for each in changing})
    gone, growing = used & tables.vanishing, used & tables.several.keys()
    if growing:
        return _fold_growing(text, gone, {each: tables.several[each] for each in growing})
    spans = [found.span() for found in _runs_of(gone).finditer(text)] if gone else []
    if not spans:
        return Folded(text, [], [], None)
    pieces, begin = [], 0
    for start, end in spans:
        pieces.append(text[begin:start])
        begin = end
    pieces.append(text[begin:])
    shifts = list(accumulate(end - start for start, end in spans))
    cuts = [start - shift for (start, _end), shift in zip(spans, [0, *shifts[:-1]], strict=True)]
    return Folded("".join(pieces), cuts, shifts, None)


def _fold_growing(text: str, gone: frozenset[str], several: dict[str, str]) -> Folded:
    """A text in which one character becomes several (㎡, ℃, ﬁ): each keeps the offset it came from."""
    pieces: list[str] = []
    origins: list[int] = []

    def keep(start: int, end: int) -> None:
        pieces.append(text[start:end])
        origins.extend(range(start, end))

    begin = 0
    for found in _runs_of(gone.union(several)).finditer(text):
        keep(begin, found.start())
        begin = found.end()
        for offset, character in enumerate(found.group(), found.start()):
            expanded = several.get(character, "")
            pieces.append(expanded)
            origins.extend([offset] * len(expanded))
    keep(begin, len(text))
    return Folded("".join(pieces), [], [], origins)


class Scanner:
    """The lists, ready to search. Making one costs about a second per million characters of words; keep it."""

    def __init__(self, words: Iterable[Word]) -> None:
        self._automaton = ahocorasick.Automaton()
        entries: dict[str, list[Word]] = {}
        for word in words:
            folded = fold(word.text).text
            if folded:
                entries.setdefault(folded, []).append(word)
        for folded, same in entries.items():
            alone = folded.isascii()
            self._automaton.add_word(folded, (len(folded), alone, tuple(same)))
        self._empty = not entries
        if entries:
            self._automaton.make_automaton()

    def scan(self, text: str) -> list[Hit]:
        """Every hit in the order of the text; a longer word hides no shorter one inside it."""
        if self._empty:
            return []
        folded = fold(text)
        found: list[tuple[int, int, Word]] = []
        allowed: list[tuple[int, int]] = []
        for last, (length, alone, words) in self._automaton.iter(folded.text):
            start = last - length + 1
            if alone and not _stands_alone(text, folded.origin(start), folded.origin(last)):
                continue
            for word in words:
                if word.allow:
                    allowed.append((start, last))
                else:
                    found.append((start, last, word))
        hits = []
        for start, last, word in found:
            if any(begin <= start and last <= end for begin, end in allowed):
                continue
            begin, end = folded.origin(start), folded.origin(last) + 1
            hits.append(Hit(begin, end, text[begin:end], word.text, word.list_code, word.severity))
        return sorted(hits, key=lambda hit: (hit.start, hit.end))


def _stands_alone(text: str, first: int, last: int) -> bool:
    """Whether no letter or digit of the same kind stands right before or after."""
    before, after = text[first - 1 : first], text[last + 1 : last + 2]
    return not any(each and each.isascii() and each.isalnum() for each in (before, after))


class Piece(NamedTuple):
    """A part of a text as pages show it: the hit on it, or None."""

    text: str
    hit: Hit | None


def marked(text: str, hits: Iterable[Hit]) -> Iterator[Piece]:
    """The whole text in pieces, hits in place. Where hits overlap, the first and longest is shown."""
    done = 0
    for hit in sorted(hits, key=lambda each: (each.start, -each.end)):
        if hit.start < done:
            continue
        if hit.start > done:
            yield Piece(text[done : hit.start], None)
        yield Piece(text[hit.start : hit.end], hit)
        done = hit.end
    if done < len(text):
        yield Piece(text[done:], None)
