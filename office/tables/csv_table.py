"""CSV and tab-separated text as a table, in a stream."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from django.utils.translation import gettext_noop

from office.tables.table import Merge, Row, Source, UnusableFile

CHUNK = 1 << 20
CELL_LIMIT = 1 << 17
RECORD_LIMIT = 1 << 22
COLUMN_LIMIT = 1024
#: So many letters beyond ASCII that are valid UTF-8 are no accident of another encoding.
SURE = 20
SURE_AT_END = 3

csv.field_size_limit(CELL_LIMIT)


class CsvTable:
    """Text cells separated by commas (or TABs, semicolons). The encoding is decided by the whole stream."""

    kind = "csv"
    ragged = False

    def __init__(self, source: Source) -> None:
        """Reads the file once to find its encoding; raises `UnusableFile` when it is not text."""
        self._source = source
        self.name = source.name
        self.encoding = detect_encoding(source)
        self._delimiter = self._sniff_delimiter()
        self._stream: BinaryIO | None = None

    def merges(self) -> list[Merge]:
        return []

    def done(self) -> float:
        if self._stream is None or self._stream.closed or not self._source.size:
            return 0.0
        return min(1.0, self._stream.tell() / self._source.size)

    def rows(self) -> Iterator[Row]:
        with self._source.open() as stream:
            self._stream = stream
            lines = _Lines(io.TextIOWrapper(stream, encoding=self.encoding, newline=""))
            reader = csv.reader(lines, delimiter=self._delimiter)
            number = 0
            try:
                for number, cells in enumerate(reader, start=1):
                    if len(cells) > COLUMN_LIMIT:
                        raise UnusableFile(
                            gettext_noop("Row %(row)s has more than %(limit)s columns."),
                            code="too_many_columns",
                            row=number,
                            limit=COLUMN_LIMIT,
                        )
                    last = lines.taken
                    lines.taken = []
                    lines.characters = 0
                    yield number, cells
            except csv.Error as error:
                raise UnusableFile(
                    gettext_noop(
                        "Row %(row)s cannot be read: a cell is longer than %(limit)s characters. Is a quotation mark"
                        " not closed?"
                    ),
                    code="cell_too_long",
                    row=number + 1,
                    limit=CELL_LIMIT,
                ) from error
            except UnicodeDecodeError as error:  # the file changed after its encoding was decided
                raise UnusableFile(
                    gettext_noop("The file changed while it was read."), code="changed"
                ) from error
            if number and _ends_inside_quotes(last, self._delimiter):
                raise UnusableFile(
                    gettext_noop("The file ends in the middle of a cell (row %(row)s): it is cut off."),
                    code="cut_off",
                    row=number,
                )

    def _sniff_delimiter(self) -> str:
        with self._source.open() as stream:
            first = stream.read(1 << 16).decode(self.encoding, errors="ignore").lstrip()
        first = first.partition("\n")[0]
        if "," in first:
            return ","
        return max("\t;,", key=first.count) if "\t" in first or ";" in first else ","


class _Lines:
    """Hands lines to the csv reader and remembers those of the record it is reading."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.taken: list[str] = []
        self.characters = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        # A limit: a "line" of hundreds of megabytes must not be read into memory at once.
        line = self._text.readline(CELL_LIMIT * 8)
        if not line:
            raise StopIteration
        self.characters += len(line)
        if len(line) >= CELL_LIMIT * 8 or self.characters > RECORD_LIMIT:
            raise csv.Error("record too long")
        if len(self.taken) < 1000:
            self.taken.append(line)
        return line


def _ends_inside_quotes(lines: list[str], delimiter: str) -> bool:
    """Whether the last record's quoted cell is never closed (the csv reader itself would not say so)."""
    if sum(line.count('"') for line in lines) % 2 == 0:
        return False
    try:
        for _cells in csv.reader(lines, delimiter=delimiter, strict=True):
            pass
    except csv.Error as error:
        return "unexpected end of data" in str(error)
    return False


def detect_encoding(source: Source, *, within: int | None = None) -> str:
    """utf-8-sig, else gb18030, decided by every byte of the file (or about `within` bytes of its start); UTF-16 only by
    its byte order mark.

    Almost any bytes can be read as GB18030, so a file that began as UTF-8 and then breaks is refused, not misread.
    """
    with source.open() as stream:
        start = stream.read(4)
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        if _first_error(source, "utf-16", within) is None:
            return "utf-16"
    else:
        error = _first_error(source, "utf-8-sig", within)
        if error is None:
            return "utf-8-sig"
        if error.read_before >= (SURE_AT_END if error.at_end else SURE) or start.startswith(codecs.BOM_UTF8):
            raise UnusableFile(
                gettext_noop("The file is UTF-8 text, but broken or cut off at byte %(byte)s."),
                code="encoding",
                byte=error.byte + 1,
            )
        if _first_error(source, "gb18030", within) is None:
            return "gb18030"
    raise UnusableFile(
        gettext_noop("The file is neither UTF-8 nor GB18030 text. Save it as “CSV UTF-8” or as .xlsx."),
        code="encoding",
    )


class _DecodingError(NamedTuple):
    byte: int
    at_end: bool
    read_before: int  # letters beyond ASCII that were read before; counted up to SURE


def _first_error(source: Source, encoding: str, within: int | None) -> _DecodingError | None:
    decoder = codecs.getincrementaldecoder(encoding)()
    beyond_ascii = position = 0
    with source.open() as stream:
        while within is None or position < within:
            chunk = stream.read(CHUNK)
            waiting = decoder.getstate()[0]
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                good = (waiting + chunk)[: error.start].decode(encoding, errors="ignore")
                beyond_ascii += sum(letter > "\x7f" for letter in good)
                return _DecodingError(position - len(waiting) + error.start, not chunk, beyond_ascii)
            if not chunk:
                return None
            position += len(chunk)
            if beyond_ascii < SURE and not text.isascii():
                beyond_ascii += sum(letter > "\x7f" for letter in text)
    return None
