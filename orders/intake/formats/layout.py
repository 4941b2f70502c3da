"""How a format's columns become an order: a `Layout` names the columns, an `Assembler` reads rows by it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from django.utils.translation import gettext_noop

from office.tables import cells as read
from office.tables.cells import CellError
from office.tables.table import Header, Row, header_name
from orders.intake.incoming import IncomingCustomer, IncomingLine, IncomingOrder
from orders.intake.numbers import number as order_number

T = TypeVar("T")
TITLE_LENGTH = 500
SKU_LENGTH = 120
#: Lines of one order: a position is a small integer.
LINES = 30_000

Names = tuple[str, ...]


class RowError(ValueError):
    """A row that cannot become (part of) an order: which row, which column, why."""

    def __init__(self, row: int, column: str, code: str, message: str, params: Mapping[str, str]) -> None:
        super().__init__(code)
        self.row = row
        self.column = column
        self.code = code
        self.message = message
        self.params = params


@dataclass(frozen=True)
class Layout:
    """Where a format keeps what. Names are headers, matched stripped and never by position; of several the first that
    is not empty counts. Columns named here are contract terms or the customer; all others are facts."""

    name: str
    #: Any of these sets of headers tells that a table is of this format.
    signatures: tuple[frozenset[str], ...]
    number: Names
    ordered_at: Names = ()
    customer: Names = ()
    phone: Names = ()
    regions: Names = ()  # put before the address where they are there
    address: Names = ()
    extra: Names = ()  # more about the customer, kept by header
    total: Names = ()
    paid: Names = ()
    status: Names = ()
    line_sku: Names = ()
    line_title: Names = ()
    line_spec: Names = ()  # colour, size: goes behind the title
    line_quantity: Names = ()
    line_price: Names = ()
    line_amount: Names = ()
    cancelled: Callable[[str], bool] = field(default=lambda _status: False)
    merged: bool = False  # cells of one order are merged over its rows
    #: An amount that is a line's on rows that differ and nobody's on rows that agree.
    ambiguous_amount: Names = ()

    def fits(self, header: Header) -> bool:
        return any(header.has(signature) for signature in self.signatures)


class Assembler:
    """Reads the rows of one order by a layout. `detail`, when given, reads the goods from a second table."""

    def __init__(self, layout: Layout, header: Header) -> None:
        self.layout = layout
        self.header = header
        self._number = self._at(layout.number)
        self._ordered_at = self._at(layout.ordered_at)
        self._customer = self._at(layout.customer)
        self._phone = self._at(layout.phone)
        self._regions = self._at(layout.regions)
        self._address = self._at(layout.address)
        self._extra = self._at(layout.extra)
        self._total = self._at(layout.total)
        self._paid = self._at(layout.paid)
        self._status = self._at(layout.status)
        self._sku = self._at(layout.line_sku)
        self._title = self._at(layout.line_title)
        self._spec = self._at(layout.line_spec)
        self._quantity = self._at(layout.line_quantity)
        self._price = self._at(layout.line_price)
        self._amount = self._at(layout.line_amount)
        self._ambiguous = self._at(layout.ambiguous_amount)
        personal = {*self._customer, *self._phone, *self._regions, *self._address, *self._extra}
        stated = {*self._number, *self._ordered_at, *self._total, *self._paid}
        goods = {*self._title, *self._spec, *self._quantity, *self._price, *self._amount}
        if len(self._sku) == 1:
            goods |= {*self._sku}  # of several, only one is used: all of them stay among the facts
        taken = personal | stated | goods
        self._facts = [column for column in range(len(header.raw)) if column not in taken]
        #: Columns that say something of the order, not of one line.
        self.order_columns = tuple(sorted(personal | stated | {*self._status}))

    def _at(self, names: Iterable[str]) -> tuple[int, ...]:
        columns = self.header.columns
        return tuple(columns[key] for key in map(header_name, names) if key in columns)

    def number(self, cells: Sequence[str]) -> str:
        """The order number of a row, or "" when it has none that can be read (`order` will say why)."""
        try:
            return self._first(cells, self._number, order_number) or ""
        except CellError:
            return ""

    def order(
        self, rows: Sequence[Row], goods: tuple[Assembler, Sequence[Row]] | None = None
    ) -> IncomingOrder:
        """The order of these rows, which have one number; `goods` reads its lines from another table's rows.

        Raises `RowError` naming the first row and column that is wrong.
        """
        first_row, first = rows[0]
        number = self._cell(first_row, first, self._number, order_number)
        if number is None:
            raise self._error(
                first_row,
                self._number,
                CellError("number_missing", gettext_noop("The order number is missing.")),
            )
        if len(rows) > 1:
            rows = self._agreeing(rows)
            first_row, first = rows[0]
        facts = self._read_facts(rows)
        total = self._cell(first_row, first, self._total, read.positive_amount)
        amounts = self._ambiguous_amounts(rows)
        if goods is None:
            lines = self._lines(rows, amounts, facts)
        else:
            lines = goods[0]._lines(goods[1], [], facts)
            for title, value in goods[0]._read_facts(goods[1]).items():
                if facts.setdefault(title, value) != value:
                    facts[f"{title} #2"] = value
        if total is None and len(rows) == 1 and amounts:
            total = amounts[0]
        status = "".join(self._text(first_row, first, self._status))
        return IncomingOrder(
            number=number,
            lines=lines,
            customer=self._read_customer(rows),
            placed_at=self._cell(first_row, first, self._ordered_at, read.when),
            total=total,
            paid=self._cell(first_row, first, self._paid, read.positive_amount),
            facts=facts,
            cancelled=self.layout.cancelled(status),
            rows=tuple(row for row, _cells in rows),
            raw=tuple(tuple(cells) for _row, cells in rows),
        )

    # Cells

    def _first(self, cells: Sequence[str], columns: tuple[int, ...], parse: Callable[[str], T]) -> T | None:
        for column in columns:
            if column < len(cells) and cells[column] and read.plain(cells[column]):
                return parse(cells[column])
        return None

    def _cell(
        self, row: int, cells: Sequence[str], columns: tuple[int, ...], parse: Callable[[str], T]
    ) -> T | None:
        for column in columns:
            try:
                value = self._first(cells, (column,), parse)
            except CellError as error:
                raise self._error(row, (column,), error) from error
            if value is not None:
                return value
        return None

    def _text(self, row: int, cells: Sequence[str], columns: tuple[int, ...]) -> list[str]:
        """The texts of these columns that are not empty."""
        found: list[str] = []
        for column in columns:
            value = self._cell(row, cells, (column,), read.text)
            if value:
                found.append(value)
        return found

    def _error(self, row: int, columns: tuple[int, ...], error: CellError) -> RowError:
        column = self.header.names[columns[0]] if columns else ""
        return RowError(row, column, error.code, error.message, error.params)

    # Parts of an order

    def _agreeing(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The rows, the first one completed by what only later rows say of the order; contradictions are refused."""
        first_row, first = rows[0]
        completed = first
        readers: list[tuple[tuple[int, ...], Callable[[str], object]]] = [
            (self._ordered_at, read.when),
            (self._total, read.positive_amount),
            (self._paid, read.positive_amount),
            (self._customer + self._address + self._regions, read.plain),
            (self._phone, read.phone),
        ]
        for columns, parse in readers:
            for column in columns:
                stated = first[column] if column < len(first) else ""
                for row, cells in rows[1:]:
                    cell = cells[column] if column < len(cells) else ""
                    if cell == stated or not cell:
                        continue
                    value = self._cell(row, cells, (column,), parse)
                    if value is None or value == "":
                        continue
                    known = self._cell(first_row, completed, (column,), parse)
                    if known is None or known == "":
                        completed = [*completed, *[""] * (column + 1 - len(completed))]
                        completed[column] = cell
                    elif known != value:
                        raise RowError(
                            row,
                            self.header.names[column],
                            "contradiction",
                            gettext_noop("Row %(other)s of the same order states something else here."),
                            {"other": str(first_row)},
                        )
        return [(first_row, completed), *rows[1:]]

    def _read_customer(self, rows: Sequence[Row]) -> IncomingCustomer:
        row, cells = rows[0]
        extra: dict[str, str] = {}
        phone = ""
        for column in self._phone:
            value = self._cell(row, cells, (column,), read.phone) or ""
            if not phone:
                phone = value
            elif value and value != phone:
                extra[self.header.names[column]] = value
        for column in self._extra:
            stated = dict.fromkeys(self._cell(row, cells, (column,), read.plain) or "" for row, cells in rows)
            if value := "; ".join(filter(None, stated)):
                extra[self.header.names[column]] = value
        address = self._cell(row, cells, self._address, read.plain) or ""
        regions = "".join(self._text(row, cells, self._regions))
        return IncomingCustomer(
            name=self._cell(row, cells, self._customer, read.plain) or "",
            phone=phone,
            address=address if regions and address.startswith(regions) else f"{regions}{address}",
            extra=extra,
        )

    def _lines(
        self, rows: Sequence[Row], amounts: Sequence[Decimal], facts: dict[str, Any]
    ) -> tuple[IncomingLine, ...]:
        if len(rows) > LINES:
            raise too_many_lines(rows[LINES][0])
        lines: list[IncomingLine] = []
        for place, (row, cells) in enumerate(rows):
            sku = self._cell(row, cells, self._sku, read.plain) or ""
            title = self._cell(row, cells, self._title, read.plain) or ""
            spec = self._cell(row, cells, self._spec, read.plain) or ""
            if not sku and not title:
                raise self._error(
                    row,
                    self._title or self._sku,
                    CellError(
                        "goods_missing", gettext_noop("Neither an SKU nor a title says what was ordered.")
                    ),
                )
            if spec:
                title = f"{title} / {spec}" if title else spec
            lines.append(
                IncomingLine(
                    sku=self._fit(sku, SKU_LENGTH, row, "sku", facts),
                    title=self._fit(title, TITLE_LENGTH, row, "title", facts),
                    quantity=self._read_quantity(row, cells),
                    price=self._cell(row, cells, self._price, read.price),
                    amount=amounts[place] if amounts else self._cell(row, cells, self._amount, read.amount),
                )
            )
        return tuple(lines)

    def _read_quantity(self, row: int, cells: Sequence[str]) -> Decimal:
        column = self._quantity[:1]
        try:
            return read.quantity(cells[column[0]] if column and column[0] < len(cells) else "")
        except CellError as error:
            raise self._error(row, column, error) from error

    def _fit(self, value: str, limit: int, row: int, what: str, facts: dict[str, Any]) -> str:
        """The value, cut to what the line can hold; the whole of it stays among the facts."""
        if len(value) <= limit:
            return value
        facts[f"{what} #{row}"] = value
        return value[: limit - 1] + "…"

    def _ambiguous_amounts(self, rows: Sequence[Row]) -> list[Decimal]:
        """Per row: the amounts, where it is certain that they are the lines' (one row, or rows that differ)."""
        if not self._ambiguous:
            return []
        stated = [self._cell(row, cells, self._ambiguous, read.amount) for row, cells in rows]
        known = [amount for amount in stated if amount is not None]
        if len(known) != len(stated) or (len(known) > 1 and len(set(known)) == 1):
            return []
        return known

    def _read_facts(self, rows: Sequence[Row]) -> dict[str, Any]:
        """Every other column, letter for letter: one text, or one per row where the rows differ."""
        facts: dict[str, Any] = {}
        titles = self.header.titles
        for column in self._facts:
            stated = [cells[column] if column < len(cells) else "" for _row, cells in rows]
            if not any(stated):
                continue
            same = len(stated) == 1 or len(set(stated)) == 1
            facts[titles[column]] = stated[0] if same else stated
        return facts


def too_many_lines(row: int) -> RowError:
    """The refusal of an order with more lines than an order can have."""
    return RowError(
        row,
        "",
        "too_many_lines",
        gettext_noop("An order has at most %(limit)s lines."),
        {"limit": str(LINES)},
    )
