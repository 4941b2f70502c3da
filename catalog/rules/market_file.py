"""A file of competitors' prices. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_noop

from office.tables import cells as read
from office.tables.cells import CellError
from office.tables.table import Header, Row, is_blank

CODE = ("款号", "商品编码", "货号", "sku", "style number")
COMPETITOR = ("竞品", "竞争对手", "店铺", "competitor", "shop")
PRICE = ("价格", "售价", "price")
DAY = ("日期", "采集日期", "date", "seen on")
URL = ("链接", "网址", "url", "link")
SEARCHED = 10
MOST_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Seen:
    """What one row says. `url` may be ""."""

    row: int
    code: str
    competitor: str
    price: Decimal
    on: date
    url: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BadRow:
    row: int
    cells: tuple[str, ...]
    message: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MarketFile:
    """`header` is None when no row of the beginning names the columns."""

    header: tuple[str, ...] | None
    rows: Sequence[Seen] = ()
    bad: Sequence[BadRow] = ()


def read_market(rows: Iterable[Row], today: date) -> MarketFile:
    """The rows of a sheet; `today` stands where a row names no day."""
    header: Header | None = None
    places: dict[str, int] = {}
    seen: list[Seen] = []
    bad: list[BadRow] = []
    for number, written in rows:
        if is_blank(written):
            continue
        if header is None:
            candidate = Header(number, tuple(written))
            places = {name.casefold(): place for name, place in candidate.columns.items()}
            if all(any(name in places for name in names) for names in (CODE, COMPETITOR, PRICE)):
                header = candidate
            elif number >= SEARCHED:
                break
            continue
        cells = tuple(written)
        try:
            if len(seen) + len(bad) >= MOST_ROWS:
                raise CellError(
                    "too_many_rows",
                    gettext_noop("The file has more than %(limit)s rows."),
                    limit=str(MOST_ROWS),
                )
            seen.append(_row(number, cells, places, today))
        except CellError as error:
            bad.append(BadRow(number, cells, error.message, error.params))
            if error.code == "too_many_rows":
                break
    return MarketFile(None) if header is None else MarketFile(header.raw, seen, bad)


def _row(number: int, cells: tuple[str, ...], places: Mapping[str, int], today: date) -> Seen:
    def cell(names: Sequence[str]) -> str:
        place = next((places[name] for name in names if name in places), None)
        return cells[place] if place is not None and place < len(cells) else ""

    code, competitor = read.whole_number(read.plain(cell(CODE))), read.plain(cell(COMPETITOR))
    if not code:
        raise CellError("code_missing", gettext_noop("The row names no style number."))
    if not 0 < len(competitor) <= 80:
        raise CellError(
            "competitor", gettext_noop("The row names no competitor, or one of more than 80 characters.")
        )
    price = read.positive_amount(cell(PRICE))
    if not price:
        raise CellError("price_missing", gettext_noop("The row names no price above zero."))
    at = read.when(cell(DAY))
    return Seen(
        number, code, competitor, price, at.date() if at else today, read.plain(cell(URL))[:500], cells
    )
