"""What one cell of an export says: text, number, money, quantity, time. Pure.

Spreadsheets and platforms dress their cells: `="123"` and a leading apostrophe keep long numbers from being rounded, a
TAB before or after keeps them text, `0元` carries its unit, `-` stands for nothing. These functions undress a cell and
refuse what cannot be read with a `CellError`, which never carries the cell's text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop

from office.tables.text import clean_text

SHANGHAI = ZoneInfo("Asia/Shanghai")
#: What a platform writes for "nothing".
NOTHING = frozenset({"", "-", "--", "—", "——", "/", "null", "NULL", "None", "无"})

_FORMULA = re.compile(r'="(.*)"', re.DOTALL)
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:\.\d+)?[eE]\+?\d+")
_FLOAT_INTEGER = re.compile(r"(\d+)\.0+")
_DECIMAL = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d*)?|[+-]?\.\d+", re.ASCII)
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2}))?", re.ASCII)
_WHEN = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[T\s]\s*(\d{1,2})\s*[:时]\s*(\d{1,2})(?:\s*[:分]\s*(\d{1,2})(?:\.\d+)?\s*秒?|\s*分)?)?",
    re.ASCII,
)
_EXCEL_EPOCH = date(1899, 12, 30)


class CellError(ValueError):
    """A cell that cannot be read. `message` is an English msgid, `params` fill it and hold no personal data."""

    def __init__(self, code: str, message: str, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.params: Mapping[str, str] = params


def text(cell: str) -> str:
    """The cell without what a spreadsheet dressed it in. Inner spaces, letters and marks stay as they are."""
    value = cell.strip()
    if value.startswith("=") and (formula := _FORMULA.fullmatch(value)):
        value = formula[1].replace('""', '"').strip()
    if len(value) > 1 and value[0] == "'" and (value[1] in "=+-@\t\r'" or value[1].isdigit()):
        value = value[1:].strip()
    return clean_text(value)


def plain(cell: str) -> str:
    """`text`, with the marks for nothing (`-`, `null`, …) read as empty."""
    value = text(cell)
    return "" if value in NOTHING else value


def whole_number(value: str) -> str:
    """A long number kept as text: `12345.0` is 12345; a rounded one raises `lost_precision`."""
    if value[:1].isdigit():
        if match := _FLOAT_INTEGER.fullmatch(value):
            return match[1]
        if _SCIENTIFIC.fullmatch(value):
            raise CellError(
                "lost_precision",
                gettext_noop(
                    "A spreadsheet program has rounded this number; export the file again and do not save it"
                    " from the spreadsheet."
                ),
            )
    return value


def phone(cell: str) -> str:
    """A phone number as written, undressed; masked ones stay masked."""
    return whole_number(plain(cell))


def amount(cell: str) -> Decimal | None:
    """Money with at most two decimals, or None for an empty cell. Any sign."""
    return _decimal(cell, places=2, limit=Decimal(10) ** 12, negative=True)


def positive_amount(cell: str) -> Decimal | None:
    """Money ≥ 0 with at most two decimals, or None for an empty cell."""
    return _decimal(cell, places=2, limit=Decimal(10) ** 12, negative=False)


def price(cell: str) -> Decimal | None:
    """A unit price ≥ 0 with at most four decimals, or None for an empty cell."""
    return _decimal(cell, places=4, limit=Decimal(10) ** 10, negative=False)


def quantity(cell: str) -> Decimal:
    """A quantity ≥ 0 with at most three decimals; 0 is a fact, an empty cell is an error."""
    value = _decimal(cell, places=3, limit=Decimal(10) ** 11, negative=False)
    if value is None:
        raise CellError("quantity_missing", gettext_noop("The quantity is missing."))
    return value


def when(cell: str) -> datetime | None:
    """A point in time, aware; without an offset it is Shanghai's. None for an empty cell."""
    value = plain(cell)
    if not value:
        return None
    moment = _when(value)
    if moment is None or not 1970 <= moment.year <= 2100:
        raise CellError("not_a_time", gettext_noop("This is not a date and time that can be read."))
    return moment


@lru_cache(maxsize=4096)
def _decimal(cell: str, *, places: int, limit: Decimal, negative: bool) -> Decimal | None:
    value = plain(cell)
    if not value:
        return None
    if not value.isascii():
        value = unicodedata.normalize("NFKC", value)
    for mark in ("人民币", "RMB", "CNY", "¥", "元", "件"):
        value = value.removeprefix(mark).removesuffix(mark).strip()
    if len(value) > 40 or not _DECIMAL.fullmatch(value):
        raise CellError("not_a_number", gettext_noop("This is not a number."))
    result = Decimal(value.replace(",", ""))
    if -result.as_tuple().exponent > 8:  # type: ignore[operator]  # a finite number's exponent is an int
        result = round(result, 8)  # 0.30000000000000004: the noise of binary fractions
    if result < 0 and not negative:
        raise CellError("negative", gettext_noop("The number is less than zero."))
    if abs(result) >= limit:
        raise CellError("too_large", gettext_noop("The number is too large."))
    rounded = result.quantize(Decimal(1).scaleb(-places))
    if rounded != result:
        raise CellError(
            "too_many_decimals",
            gettext_noop("The number has more than %(places)s decimals."),
            places=str(places),
        )
    return rounded


@lru_cache(maxsize=4096)
def _when(value: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if len(value) >= 16 and value.isascii() else None
    except ValueError:
        moment = None
    if moment is None:
        value = unicodedata.normalize("NFKC", value)
        try:
            moment = _loose(value)
        except (ValueError, OverflowError):
            return None
    if moment is None:
        return None
    try:
        return moment.replace(tzinfo=SHANGHAI) if moment.tzinfo is None else moment.astimezone(SHANGHAI)
    except (ValueError, OverflowError):
        return None


def _loose(value: str) -> datetime | None:
    """The forms that are not ISO 8601: 2017/7/8 9:05, 2017年7月8日 9时5分, 20170708, a spreadsheet's day number."""
    for pattern in (_WHEN, _COMPACT):
        if match := pattern.fullmatch(value):
            year, month, day, *clock = (int(part or 0) for part in match.groups())
            hour, minute, second = [*clock, 0, 0, 0][:3]
            return datetime.combine(date(year, month, day), time(hour, minute, second))
    if _SERIAL.fullmatch(value):
        return from_serial(float(value))
    return None


def from_serial(days: float, *, epoch_1904: bool = False) -> datetime:
    """A spreadsheet's day number as a naive time, to the second."""
    epoch = date(1904, 1, 1) if epoch_1904 else _EXCEL_EPOCH
    return datetime.combine(epoch, time()) + timedelta(seconds=round(days * 86400))
