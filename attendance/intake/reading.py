"""A file of punches, opened: what it is, and its rows in a stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_noop

from attendance.intake.attlog import HEADER, is_attlog, read_attlog
from attendance.intake.rows import BadRow, PunchRow
from attendance.intake.tables import LAYOUTS, Columns, find_columns, read_table
from office.tables.opening import first_look, open_tables
from office.tables.table import Source, Table, UnusableFile
from office.tables.xlsx_table import XlsxTable

FORMATS = ("attlog", *LAYOUTS)


@dataclass(frozen=True, slots=True)
class Reading:
    """`format` as recognised, `header` as written (attlog.dat has none: ours)."""

    format: str
    header: tuple[str, ...]
    source: Source
    table: Table | None = None
    columns: Columns | None = None

    def rows(self, now: datetime) -> Iterator[PunchRow | BadRow]:
        """From the start, each time it is asked. Raises UnusableFile where the file is broken."""
        if self.table is None or self.columns is None:
            return read_attlog(self.source, now)
        return read_table(self.table, self.columns, now)


def format_name(name: str) -> str:
    """A known format, or "" for "find out". Raises UnusableFile."""
    name = name.strip().lower()
    if name and name not in FORMATS:
        raise UnusableFile(
            gettext_noop("Unknown format %(name)s. Known: %(known)s."),
            code="format",
            name=name[:40],
            known=", ".join(FORMATS),
        )
    return name


def first_look_at(source: Source, *, format: str = "") -> None:
    """What can be known at once, so that whoever sends a file is told while he is there. Raises the UnusableFile that
    `open_punches` would raise; columns that nobody knows are for a person to name later, and no reason here."""
    if format == "attlog" or is_attlog(source):
        _attlog(source)
    else:
        first_look(source)


def open_punches(
    source: Source,
    *,
    format: str = "",
    mapping: Mapping[str, str] | None = None,
    saved: Mapping[str, str] | None = None,
) -> Reading:
    """Recognise the file. `mapping` was given with it and binds; `saved` is tried when nothing else fits. Raises
    UnusableFile (UnknownHeader)."""
    if format == "attlog" or (not format and not mapping and is_attlog(source)):
        _attlog(source)
        return Reading("attlog", HEADER, source)
    first = open_tables(source)[0]
    try:
        table, columns = _found(first, format, mapping or {})
    except UnusableFile as unknown:
        if unknown.code != "unknown_header" or mapping or not saved:
            raise
        table, columns = _found(first, "", saved)
    header = tuple(cell for place, cell in enumerate(columns.header.raw) if place not in columns.drop)
    return Reading(columns.layout, header, source, table, columns)


def _attlog(source: Source) -> None:
    if not source.size:
        raise UnusableFile(gettext_noop("The file is empty."), code="empty")
    if not is_attlog(source):
        raise UnusableFile(
            gettext_noop("This is no attlog.dat: none of its first lines is a punch."), code="no_attlog"
        )


def _found(first: Table, format: str, mapping: Mapping[str, str]) -> tuple[Table, Columns]:
    """The sheet with the punches: a platform's report has several, with its sums first. Its records count before its
    days, and either before a table that only might be one. Raises UnusableFile, of the first sheet."""
    sheets = [first, *(first.others() if isinstance(first, XlsxTable) else ())]
    known: list[tuple[int, Table, Columns]] = []
    refused: UnusableFile | None = None
    for place, sheet in enumerate(sheets):
        try:
            columns = find_columns(sheet, format, mapping)
        except UnusableFile as error:
            if not place and error.code != "unknown_header":
                raise
            refused = refused or error
        else:
            known.append((2 if columns.layout == "generic" else 1 if columns.slots else 0, sheet, columns))
    if not known and refused is not None:
        raise refused
    _rank, table, columns = min(known, key=lambda each: each[0])
    return table, columns
