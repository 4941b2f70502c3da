"""The secret fields of an account: which there are, how one is called, what may stand in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PASSWORD, SEED, CODES = "password", "totp", "codes"
FILE = re.compile(r"file-\d{1,6}")
NAMES: dict[str, StrOrPromise] = {
    PASSWORD: _("Password"),
    SEED: _("Seed of one-time codes"),
    CODES: _("Recovery codes"),
}
#: What a borrower is lent (C13.4).
LENT = (PASSWORD, SEED)
#: Longest text of a field that is typed, in characters.
LONGEST_TEXT = 4000


def is_file(field: str) -> bool:
    return bool(FILE.fullmatch(field))


def is_field(field: str) -> bool:
    return field in NAMES or is_file(field)


def name_of(field: str, label: str = "") -> StrOrPromise:
    """As people call it; a file by its name."""
    return NAMES.get(field) or label or _("File")
