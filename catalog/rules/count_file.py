"""A file of counted figures: which column is what, which rows can be taken. Pure.

The header may stand under a title. What cannot be taken is kept whole, with the reason, so that it can be mended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext_noop

from office.tables import cells as read
from office.tables.cells import CellError
from office.tables.table import Header, Row, header_name, is_blank

CODE = ("款号", "商品编码", "商家编码", "编码", "货号", "sku", "style number", "code")
BARCODE = ("条码", "条形码", "barcode")
COUNTED = (
    "实盘数量",
    "实盘数",
    "实盘",
    "盘点数量",
    "盘点数",
    "数量",
    "counted",
    "count",
    "quantity",
    "pieces",
)
REASON = ("差异原因", "原因", "备注", "reason", "note")
#: The header stands within so many rows.
SEARCHED = 10
MOST_ROWS = 20_000
MOST_PIECES = 10_000_000


@dataclass(frozen=True, slots=True)
class CountRow:
    """What one row says: the SKU by its style number or barcode, the figure, a word why."""

    row: int
    code: str
    counted: int
    reason: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not taken. `message` is an English msgid that `params` fill."""

    row: int
    cells: tuple[str, ...]
    message: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CountFile:
    """`header` is None when no row of the beginning names a style number and a figure."""

    header: tuple[str, ...] | None
    rows: Sequence[CountRow] = ()
    refused: Sequence[RefusedRow] = ()


def read_counts(rows: Iterable[Row]) -> CountFile:
    """The rows of a sheet, sorted into what can be taken and what cannot."""
    columns: _Columns | None = None
    header: tuple[str, ...] = ()
    taken: list[CountRow] = []
    refused: list[RefusedRow] = []
    seen: dict[str, int] = {}
    for number, written in rows:
        if is_blank(written):
            continue
        if columns is None:
            columns = _columns(number, written)
            header = tuple(written)
            if columns is None and number >= SEARCHED:
                break
            continue
        cells = tuple(written)
        try:
            if len(taken) + len(refused) >= MOST_ROWS:
                raise CellError(
                    "too_many_rows",
                    gettext_noop("The file has more than %(limit)s rows."),
                    limit=str(MOST_ROWS),
                )
            row = columns.row(number, cells)
            if row.code in seen:
                raise CellError(
                    "twice",
                    gettext_noop("The same goods stand in row %(row)s already."),
                    row=str(seen[row.code]),
                )
        except CellError as error:
            refused.append(RefusedRow(number, cells, error.message, error.params))
            if error.code == "too_many_rows":
                break
        else:
            seen[row.code] = number
            taken.append(row)
    return CountFile(None) if columns is None else CountFile(header, taken, refused)


@dataclass(frozen=True, slots=True)
class _Columns:
    code: int | None
    barcode: int | None
    counted: int
    reason: int | None

    def row(self, number: int, cells: tuple[str, ...]) -> CountRow:
        def cell(column: int | None) -> str:
            return cells[column] if column is not None and column < len(cells) else ""

        code = read.whole_number(read.plain(cell(self.code))) or read.whole_number(
            read.plain(cell(self.barcode))
        )
        if not code:
            raise CellError("code_missing", gettext_noop("The row names no style number and no barcode."))
        counted = read.quantity(cell(self.counted))
        if counted != counted.to_integral_value():
            raise CellError("not_whole", gettext_noop("Pieces are whole numbers."))
        if counted > MOST_PIECES:
            raise CellError("too_large", gettext_noop("The number is too large."))
        return CountRow(number, code, int(counted), read.text(cell(self.reason))[:200], cells)


def _columns(number: int, written: list[str]) -> _Columns | None:
    header = Header(number, tuple(written))
    places = {name.casefold(): place for name, place in header.columns.items()}

    def place_of(names: Sequence[str]) -> int | None:
        return next((places[name] for name in map(header_name, names) if name.casefold() in places), None)

    code, barcode, counted = place_of(CODE), place_of(BARCODE), place_of(COUNTED)
    if counted is None or (code is None and barcode is None):
        return None
    return _Columns(code, barcode, counted, place_of(REASON))
