"""On which line of a book a problem stands: the parser of TOML keeps no places, so the text is looked through again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from office.rulebook.parser.problems import Problem

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*("[^"]*"|'[^']*'|[A-Za-z0-9_-]+)\s*[.=]""")
_PLACE = re.compile(r"at line (\d+)")
_STEP = re.compile(r'"([^"]*)"|([^.\[\]"\s()]+)')


def with_lines(found: Iterable[Problem], source: str, file: str) -> tuple[Problem, ...]:
    """The problems of this file with their lines; those of an included file stay without."""
    known = _index(source)
    return tuple(
        replace(each, line=_line(each, known, source)) if each.file == file else each for each in found
    )


def _index(source: str) -> dict[tuple[str, ...], int]:
    """(table, …, key) → the line where it begins, from 1. Lists of tables count: ("clauses", "0", "title")."""
    found: dict[tuple[str, ...], int] = {}
    counts: dict[str, int] = {}
    table: tuple[str, ...] = ()
    for number, text in enumerate(source.splitlines(), 1):
        header = _HEADER.match(text)
        if header:
            table = _path(header[2])
            if header[1] == "[[":
                place = counts.get(header[2], 0)
                counts[header[2]] = place + 1
                table = (*table, str(place))
            found.setdefault(table, number)
        elif key := _KEY.match(text):
            found.setdefault((*table, key[1].strip("\"'")), number)
    return found


def _path(text: str) -> tuple[str, ...]:
    return tuple(quoted or plain for quoted, plain in _STEP.findall(re.sub(r" \([^)]*\)", "", text)))


def _line(problem: Problem, known: dict[tuple[str, ...], int], source: str) -> int:
    """The line of the key, else of the nearest thing around it; 0 where the file has none of it."""
    if not problem.table:
        told = _PLACE.search(str(problem.params.get("said", "")))
        at_end = len(source.splitlines()) if "end of document" in str(problem.params.get("said", "")) else 0
        return int(told[1]) if told else at_end
    path = _path(problem.table)
    while path:
        if path in known:
            return known[path]
        path = path[:-1]
    return 0
