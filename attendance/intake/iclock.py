"""What a ZKTeco time clock pushes: lines of user, time, state, way of verifying, work code, with TABs (older firmware:
blanks) between. Each line is read by itself; one that is damaged costs one line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from django.utils.translation import gettext_noop

from attendance.intake.attlog import STATES
from attendance.intake.rows import BadRow, PunchRow, checked, number_of
from office.tables.cells import CellError

#: Refused lines are shown under this.
HEADER = ("用户号", "时间", "状态", "验证方式", "工作代码")
LONGEST = 500
_LINE = re.compile(
    r"\s*([0-9A-Za-z]{1,24})[\t ]+(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d)(?:[\t ]+(.*))?\s*", re.ASCII
)


def read_lines(body: bytes, *, zone: int, device: str, now: datetime) -> Iterator[PunchRow | BadRow]:
    """Every line that is not blank; its clock shows hours of `zone`."""
    for number, line in enumerate(body.splitlines(), 1):
        if line.strip(b" \t\x00"):
            yield _read(number, line[:LONGEST], zone, device, now)


def _read(number: int, line: bytes, zone: int, device: str, now: datetime) -> PunchRow | BadRow:
    text = line.decode("utf-8", "replace").replace("\x00", "\ufffd")
    cells = tuple(cell.strip() for cell in text.split("\t"))[:12]
    try:
        found = _LINE.fullmatch(text)
        if found is None:
            raise CellError("broken_line", gettext_noop("The line is damaged."))
        more = (found[3] or "").split()
        try:
            at = datetime.fromisoformat(found[2]).replace(tzinfo=timezone(timedelta(hours=zone)))
        except ValueError as error:
            raise CellError(
                "not_a_time", gettext_noop("This is not a date and time that can be read.")
            ) from error
        return PunchRow(
            number,
            number_of(found[1]),
            checked(at, now),
            STATES.get(more[0], "") if more else "",
            device[:60],
            cells,
        )
    except CellError as error:
        return BadRow(number, HEADER[1], error.code, error.message, cells, error.params)
