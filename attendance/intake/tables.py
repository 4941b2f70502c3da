"""Tables of punches: the exports of DingTalk and WeCom by their header, and any other by common names or a mapping.

Both platforms export records (原始记录, 打卡详情), a line for each punch, and days (每日统计, 上下班打卡_日报), a line
for each person and day with a column for each punch. The days stand under titles and a header of two lines: names that
go over both lines, and groups (上班1, 考勤概况) with their columns below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_noop

from attendance.intake.rows import BadRow, PunchRow, checked, direction_of, instant_of, number_of
from office.tables.cells import CellError, plain
from office.tables.table import Header, Table, UnusableFile, header_name, is_blank

#: The header stands within so many rows; exports put titles above it.
SEARCHED = 20
FIELDS = ("number", "at", "day", "direction", "device")
REQUIRED = ("number", "at")
#: Columns that `download_rejected` puts behind the file's own; a mended file may still have them.
REASON_COLUMNS = ("_row", "_column", "_reason")


@dataclass(frozen=True, slots=True)
class Layout:
    """`names`: for each field the headers that may hold it, the likeliest first. `marks`: headers that tell this export
    from others; all of one row of them must be there. `daily`: a line is a day, with a column for each punch."""

    name: str
    names: Mapping[str, Sequence[str]]
    marks: Sequence[Sequence[str]] = ()
    daily: bool = False


DINGTALK = Layout(
    "dingtalk",
    {
        "number": ("工号", "UserId", "员工UserID"),
        "at": ("打卡时间", "打卡时刻"),
        "day": ("考勤日期", "日期"),
        "direction": ("考勤类型", "打卡类型"),
        "device": ("打卡设备", "打卡地址"),
    },
    (("考勤组", "打卡时间"), ("考勤日期", "打卡时间"), ("考勤时间", "打卡结果")),
)
WECOM = Layout(
    "wecom",
    {
        "number": ("账号", "成员账号", "工号"),
        "at": ("实际打卡时间", "打卡时间", "最早打卡时间"),
        "day": ("日期", "打卡日期", "时间"),
        "direction": ("打卡类型", "类型"),
        "device": ("打卡设备", "设备", "实际打卡地点", "打卡地点"),
    },
    (("账号", "打卡类型"), ("账号", "实际打卡时间")),
)
GENERIC = Layout(
    "generic",
    {
        "number": (
            "工号", "员工编号", "员工号", "人员编号", "用户号", "编号", "登记号码", "考勤号码",
            "user", "user id", "userid",
            "employee number", "employee", "number", "pin", "ac-no.", "no.", "id",
        ),
        "at": (
            "打卡时间", "刷卡时间", "签到时间", "日期时间", "时间",
            "date/time", "datetime", "timestamp", "punched at", "time", "at",
        ),
        "day": ("打卡日期", "日期", "date", "day"),
        "direction": ("进出", "方向", "打卡类型", "类型", "状态", "direction", "in/out", "state", "type"),
        "device": ("设备", "设备名称", "机号", "device", "terminal"),
    },
)  # fmt: skip
DAILY = (
    Layout(
        "dingtalk",
        {"number": ("工号", "UserId", "员工UserID"), "day": ("日期", "考勤日期", "workDate")},
        (("姓名", "班次"), ("姓名", "考勤组"), ("姓名", "考勤结果"), ("姓名", "部门")),
        daily=True,
    ),
    Layout(
        "wecom",
        {"number": ("账号", "成员账号", "工号"), "day": ("时间", "日期")},
        (("账号", "最早", "最晚"), ("账号", "班次"), ("姓名", "最早打卡时间", "最晚打卡时间")),
        daily=True,
    ),
)
#: Columns of a day that hold a punch; the flag in front of the name says which way, and nobody relies on it.
_SLOT = re.compile(r"(?:(上班|下班)\d{0,2}[.\-_ ]?打卡时间|(最早|最晚)(?:打卡时间)?)")
_GROUP = re.compile(r"(?:上班|下班)\d{0,2}")
LAYOUTS = {layout.name: layout for layout in (DINGTALK, WECOM, GENERIC)}


class UnknownHeader(UnusableFile):
    """No row names who and when. `header`: the row that was taken for the header, () when there is none."""

    def __init__(self, header: tuple[str, ...]) -> None:
        super().__init__(
            gettext_noop("No row of the file names a person’s number and a time. Say what its columns mean."),
            code="unknown_header",
        )
        self.header = header


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the fields are: column numbers from 0. `drop`: columns of ours that are no part of the row. `slots`: the
    columns of a day that hold a punch, each with its direction."""

    layout: str
    header: Header
    places: Mapping[str, int]
    drop: frozenset[int]
    slots: tuple[tuple[int, str], ...] = ()


def check_mapping(mapping: Mapping[str, object]) -> dict[str, str]:
    """{field: header} as it may be kept. Raises UnusableFile."""
    if not all(isinstance(name, str) and isinstance(header, str) for name, header in mapping.items()):
        raise UnusableFile(gettext_noop("A mapping names a header for each field."), code="mapping")
    kept = {name: str(header).strip() for name, header in mapping.items() if str(header).strip()}
    unknown = sorted(set(kept) - set(FIELDS))
    if unknown:
        raise UnusableFile(
            gettext_noop("The mapping names unknown fields: %(fields)s."),
            code="mapping",
            fields=", ".join(unknown)[:200],
        )
    if not all(name in kept for name in REQUIRED):
        raise UnusableFile(
            gettext_noop("The mapping must name the person’s number and the time."), code="mapping"
        )
    return kept


def find_columns(table: Table, format: str, mapping: Mapping[str, str]) -> Columns:
    """The header of the table and what it means. Raises UnknownHeader, UnusableFile."""
    first: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    for number, cells in table.rows():
        if number > SEARCHED:
            break
        if is_blank(cells):
            continue
        header = Header(number, tuple(cells))
        if not first and sum(1 for name in header.names if name) >= len(REQUIRED):
            first = header.raw
        for layout in _layouts(format, mapping):
            found = _columns(header, layout)
            if found is None and layout.daily and above:
                found = _columns(Header(number, _joined(above, header.raw)), layout)
            if found is not None:
                return found
        above = header.raw
    raise UnknownHeader(first)


def _columns(header: Header, layout: Layout) -> Columns | None:
    """None when the header is not one of that layout."""
    places = _places(header, layout)
    slots: tuple[tuple[int, str], ...] = ()
    if layout.daily:
        slots = tuple(
            (place, "in" if (word[1] or word[2]) in ("上班", "最早") else "out")
            for place, name in enumerate(header.names)
            if (word := _SLOT.fullmatch(name))
        )
    needed = ("number", "day") if layout.daily else REQUIRED
    if not all(name in places for name in needed) or (layout.daily and not slots):
        return None
    if layout.marks and not any(header.has(marks) for marks in layout.marks):
        return None
    drop = frozenset(header.columns[name] for name in REASON_COLUMNS if name in header.columns)
    return Columns(layout.name, header, places, drop, slots)


def _joined(upper: Sequence[str], lower: Sequence[str]) -> tuple[str, ...]:
    """A header of two lines as one: what stands below counts, with its group where that tells which (上班1 and
    打卡时间); above an empty cell, what goes over both lines."""
    names, group = [], ""
    for place in range(max(len(upper), len(lower))):
        over = upper[place].strip() if place < len(upper) else ""
        under = lower[place].strip() if place < len(lower) else ""
        group = over or group
        if not under:
            names.append(over)
        else:
            names.append(f"{group}{under}" if _GROUP.fullmatch(group) else under)
    return tuple(names)


def read_table(table: Table, columns: Columns, now: datetime) -> Iterator[PunchRow | BadRow]:
    """The rows below the header that say that somebody punched, in a stream."""
    for number, written in table.rows():
        if number <= columns.header.row or is_blank(written):
            continue
        if columns.slots:
            yield from _read_day(number, tuple(written), columns, now)
            continue
        found = _read(number, tuple(written), columns, now)
        if found is not None:
            yield found


def _layouts(format: str, mapping: Mapping[str, str]) -> list[Layout]:
    if mapping:
        return [Layout(format or "generic", {name: (header,) for name, header in mapping.items()})]
    if format in LAYOUTS:
        return [LAYOUTS[format], *(layout for layout in DAILY if layout.name == format)]
    return [DINGTALK, WECOM, *DAILY, GENERIC]


def _places(header: Header, layout: Layout) -> dict[str, int]:
    known = {name.casefold(): place for name, place in header.columns.items()}
    places: dict[str, int] = {}
    for field, names in layout.names.items():
        place = next(
            (known[name] for name in (header_name(each).casefold() for each in names) if name in known), None
        )
        if place is not None and place not in places.values():
            places[field] = place
    return places


def _read_day(
    number: int, written: tuple[str, ...], columns: Columns, now: datetime
) -> Iterator[PunchRow | BadRow]:
    """Every punch of a person's day, each once. A cell that is no time of day costs that punch."""
    cells = tuple(cell for place, cell in enumerate(written) if place not in columns.drop)

    def cell(place: int | None) -> str:
        return written[place] if place is not None and place < len(written) else ""

    seen: set[datetime] = set()
    for place, direction in columns.slots:
        at_fault = place
        try:
            at = instant_of(cell(columns.places["day"]), cell(place))
            if at is None or at in seen:
                continue
            seen.add(at)
            at = checked(at, now)
            at_fault = columns.places["number"]
            yield PunchRow(number, number_of(cell(at_fault)), at, direction, "", cells)
        except CellError as error:
            column = columns.header.raw[at_fault][:120]
            yield BadRow(number, column, error.code, error.message, cells, error.params)


def _read(number: int, written: tuple[str, ...], columns: Columns, now: datetime) -> PunchRow | BadRow | None:
    places = columns.places
    cells = tuple(cell for place, cell in enumerate(written) if place not in columns.drop)

    def cell(field: str) -> str:
        place = places.get(field)
        return written[place] if place is not None and place < len(written) else ""

    field = "at"
    try:
        at = instant_of(cell("day"), cell("at"))
        if at is None:
            if plain(cell("at")) or columns.layout != "generic":
                return None  # a platform's line that says that nobody punched
            raise CellError("time_missing", gettext_noop("The row has no time."))
        at = checked(at, now)
        field = "number"
        user = number_of(cell("number"))
        return PunchRow(number, user, at, direction_of(cell("direction")), plain(cell("device"))[:60], cells)
    except CellError as error:
        place = places.get(field)
        column = columns.header.raw[place] if place is not None else ""
        return BadRow(number, column[:120], error.code, error.message, cells, error.params)
