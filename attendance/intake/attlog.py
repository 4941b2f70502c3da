"""attlog.dat of ZKTeco time clocks: lines of user, time, device, state, way of verifying, work code, with TABs between.

The files come over unsteady USB sticks and lines: bytes that are no text, halves of lines and lines grown together are
ordinary. Each line is read by itself, so that one broken line costs one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_noop

from attendance.intake.rows import BadRow, PunchRow, checked, number_of
from office.tables.cells import SHANGHAI, CellError
from office.tables.table import Source

#: The file has no header; refused rows are shown under this one, which any table is known by.
HEADER = ("用户号", "时间", "机号", "状态", "验证方式", "工作代码")
#: States: check in, check out, break out, break in, overtime in, overtime out.
STATES = {"0": "in", "1": "out", "2": "out", "3": "in", "4": "in", "5": "out"}
LONGEST = 2_000
_LINE = re.compile(rb"\s*[0-9A-Za-z]{1,24}\t\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\t|\s*$)")
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
LOOKED_AT = 50


def is_attlog(source: Source) -> bool:
    """Whether one of the first lines is one of an attlog.dat."""
    with source.open() as stream:
        for _number in range(LOOKED_AT):
            line = stream.readline(LONGEST)
            if _LINE.match(line):
                return True
            if not line:
                return False
    return False


def read_attlog(source: Source, now: datetime) -> Iterator[PunchRow | BadRow]:
    """Every line that is not blank, in a stream."""
    with source.open() as stream:
        number = 0
        while line := stream.readline(LONGEST):
            number += 1
            while len(line) == LONGEST and not line.endswith(b"\n"):
                rest = stream.readline(LONGEST)  # the rest of an endless line is thrown away
                if len(rest) < LONGEST:
                    break
            if line.strip(b" \t\r\n\x00\x1a"):
                yield _read(number, line, now)


def _read(number: int, line: bytes, now: datetime) -> PunchRow | BadRow:
    text = line.decode("utf-8", "replace").strip("\r\n").replace("\x00", "\ufffd")
    cells = tuple(cell.strip() for cell in text.split("\t"))
    try:
        if len(cells) < 2:
            raise CellError("too_few", gettext_noop("The line breaks off."))
        if len(cells) > len(HEADER) + 4 or not _TIME.fullmatch(cells[1]):
            raise CellError("broken_line", gettext_noop("The line is damaged."))
        user = number_of(cells[0])
        if not user.isascii() or not user.isalnum():
            raise CellError("broken_line", gettext_noop("The line is damaged."))
        try:
            at = datetime.fromisoformat(cells[1]).replace(tzinfo=SHANGHAI)
        except ValueError as error:
            raise CellError(
                "not_a_time", gettext_noop("This is not a date and time that can be read.")
            ) from error
        return PunchRow(
            number,
            user,
            checked(at, now),
            STATES.get(cells[3], "") if len(cells) > 3 else "",
            cells[2][:60] if len(cells) > 2 else "",
            cells,
        )
    except CellError as error:
        column = HEADER[0] if error.code.startswith("number") else HEADER[1]
        return BadRow(number, column, error.code, error.message, cells[:12], error.params)
