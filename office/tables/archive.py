"""ZIP containers, opened only after their table of contents was judged: an .xlsx is one, and platforms zip exports.

A decompression bomb states its size: what it claims is checked before a byte is unpacked, and `zipfile` never yields
more than was claimed.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import SEEK_SET
from typing import BinaryIO

from django.utils.translation import gettext_noop

from office.tables.table import UnusableFile

ENTRIES = 5_000
#: The largest table of contents: `zipfile` holds all of it before anybody can count its entries.
CONTENTS_BYTES = 2 << 20
#: An entry larger than this may not be packed tighter than RATIO to one; honest sheets reach about 30.
UNSUSPICIOUS = 16 << 20
RATIO = 150
ENTRY_BYTES = 4 << 30
TOTAL_BYTES = 6 << 30


@contextmanager
def reading() -> Iterator[None]:
    """Turns everything that a broken archive can raise into `UnusableFile`."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OverflowError) as error:
        raise UnusableFile(
            gettext_noop("The file is broken or cut off: it cannot be unpacked."), code="broken"
        ) from error
    except RuntimeError as error:
        if "password" not in str(error) and "encrypted" not in str(error):
            raise
        raise UnusableFile(gettext_noop("The file is protected by a password."), code="encrypted") from error


class _Bounded:
    """A stream that hands out no more at once than a table of contents may take."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def seek(self, offset: int, whence: int = SEEK_SET, /) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def read(self, size: int = -1, /) -> bytes:
        if size > CONTENTS_BYTES:
            raise _swollen()
        return self._stream.read(size)


def open_archive(stream: BinaryIO) -> zipfile.ZipFile:
    """The archive, judged; raises `UnusableFile` for a broken, encrypted or swollen one."""
    with reading():
        zipfile.ZipFile(_Bounded(stream)).close()
        archive = zipfile.ZipFile(stream)
    entries = archive.infolist()
    total = sum(entry.file_size for entry in entries)
    if len(entries) > ENTRIES or total > TOTAL_BYTES or any(_is_bomb(entry) for entry in entries):
        archive.close()
        raise _swollen()
    if any(entry.flag_bits & 1 for entry in entries):
        archive.close()
        raise UnusableFile(gettext_noop("The file is protected by a password."), code="encrypted")
    return archive


def _swollen() -> UnusableFile:
    return UnusableFile(
        gettext_noop("The file unpacks to far more than an export can hold; it was not opened."), code="bomb"
    )


def _is_bomb(entry: zipfile.ZipInfo) -> bool:
    if entry.file_size > ENTRY_BYTES:
        return True
    return entry.file_size > UNSUSPICIOUS and entry.file_size > RATIO * max(entry.compress_size, 1)
