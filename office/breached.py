"""Passwords that are known from breaches, looked up in a file on this machine: nothing of a password leaves it.

The operator names the file (`ECDEPT_BREACHED_PASSWORDS`): SHA-1 in hexadecimal, one a line, in ascending order, with or
without ":" and a count behind. That is what the downloader of Have I Been Pwned writes; forty gigabytes are searched
with some thirty reads. Without a file nothing is known, and the lists of common passwords are what there is.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

_LINE = re.compile(rb"([0-9A-Fa-f]{40})(:\d+)?\r?\n?")
#: Bytes; longer than any line there is.
_LONGEST = 80
#: Lines that `check` looks at, evenly spread.
_SAMPLE = 500


class Unusable(Exception):
    """The file cannot be read, or is not such a list. Says which and why, and no password."""


@sensitive_variables()
def known(password: str | bytes) -> bool:
    """Whether the list has it; False without a list. Raises Unusable."""
    if not settings.ECDEPT_BREACHED_PASSWORDS:
        return False
    data = password.encode("utf-8", "surrogatepass") if isinstance(password, str) else password
    wanted = hashlib.sha1(data, usedforsecurity=False).hexdigest().upper().encode()
    file = Path(settings.ECDEPT_BREACHED_PASSWORDS)
    try:
        with file.open("rb") as stream:
            return _found(stream, wanted, file)
    except OSError as error:
        raise Unusable(f"{file}: {error.strerror}") from error


def _found(stream: BinaryIO, wanted: bytes, file: Path) -> bool:
    """Those offsets behind which the first line is not less than `wanted` lie at the end: look for the first."""
    low, high = 0, os.fstat(stream.fileno()).st_size
    while low < high:
        middle = (low + high) // 2
        line = _line_after(stream, middle, file)[1]
        if line and line < wanted:
            low = stream.tell()
        else:
            high = middle
    return _line_after(stream, low, file)[1] == wanted


def _line_after(stream: BinaryIO, offset: int, file: Path) -> tuple[int, bytes]:
    """The first line that begins at or behind `offset`: where, and its hash in capitals; b"" at the end."""
    stream.seek(max(offset - 1, 0))
    if offset:
        stream.readline(_LONGEST)
    at = stream.tell()
    raw = stream.readline(_LONGEST)
    if not raw:
        return at, b""
    line = _LINE.fullmatch(raw)
    if line is None:
        raise Unusable(f"{file}: no line of a list of SHA-1 at byte {at}")
    return at, line[1].upper()


def check() -> list[CheckMessage]:
    """Django's check: the list can be read, and lines spread over it ascend."""
    name = settings.ECDEPT_BREACHED_PASSWORDS
    if not name:
        return []
    file = Path(name)
    try:
        with file.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            if not size:
                raise Unusable(f"{file}: empty")
            found = [_line_after(stream, size * each // _SAMPLE, file)[1] for each in range(_SAMPLE)]
        lines = [line for line in found if line]
        if lines != sorted(lines):
            raise Unusable(f"{file}: not sorted by hash")
    except (OSError, Unusable) as error:
        words = f"{file}: {error.strerror}" if isinstance(error, OSError) else str(error)
        return [Error(f"ECDEPT_BREACHED_PASSWORDS cannot be used: {words}.", id="ecdept.E101")]
    return []


UNUSABLE = _("The list of breached passwords cannot be read, so no password can be set. Please tell IT.")
KNOWN = _("This password is known from a breach elsewhere: whoever guesses tries it first. Take another one.")
