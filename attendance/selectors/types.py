"""The shift types of the book in force."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from django.utils.translation import get_language

from attendance.rules.shifts import ShiftType
from office.rulebook import api as rulebook
from office.rulebook.types import Book, HoursRule, ParameterRule

WORK, DUTY, LETTERS = "attendance.shift.", "attendance.duty.", "attendance.shift_letters"


def shift_types(at: datetime) -> dict[str, ShiftType]:
    """Code → type, in the order of the book: work, then duties. Names and letters in the reader's language."""
    return types_in(rulebook.book(at))


def types_in(book: Book) -> dict[str, ShiftType]:
    return _types(book, (get_language() or "zh").startswith("zh"))


@lru_cache(maxsize=8)
def _by_id(version_id: int, chinese: bool) -> dict[str, ShiftType]:
    return _read(rulebook.book_by_version(version_id), chinese)


def _types(book: Book, chinese: bool) -> dict[str, ShiftType]:
    return _read(book, chinese) if book.version_id is None else _by_id(book.version_id, chinese)


def _read(book: Book, chinese: bool) -> dict[str, ShiftType]:
    letters = book.rules.get(LETTERS)
    table = letters.table() if isinstance(letters, ParameterRule) else {}
    found = {}
    for key, rule in book.rules.items():
        for prefix, sort in ((WORK, "work"), (DUTY, "duty")):
            if key.startswith(prefix) and isinstance(rule, HoursRule):
                code = key.removeprefix(prefix)
                own = f"shift_{code}"  # where the plain word means something else in the book
                name = _said(book, own if own in book.names else code, chinese)
                letter = _said(book, str(table[code]), chinese) if code in table else name[:1]
                found[code] = ShiftType(code, "work" if sort == "work" else "duty", rule, name, letter)
    return found


def _said(book: Book, code: str, chinese: bool) -> str:
    said = book.names.get(code)
    return code if said is None else said.zh if chinese else said.en
