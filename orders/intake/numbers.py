"""What a cell says as an order number. Pure."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext_noop

from office.tables.cells import NOTHING, CellError, text, whole_number

NUMBER_LENGTH = 64


def number(cell: str) -> str:
    """An order number, at most 64 characters. One that a spreadsheet rounded (`1.23E+17`) is refused."""
    value = whole_number(text(cell))
    if "\x00" in cell:
        value = "\x00"
    if value in NOTHING:
        raise CellError("number_missing", gettext_noop("The order number is missing."))
    if len(value) > NUMBER_LENGTH:
        raise CellError(
            "number_too_long",
            gettext_noop("The order number is longer than %(limit)s characters."),
            limit=str(NUMBER_LENGTH),
        )
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in value):
        raise CellError(
            "number_control_character",
            gettext_noop("The order number holds a line break or control character."),
        )
    return value
