"""A file from its bytes to orders: open, recognise, spool, assemble. Pure: it books nothing.

with read_file(source, format="", mapping=None, saved={}) as reading:
    reading.load()                 # the whole file; raises UnusableFile, and then nothing was yielded
    for result in reading.results():
        ...                        # IncomingOrder or BadRow, in the order of first appearance
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType

from django.utils.translation import gettext_noop

from office.tables.opening import open_tables
from office.tables.table import Header, Row, Source, Table, UnusableFile, is_blank
from office.tables.writing import FORMULA_MARKS
from orders.intake.formats import TAOBAO_DETAIL, Layout, format_name, recognise
from orders.intake.formats.layout import LINES, Assembler, RowError, too_many_lines
from orders.intake.incoming import BadRow, IncomingOrder
from orders.intake.spool import Spool

#: The header is looked for in so many rows that are not blank.
HEADER_ROWS = 10
PROGRESS_ROWS = 2_000
#: All rows of one order together; an order is held in memory as a whole.
ORDER_CHARACTERS = 20_000_000
#: Columns that our own download of rejected rows adds; ignored when it is sent again.
REASON_COLUMNS = ("ecdept:row", "ecdept:column", "ecdept:reason")

Result = IncomingOrder | BadRow


class Sheet:
    """One table with its header and layout found."""

    def __init__(self, table: Table, header: Header, layout: Layout) -> None:
        self.table = table
        self.header = header
        self.layout = layout
        self.assembler = Assembler(layout, header)
        self.spool = Spool()

    def load(self, progress: Callable[[float], None]) -> None:
        """Every row into the spool."""
        width = len(self.header.raw)
        fill = _Fill(self.table, self.assembler) if self.layout.merged else None
        mended = _Mended(self.header) if self.header.has(REASON_COLUMNS) else None
        for count, (row, cells) in enumerate(self.table.rows(), start=1):
            if row <= self.header.row:
                continue
            if count % PROGRESS_ROWS == 0:
                progress(self.table.done())
            if is_blank(cells):
                continue
            if mended:
                cells = mended.cells(cells)
            if fill:
                cells = fill.row(row, cells)
            while len(cells) > width and not cells[-1].strip():
                cells.pop()  # a comma at the end of a data row
            if len(cells) < width and self.table.ragged:
                cells.extend([""] * (width - len(cells)))
            self.spool.add(self.assembler.number(cells), row, cells)
        self.spool.seal()

    def misshapen(self, row: int, cells: list[str]) -> RowError | None:
        """The refusal of a row with another number of cells than the header has."""
        if len(cells) == len(self.header.raw):
            return None
        return RowError(
            row,
            "",
            "cell_count",
            gettext_noop(
                "The row has %(cells)s cells, the header %(columns)s: a comma or quotation mark is wrong."
            ),
            {"cells": str(len(cells)), "columns": str(len(self.header.raw))},
        )


class Reading:
    """One file (or a list and its detail list) being read. Close it: it holds temporary files."""

    def __init__(self, sheet: Sheet, detail: Sheet | None) -> None:
        self.sheet = sheet
        self.detail = detail
        self.format = sheet.layout.name
        self.header = sheet.header

    def __enter__(self) -> Reading:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.sheet.spool.close()
        if self.detail:
            self.detail.spool.close()

    @property
    def source(self) -> str:
        """What an order's `source` says: the platform, or the kind of file."""
        return self.sheet.table.kind if self.format == "generic" else self.format

    @property
    def rows(self) -> int:
        """Rows that are not blank, the header apart. Known after `load`."""
        return self.sheet.spool.rows + (self.detail.spool.rows if self.detail else 0)

    @property
    def orders(self) -> int:
        """Different order numbers. Known after `load`."""
        return self.sheet.spool.orders

    def load(self, progress: Callable[[float], None] = lambda _done: None) -> None:
        """Reads the whole file. `progress` is told the part of it that is read, 0 to 1."""
        if self.detail:
            self.detail.load(lambda done: progress(done / 2))
            self.sheet.load(lambda done: progress(0.5 + done / 2))
        else:
            self.sheet.load(progress)

    def results(self) -> Iterator[list[Result]]:
        """Per order number one list: its order, or a `BadRow` for each of its rows.

        One bad row refuses its whole order: the reason stands at the row that is wrong. A list may come in
        several parts when an order has more rows than an order can have.
        """
        for number, rows in self.sheet.spool.groups():
            yield from self._group(number, rows)
        if self.detail:
            yield from self._orphans(self.detail)

    def _group(self, number: str, rows: Iterator[Row]) -> Iterator[list[Result]]:
        taken: list[Row] = []
        characters = 0
        for row in rows:
            taken.append(row)
            characters += sum(map(len, row[1]))
            if len(taken) > LINES or characters > ORDER_CHARACTERS:
                error = too_many_lines(row[0])
                yield list(_refused(taken, error, number))
                for rest in rows:
                    yield list(_refused([rest], error, number))
                return
        try:
            for row_number, cells in taken:
                if error_here := self.sheet.misshapen(row_number, cells):
                    raise error_here
            goods = self._goods(number, taken[0][0]) if self.detail else None
            yield [self.sheet.assembler.order(taken, goods)]
        except RowError as error:
            yield list(_refused(taken, error, number))

    def _goods(self, number: str, row: int) -> tuple[Assembler, list[Row]] | None:
        if self.detail is None:
            return None
        goods: list[Row] = []
        for found in self.detail.spool.rows_of(number) if number else ():
            if error := self.detail.misshapen(*found):
                raise RowError(row, "", error.code, error.message, error.params)
            goods.append(found)
            if len(goods) > LINES:
                raise too_many_lines(row)
        if number and not goods:
            raise RowError(
                row, "", "detail_missing", gettext_noop("The detail list has no goods for this order."), {}
            )
        return self.detail.assembler, goods

    def _orphans(self, detail: Sheet) -> Iterator[list[Result]]:
        for number, rows in detail.spool.groups():
            if number and self.sheet.spool.has(number):
                continue
            for row, cells in rows:
                yield [
                    BadRow(
                        row=row,
                        column=detail.header.names[detail.header.columns[detail.layout.number[0]]],
                        code="list_missing",
                        message=gettext_noop(
                            "A row of the detail list: the order list has no order with this number."
                        ),
                        raw=(tuple(cells),),
                        number=number,
                    )
                ]


def read_file(
    source: Source,
    *,
    detail: Source | None = None,
    format: str = "",
    mapping: Mapping[str, str] | None = None,
    saved: Mapping[str, str] | None = None,
) -> Reading:
    """Opens and recognises a file; raises `UnusableFile` (`UnknownHeader` when a mapping would help).

    `format` is a format's name or "" to recognise it; `mapping` counts before everything, `saved` is the shop's.
    """
    wanted = format_name(format)
    tables = open_tables(source)
    if detail is not None:
        tables += open_tables(detail)
    if len(tables) > 2:
        raise UnusableFile(
            gettext_noop("At most two files belong together: an order list and its detail list."),
            code="too_many",
        )
    sheets: list[Sheet] = []
    details: list[Sheet] = []
    for table in tables:
        candidates = _candidates(table)
        pair = next((header for header in candidates if TAOBAO_DETAIL.fits(header)), None)
        if len(tables) == 2 and pair is not None:
            details.append(Sheet(table, pair, TAOBAO_DETAIL))
        else:
            sheets.append(
                Sheet(table, *recognise(candidates, wanted=wanted, mapping=mapping, saved=saved or {}))
            )
    if len(sheets) != 1 or (details and sheets[0].layout.name != "taobao"):
        raise UnusableFile(
            gettext_noop(
                "Two files must be a Taobao order list and its detail list. Send other files one by one."
            ),
            code="no_pair",
        )
    return Reading(sheets[0], details[0] if details else None)


def _candidates(table: Table) -> list[Header]:
    found: list[Header] = []
    for row, cells in table.rows():
        if not is_blank(cells):
            found.append(Header(row, tuple(cells)))
        if len(found) == HEADER_ROWS or row > 1_000:
            break
    if not found:
        raise UnusableFile(gettext_noop("The file has no rows."), code="empty")
    return found


def _refused(rows: list[Row], error: RowError, number: str) -> Iterator[BadRow]:
    """Every row of a refused order, kept whole."""
    for row, cells in rows:
        if row == error.row:
            yield BadRow(
                row=row,
                column=error.column,
                code=error.code,
                message=error.message,
                params=error.params,
                raw=(tuple(cells),),
                number=number,
            )
        else:
            yield BadRow(
                row=row,
                column="",
                code="order_refused",
                message=gettext_noop("Row %(row)s of the same order was refused."),
                params={"row": str(error.row)},
                raw=(tuple(cells),),
                number=number,
            )


class _Fill:
    """Completes rows of merged cells: an order's columns stand only in its first row.

    Where the file says which cells are merged, exactly those are filled. A CSV made of such a sheet cannot say it:
    there a row whose every order column is empty goes on with the order above.
    """

    def __init__(self, table: Table, assembler: Assembler) -> None:
        self._order_columns = assembler.order_columns
        ranges: dict[int, list[tuple[int, int]]] = {}
        for merge in table.merges():
            for column in range(merge.first_column, min(merge.last_column + 1, len(assembler.header.raw))):
                ranges.setdefault(column, []).append((merge.first_row, merge.last_row))
        self._ranges = {
            column: array("L", [row for pair in sorted(pairs) for row in pair])
            for column, pairs in ranges.items()
        }
        self._places = dict.fromkeys(self._ranges, 0)
        self._above: dict[int, str] = {}
        self._previous: list[str] = []

    def row(self, row: int, cells: list[str]) -> list[str]:
        if self._ranges:
            for column, ranges in self._ranges.items():
                self._fill_column(row, cells, column, ranges)
        else:
            self._fill_by_blank(cells)
        return cells

    def _fill_column(self, row: int, cells: list[str], column: int, ranges: array[int]) -> None:
        place = self._places[column]
        while place < len(ranges) and ranges[place + 1] < row:
            place += 2
        self._places[column] = place
        if place >= len(ranges) or row < ranges[place]:
            return
        cells.extend([""] * (column + 1 - len(cells)))
        if row == ranges[place] or column not in self._above:
            self._above[column] = cells[column]
        elif not cells[column]:
            cells[column] = self._above[column]

    def _fill_by_blank(self, cells: list[str]) -> None:
        cells.extend([""] * (len(self._previous) - len(cells)))
        if self._previous and not any(
            cells[column].strip() for column in self._order_columns if column < len(cells)
        ):
            for column in self._order_columns:
                if column < len(self._previous):
                    cells[column] = self._previous[column]
        self._previous = cells


class _Mended:
    """Rows of our own download of rejected rows: without its reason columns and its marks against formulas."""

    def __init__(self, header: Header) -> None:
        self._reasons = {header.columns[name] for name in REASON_COLUMNS}

    def cells(self, cells: list[str]) -> list[str]:
        return [
            ""
            if column in self._reasons
            else cell[1:]
            if len(cell) > 1 and cell[0] == "'" and cell[1] in FORMULA_MARKS
            else cell
            for column, cell in enumerate(cells)
        ]
