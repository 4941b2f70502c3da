"""What one row of a file of punches says, whatever the file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from django.utils.translation import gettext_noop

from office.tables import cells as read
from office.tables.cells import SHANGHAI, CellError

#: Clocks of devices run fast; what lies further ahead is a wrong date.
AHEAD = timedelta(hours=1)
OLDEST = datetime(2000, 1, 1, tzinfo=SHANGHAI)
MOST_RAW = 500
NUMBER = 60

IN = frozenset(
    (
        *("in", "0", "i", "c/in", "check in", "checkin", "check-in"),
        *("上班", "签到", "进", "入", "进门", "上班打卡", "上班签到", "上班卡"),
    )
)
OUT = frozenset(
    (
        *("out", "1", "o", "c/out", "check out", "checkout", "check-out"),
        *("下班", "签退", "出", "出门", "下班打卡", "下班签退", "下班卡"),
    )
)
#: What a cell of a time says when nobody punched.
NOT_PUNCHED = frozenset({"未打卡", "缺卡", "--", "-", "无", "未签到", "未签退"})

_CLOCK = re.compile(r"(次日|第二天|\+1)?\s*(\d{1,2})[:：](\d{2})(?:[:：](\d{2}))?", re.ASCII)
#: A time of day in a cell of a spreadsheet is a part of its day nought.
_DAY_NOUGHT = re.compile(r"(?:1899-12-30|1904-01-01)[ T](?=\d{2}:\d{2})", re.ASCII)
_SHORT_DAY = re.compile(r"(\d{2})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII)
_WEEKDAY = re.compile(r"[\s(（]*(?:星期|周|礼拜)[一二三四五六日天][)）]*\s*$")


@dataclass(frozen=True, slots=True)
class PunchRow:
    """A punch as the file tells it. `number` is the file's own word for the person."""

    row: int
    number: str
    at: datetime
    direction: str = ""
    device: str = ""
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be taken. `message` is an English msgid that `params` fill; `number` is set when it is the
    person who is unknown."""

    row: int
    column: str
    code: str
    message: str
    cells: tuple[str, ...]
    params: Mapping[str, str] = field(default_factory=dict)
    number: str = ""


def number_of(cell: str) -> str:
    """Who it is, as the file says it. Raises CellError."""
    found = read.whole_number(read.plain(cell))
    if not found:
        raise CellError("number_missing", gettext_noop("The row names nobody."))
    if len(found) > NUMBER:
        raise CellError("number_too_long", gettext_noop("This is too long for a number of a person."))
    return found


def checked(at: datetime, now: datetime) -> datetime:
    """The instant, to the second. Raises CellError for one that cannot be."""
    if at > now + AHEAD:
        raise CellError(
            "future", gettext_noop("The time lies in the future: is the clock of the device right?")
        )
    if at < OLDEST:
        raise CellError(
            "too_old", gettext_noop("The time lies before the year 2000: is the clock of the device right?")
        )
    return at.replace(microsecond=0)


def instant_of(day_cell: str, time_cell: str) -> datetime | None:
    """The instant of a cell with day and time, or of two cells. None when the cell says that nobody punched. Raises
    CellError."""
    text = read.plain(time_cell)
    if not text or text in NOT_PUNCHED:
        return None
    text = _DAY_NOUGHT.sub("", text)
    if (clock := _CLOCK.fullmatch(text)) is None:
        return read.when(_WEEKDAY.sub("", text))
    day = day_of(day_cell)
    if day is None:
        raise CellError("day_missing", gettext_noop("The row has a time of the day and no day."))
    hour, minute, second = int(clock[2]), int(clock[3]), int(clock[4] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise CellError("not_a_time", gettext_noop("This is not a date and time that can be read."))
    at = datetime.combine(day, time(hour, minute, second), SHANGHAI)
    return at + timedelta(days=1) if clock[1] else at


@lru_cache(maxsize=4096)
def day_of(cell: str) -> date | None:
    """A day such as 2026-11-01, "2026/11/01 星期日" or "26-11-01 星期日"; None for an empty cell. Raises CellError."""
    text = _WEEKDAY.sub("", read.plain(cell))
    if not text:
        return None
    if short := _SHORT_DAY.fullmatch(text):
        try:
            return date(2000 + int(short[1]), int(short[2]), int(short[3]))
        except ValueError as error:
            raise CellError(
                "not_a_time", gettext_noop("This is not a date and time that can be read.")
            ) from error
    at = read.when(text)
    return at.date() if at else None


def direction_of(cell: str) -> str:
    """ "in", "out", or "" for anything else: nobody relies on it."""
    word = read.plain(cell).casefold()
    return "in" if word in IN else "out" if word in OUT else ""
