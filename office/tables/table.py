"""A table as a reader yields it, before anybody knows what its columns mean. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO, Protocol

from django.utils.translation import gettext

#: 1-based number of the row in its file (blank rows and the header count), and its cells as written.
Row = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes that can be opened again and again. `open` gives a seekable stream; `size` is in bytes."""

    name: str
    size: int
    open: Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged range of a sheet: 1-based rows, 0-based columns, both ends included."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int


class Table(Protocol):
    """One sheet or one CSV file."""

    name: str
    kind: str  # "csv" or "xlsx"
    #: True when a row may be shorter than the header (sheets leave out empty cells at the end).
    ragged: bool

    def rows(self) -> Iterator[Row]:
        """All rows from the start, in a stream; raises `UnusableFile` where the file is broken."""
        ...

    def merges(self) -> list[Merge]:
        """The merged ranges; empty for CSV."""
        ...

    def done(self) -> float:
        """The part of the bytes that the current `rows()` has read, 0 to 1."""
        ...


def header_name(raw: str) -> str:
    """A header's name for matching: without BOM, marks, outer spaces and full-width variants."""
    name = unicodedata.normalize("NFKC", raw.replace("\ufeff", "")).strip().strip("'\"").strip()
    return name.removeprefix('="').strip()


@dataclass(frozen=True)
class Header:
    """The header row: `raw` as written, `names` for matching, `row` its 1-based number."""

    row: int
    raw: tuple[str, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(header_name(cell) for cell in self.raw)

    @cached_property
    def columns(self) -> dict[str, int]:
        """Name → first column of that name; unnamed columns are left out."""
        found: dict[str, int] = {}
        for column, name in enumerate(self.names):
            if name:
                found.setdefault(name, column)
        return found

    @cached_property
    def titles(self) -> tuple[str, ...]:
        """What a column is called beside an order: its header letter for letter, made unique and never empty."""
        titles: list[str] = []
        for column, cell in enumerate(self.raw):
            title = cell.replace("\ufeff", "") if cell.strip() else f"#{column + 1}"
            while title in titles:
                title += f" #{column + 1}"
            titles.append(title)
        return tuple(titles)

    def has(self, names: Iterable[str]) -> bool:
        """Whether every one of these names is a column."""
        return all(header_name(name) in self.columns for name in names)


def is_blank(cells: list[str]) -> bool:
    """Whether a row holds nothing but spaces."""
    return not any(cell and not cell.isspace() for cell in cells)


class UnusableFile(Exception):
    """Nothing of the file can be read: no known header, not a table, broken. `code` is for machines.

    `template` is the msgid of its sentence and `params` what the sentence names, texts and numbers: together they can
    be kept, and read later in another language. `message` is the sentence in the language of now.
    """

    def __init__(self, template: str, /, *, code: str, **params: str | int) -> None:
        super().__init__(template)
        self.template = template
        self.params = params
        self.code = code

    @property
    def message(self) -> str:
        return said(self.template, self.params)

    def __str__(self) -> str:
        return self.message

    @property
    def kept(self) -> dict[str, str | int]:
        """`params` as a database holds them: no NUL, no text without end."""
        return {
            name: value.replace("\x00", "\ufffd")[:LONGEST_PARAM] if isinstance(value, str) else value
            for name, value in self.params.items()
        }


#: Characters of what a sentence names, as it is kept.
LONGEST_PARAM = 300


def said(template: str, params: Mapping[str, object]) -> str:
    """A kept sentence in the reader's language. One that was kept whole, without `params`, stays as it is."""
    if not template:
        return ""
    return gettext(template) % params if params else gettext(template)
