"""Tables of punches: the exports of DingTalk and WeCom by their header, and any other by common names or a mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
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
    from others, of which all must be there."""

    name: str
    names: Mapping[str, Sequence[str]]
    marks: Sequence[str] = ()


DINGTALK = Layout(
    "dingtalk",
    {
        "number": ("工号", "UserId", "员工UserID"),
        "at": ("打卡时间", "打卡时刻"),
        "day": ("考勤日期", "日期"),
        "direction": ("考勤类型", "打卡类型"),
        "device": ("打卡设备", "打卡地址"),
    },
    ("考勤组", "打卡时间"),
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
    ("账号", "打卡类型"),
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
LAYOUTS = {layout.name: layout for layout in (DINGTALK, WECOM, GENERIC)}


class UnknownHeader(UnusableFile):
    """No row names who and when. `header`: the row that was taken for the header, () when there is none."""

    def __init__(self, header: tuple[str, ...]) -> None:
        super().__init__(
            _("No row of the file names a person’s number and a time. Say what its columns mean."),
            code="unknown_header",
        )
        self.header = header


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the fields are: column numbers from 0. `drop`: columns of ours that are no part of the row."""

    layout: str
    header: Header
    places: Mapping[str, int]
    drop: frozenset[int]


def check_mapping(mapping: Mapping[str, object]) -> dict[str, str]:
    """{field: header} as it may be kept. Raises UnusableFile."""
    if not all(isinstance(name, str) and isinstance(header, str) for name, header in mapping.items()):
        raise UnusableFile(_("A mapping names a header for each field."), code="mapping")
    kept = {name: str(header).strip() for name, header in mapping.items() if str(header).strip()}
    unknown = sorted(set(kept) - set(FIELDS))
    if unknown:
        raise UnusableFile(
            _("The mapping names unknown fields: %(fields)s.") % {"fields": ", ".join(unknown)[:200]},
            code="mapping",
        )
    if not all(name in kept for name in REQUIRED):
        raise UnusableFile(_("The mapping must name the person’s number and the time."), code="mapping")
    return kept


def find_columns(table: Table, format: str, mapping: Mapping[str, str]) -> Columns:
    """The header of the table and what it means. Raises UnknownHeader, UnusableFile."""
    first: tuple[str, ...] = ()
    for number, cells in table.rows():
        if number > SEARCHED:
            break
        if is_blank(cells):
            continue
        header = Header(number, tuple(cells))
        if not first and sum(1 for name in header.names if name) >= len(REQUIRED):
            first = header.raw
        for layout in _layouts(format, mapping):
            places = _places(header, layout)
            if all(name in places for name in REQUIRED) and header.has(layout.marks):
                drop = frozenset(header.columns[name] for name in REASON_COLUMNS if name in header.columns)
                return Columns(layout.name, header, places, drop)
    raise UnknownHeader(first)


def read_table(table: Table, columns: Columns, now: datetime) -> Iterator[PunchRow | BadRow]:
    """The rows below the header that say that somebody punched, in a stream."""
    for number, written in table.rows():
        if number <= columns.header.row or is_blank(written):
            continue
        found = _read(number, tuple(written), columns, now)
        if found is not None:
            yield found


def _layouts(format: str, mapping: Mapping[str, str]) -> list[Layout]:
    if mapping:
        return [Layout(format or "generic", {name: (header,) for name, header in mapping.items()})]
    return [LAYOUTS[format]] if format in LAYOUTS else list(LAYOUTS.values())


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
