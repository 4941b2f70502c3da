"""The visible sheets of an .xlsx workbook as tables, the first one unless another is asked for, in a stream.

Our own reader: the two libraries that read .xlsx hold all shared strings (openpyxl) or the whole sheet (calamine) in
memory, so that a large export, or one made to hurt, needs many times its size. Here the sheet's XML is parsed row by
row, and shared strings wait in an unlinked temporary file. Cells come as text, dates as ISO 8601, numbers as the file
writes them.
"""

from __future__ import annotations

import copy
import re
import tempfile
import xml.etree.ElementTree as ET
import zipfile
from array import array
from collections.abc import Iterator
from contextlib import closing
from functools import lru_cache
from typing import IO, Any

from django.utils.translation import gettext_noop

from office.tables import archive
from office.tables.cells import from_serial
from office.tables.table import Merge, Row, Source, UnusableFile

CHUNK = 1 << 18
ELEMENT_BYTES = 16 << 20  # XML of one row or one shared string
PART_BYTES = 16 << 20  # workbook, relations, styles: read whole
ROW_LIMIT = 1_048_576  # the format's own
COLUMN_LIMIT = 1024
WORKBOOK = "xl/workbook.xml"
#: So many sheets are looked at, no more.
SHEETS = 12
_CONTAINERS = frozenset({"sheetData", "sst"})
#: Elements that stand only behind a sheet's rows.
_AFTER = frozenset({
    "sheetCalcPr", "sheetProtection", "protectedRanges", "scenarios", "autoFilter", "sortState",
    "dataConsolidate", "customSheetViews", "mergeCells", "conditionalFormatting", "dataValidations",
    "hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter", "rowBreaks", "colBreaks",
    "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing", "legacyDrawing", "picture",
    "oleObjects", "controls", "tableParts",
})  # fmt: skip
_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


class XlsxTable:
    """One sheet. Making it reads the workbook's small parts and its strings; `rows()` reads the sheet."""

    kind = "xlsx"
    ragged = True

    def __init__(self, source: Source) -> None:
        """Raises `UnusableFile` for a broken, encrypted or swollen workbook and for one without a sheet."""
        self.name = source.name
        self._source = source
        self._read = self._size = 0
        with self._source.open() as stream, closing(archive.open_archive(stream)) as book, archive.reading():
            self._parts, self._epoch_1904 = _sheets(book)
            self._sheet = self._parts[0]
            self._date_styles = _date_styles(book)
            self._strings = _SharedStrings(book)
            self._sizes = {part: book.getinfo(part).file_size for part in self._parts}
            self._size = self._sizes[self._sheet]

    def done(self) -> float:
        return min(1.0, self._read / self._size) if self._size else 0.0

    def others(self) -> Iterator[XlsxTable]:
        """The other visible sheets in their order; they share the strings."""
        for part in self._parts[1:SHEETS]:
            other = copy.copy(self)
            other._sheet, other._read, other._size = part, 0, self._sizes[part]
            yield other

    def merges(self) -> list[Merge]:
        """The merged ranges; they stand after the rows, so that this reads the sheet once more."""
        found: list[Merge] = []
        tail = b""
        for chunk in self._chunks():
            window = tail + chunk
            end = 0
            for match in _MERGE.finditer(window):
                end = match.end()
                first_column, first_row, last_column, last_row = match.groups()
                found.append(
                    Merge(
                        int(first_row),
                        int(last_row),
                        _column(first_column.decode()),
                        _column(last_column.decode()),
                    )
                )
                if len(found) > ROW_LIMIT:
                    raise UnusableFile(
                        gettext_noop("The sheet has too many merged cells."), code="too_many_merges"
                    )
            tail = window[max(end, len(window) - 200) :]
        return found

    def rows(self) -> Iterator[Row]:
        number = 0
        for element in _elements(self._chunks(), "row"):
            number = _whole(element.get("r", ""), number + 1)
            if number > ROW_LIMIT:
                raise UnusableFile(gettext_noop("The sheet has too many rows."), code="too_many_rows")
            yield number, self._cells(element)

    def _chunks(self) -> Iterator[bytes]:
        with self._source.open() as stream, closing(archive.open_archive(stream)) as book, archive.reading():
            try:
                sheet = book.open(self._sheet)
            except KeyError as error:
                raise UnusableFile(gettext_noop("The workbook has no sheet."), code="no_sheet") from error
            self._read = 0
            with sheet:
                while chunk := sheet.read(CHUNK):
                    self._read += len(chunk)
                    yield chunk

    def _cells(self, row: ET.Element) -> list[str]:
        cells: list[str] = []
        for element in row:
            if _local(element.tag) != "c":
                continue
            reference = element.get("r")
            column = _column(reference.rstrip("0123456789")) if reference else len(cells)
            if not len(cells) <= column < COLUMN_LIMIT:
                raise UnusableFile(
                    gettext_noop("Row %(row)s has more than %(limit)s columns."),
                    code="too_many_columns",
                    row=row.get("r", ""),
                    limit=COLUMN_LIMIT,
                )
            while len(cells) < column:
                cells.append("")
            cells.append(self._value(element))
        return cells

    def _value(self, cell: ET.Element) -> str:
        kind = cell.get("t", "n")
        value = formula = ""
        for child in cell:
            name = _local(child.tag)
            if name == "v":
                value = child.text or ""
            elif name == "f":
                formula = child.text or ""
            elif name == "is":
                return _unescape(_rich_text(child))
        if not value:
            return f"={formula}" if formula.startswith('"') else ""  # ="123", never calculated by anybody
        if kind in ("e", "d"):
            return value
        if kind == "s":
            return self._strings[value]
        if kind == "str":
            return _unescape(value)
        if kind == "b":
            return "TRUE" if value.strip() == "1" else "FALSE"
        return self._number(value.strip(), cell.get("s"))

    def _number(self, value: str, style: str | None) -> str:
        if style is not None and _whole(style, -1) in self._date_styles:
            try:
                return from_serial(float(value), epoch_1904=self._epoch_1904).isoformat(sep=" ")
            except (ValueError, OverflowError):
                return value
        if value.isdecimal() and len(value) < 40:
            # Sixteen digits and more with nothing but zeros after the fifteenth: rounded by a spreadsheet program.
            return f"{int(value):.14E}" if len(value) > 15 and not value[15:].strip("0") else value
        try:
            exact = float(value)
        except ValueError:
            return value
        if abs(exact) >= 1e15:
            return f"{exact:.14E}"
        return f"{exact:.15f}".rstrip("0").rstrip(".") if abs(exact) < 1e-4 else f"{exact:.15g}"


class _SharedStrings:
    """xl/sharedStrings.xml, kept in an unlinked temporary file: memory holds one offset per string."""

    def __init__(self, book: zipfile.ZipFile) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="ecdept-strings-")  # noqa: SIM115  # lives as long as the table
        self._offsets = array("Q", [0])
        self._get = lru_cache(maxsize=8192)(self._load)
        name = next((entry for entry in book.namelist() if entry.lower() == "xl/sharedstrings.xml"), None)
        if name is None:
            return
        with book.open(name) as part:
            position = 0
            for element in _elements(iter(lambda: part.read(CHUNK), b""), "si"):
                position += self._file.write(_unescape(_rich_text(element)).encode())
                self._offsets.append(position)

    def __getitem__(self, index: str) -> str:
        return self._get(index)

    def _load(self, index: str) -> str:
        place = _whole(index.strip(), -1)
        if not 0 <= place < len(self._offsets) - 1:
            raise UnusableFile(
                gettext_noop("The workbook is broken: a cell points to a text that is not there."),
                code="broken",
            )
        self._file.seek(self._offsets[place])
        return self._file.read(self._offsets[place + 1] - self._offsets[place]).decode()


def _elements(chunks: Iterator[bytes], name: str) -> Iterator[ET.Element]:
    """Every element of that name, complete, one at a time; document types and oversized elements are refused.

    The tree is built by the C parser; a factory notes the wanted elements as they begin. One is complete when the next
    begins or its container is over.
    """
    waiting: list[ET.Element] = []
    containers: list[ET.Element] = []
    over: list[ET.Element] = []

    def make(tag: Any, attributes: dict[Any, Any]) -> ET.Element:
        element = ET.Element(tag, attributes)
        local = _local(tag)
        if local == name:
            waiting.append(element)
        elif local in _CONTAINERS:
            containers.append(element)
        elif local in _AFTER:
            over.append(element)
        return element

    parser = ET.XMLParser(target=ET.TreeBuilder(element_factory=make))  # noqa: S314  # document types are refused
    pending = 0
    tail = b""
    try:
        for chunk in chunks:
            _refuse_doctype(tail + chunk)
            tail = chunk[-20:]
            parser.feed(chunk)
            pending += len(chunk)
            complete = waiting[: None if over else -1]
            if complete:
                pending = 0
                yield from complete
                del waiting[: len(complete)]
                for container in containers:
                    container.clear()
            if over:
                for _rest in chunks:  # read to the end, for the archive's checksum
                    pass
                return
            if pending > ELEMENT_BYTES:
                raise UnusableFile(
                    gettext_noop("The workbook holds a row that is far too large."), code="row_too_large"
                )
        parser.close()
        yield from waiting
    except ET.ParseError as error:
        raise UnusableFile(
            gettext_noop("The workbook is broken: its XML cannot be read."), code="broken"
        ) from error


def _refuse_doctype(chunk: bytes) -> None:
    """Workbooks have no document type; one can only be there to define entities that swell."""
    if b"<!DOCTYPE" in chunk or b"<!ENTITY" in chunk or b"<\0!\0D\0" in chunk or b"\0<\0!\0D" in chunk:
        raise UnusableFile(
            gettext_noop("The workbook holds an XML document type; it was not read."), code="doctype"
        )


def _part(book: zipfile.ZipFile, name: str) -> ET.Element | None:
    """A small part of the workbook, parsed; None when there is none."""
    try:
        info = book.getinfo(name)
    except KeyError:
        return None
    if info.file_size > PART_BYTES:
        raise UnusableFile(gettext_noop("The workbook is broken: its XML cannot be read."), code="broken")
    content = book.read(info)
    _refuse_doctype(content)
    try:
        return ET.fromstring(content)  # noqa: S314  # no document type, so no entities
    except ET.ParseError as error:
        raise UnusableFile(
            gettext_noop("The workbook is broken: its XML cannot be read."), code="broken"
        ) from error


def _sheets(book: zipfile.ZipFile) -> tuple[list[str], bool]:
    """The part names of the visible sheets in their order, at least one, and whether days count from 1904."""
    workbook = _part(book, WORKBOOK)
    relations = _part(book, "xl/_rels/workbook.xml.rels")
    if workbook is None or relations is None:
        raise not_a_workbook()
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    epoch_1904 = any(
        _local(element.tag) == "workbookPr" and element.get("date1904") in ("1", "true")
        for element in workbook.iter()
    )
    found: list[str] = []
    for element in workbook.iter():
        if _local(element.tag) != "sheet" or element.get("state", "visible") != "visible":
            continue
        identifier = next((value for key, value in element.attrib.items() if _local(key) == "id"), None)
        target = targets.get(identifier, "")
        name = target.lstrip("/") if target.startswith("/") else f"xl/{target.removeprefix('./')}"
        if name in book.namelist():
            found.append(name)
    if not found:
        raise UnusableFile(gettext_noop("The workbook has no sheet."), code="no_sheet")
    return found, epoch_1904


def not_a_workbook() -> UnusableFile:
    return UnusableFile(gettext_noop("This is not an Excel workbook (.xlsx)."), code="not_a_workbook")


def _date_styles(book: zipfile.ZipFile) -> frozenset[int]:
    """Indexes of the cell styles that show a number as a date."""
    styles = _part(book, "xl/styles.xml")
    if styles is None:
        return frozenset()
    custom: set[int] = set()
    for element in styles.iter():
        if _local(element.tag) == "numFmt":
            code = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", element.get("formatCode", "")).lower()
            if any(mark in code for mark in "ydhs") or "m" in code.replace("general", ""):
                custom.add(_whole(element.get("numFmtId", ""), -1))
    dates = _DATE_FORMATS | custom
    for element in styles.iter():
        if _local(element.tag) == "cellXfs":
            return frozenset(
                index for index, xf in enumerate(element) if _whole(xf.get("numFmtId", ""), 0) in dates
            )
    return frozenset()


def _rich_text(element: ET.Element) -> str:
    """The text of <si> or <is>: its own <t> and those of its runs; phonetic hints are left out."""
    parts: list[str] = []
    for child in element:
        name = _local(child.tag)
        if name == "t":
            parts.append(child.text or "")
        elif name == "r":
            parts.extend(run.text or "" for run in child if _local(run.tag) == "t")
    return "".join(parts)


def _unescape(value: str) -> str:
    """Excel writes a control character as _x000D_."""
    if "_x" not in value:
        return value
    return _ESCAPE.sub(_character, value)


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return match[0] if 0xD800 <= code < 0xE000 else chr(code)  # a lone surrogate is no character


def _whole(text: str, otherwise: int) -> int:
    """A whole number as workbooks write it, or `otherwise` for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else otherwise


@lru_cache(maxsize=512)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


@lru_cache(maxsize=2048)
def _column(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column - 1
