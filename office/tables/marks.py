"""The mark that every file carries out of the house (C13.5): its number in the register of exports, who took it, when.

An .xlsx has it in its properties and on its last sheet, a CSV in its last line, and either in the file's name. A CSV
that is sent back mended (refused rows) has it in its name alone: a line more would be a row more.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

#: Without what looks alike; ten of them are 50 bits.
_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Mark:
    """`code`: "EX-" and ten signs. `by`: name and number of whoever takes it."""

    code: str
    by: str
    at: datetime

    @property
    def line(self) -> str:
        """The last line of a CSV: a comment to a machine, words to a person."""
        return f"# {self.code} {self.by} {localtime(self.at):%Y-%m-%d %H:%M}"

    @property
    def rows(self) -> list[Sequence[str]]:
        """The last sheet of an .xlsx."""
        return [
            [_("Export number"), self.code],
            [_("Taken by"), self.by],
            [_("Taken at"), f"{localtime(self.at):%Y-%m-%d %H:%M}"],
            [_("Confidential: not to be handed on without permission (C13.5)."), ""],
        ]

    def put_on(self, book: Any) -> None:
        """Into the properties of an openpyxl workbook, and as its last sheet."""
        from openpyxl.cell import WriteOnlyCell

        book.properties.identifier = self.code
        book.properties.keywords = self.code
        book.properties.creator = self.by
        sheet = book.create_sheet(self.code)
        for row in self.rows:
            cells = [WriteOnlyCell(sheet, value="".join(c for c in text if c >= " ")) for text in row]
            for cell in cells:
                cell.data_type = "s"
            sheet.append(cells)

    def name(self, filename: str) -> str:
        """The file's name with the number before its ending."""
        stem, dot, ending = filename.rpartition(".")
        return f"{stem}-{self.code}{dot}{ending}"


def new_mark(by: object, at: datetime) -> Mark:
    """For a file that this person takes now; `by` has a name and a number."""
    code = "EX-" + "".join(secrets.choice(_SIGNS) for _n in range(10))
    return Mark(code, f"{getattr(by, 'name', '')} ({getattr(by, 'number', '')})", at)
