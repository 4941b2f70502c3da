"""Uploads wait on disk under their batch's key until they are read.

A file is cut into blocks of one mebibyte, each sealed with its place as additional data, so that it can be read in a
stream and from any place, and blocks cannot be swapped. Names are random; the file's own name stays in the batch.
"""

from __future__ import annotations

import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from office import crypto
from orders.intake.incoming import UnusableFile
from orders.intake.streams import positioned_stream
from orders.intake.table import Source

BLOCK = 1 << 20
_OVERHEAD = len(crypto.seal(bytes(crypto.KEY_BYTES), b""))


def folder() -> Path:
    """Where uploads wait; made when missing, readable by the application's user only."""
    path = Path(settings.ECDEPT_HOME) / "uploads"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def store(key: bytes, content: BinaryIO) -> tuple[str, int]:
    """Seal everything in `content`; the stored name and the size in bytes. On disk when it returns."""
    name = f"{secrets.token_hex(16)}.sealed"
    size = block = 0
    descriptor = os.open(folder() / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as held:
        while piece := content.read(BLOCK):
            held.write(crypto.seal(key, piece, _place(name, block)))
            size += len(piece)
            block += 1
        held.flush()
        os.fsync(held.fileno())
    return name, size


def stored_source(key: bytes, stored_as: str, *, name: str, size: int) -> Source:
    """The upload as a source; raises `UnusableFile` when it is gone or does not open under the key."""
    path = folder() / stored_as
    if not path.is_file() or _plain_size(path.stat().st_size) != size:
        raise UnusableFile(_("The uploaded file is no longer there. Send it again."), code="upload_gone")
    return Source(name, size, lambda: _open(path, key, size))


def remove(*names: str) -> None:
    """Delete uploads; names that are "" or gone are passed over."""
    for name in names:
        if name:
            (folder() / name).unlink(missing_ok=True)


def stored_names() -> list[str]:
    """The names of all uploads on disk."""
    return [path.name for path in folder().glob("*.sealed")]


def age(name: str, now: float) -> float:
    """Seconds since the upload was written; 0 when it is gone."""
    try:
        return now - (folder() / name).stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _open(path: Path, key: bytes, size: int) -> BinaryIO:
    @lru_cache(maxsize=2)
    def block(number: int) -> bytes:
        with path.open("rb") as held:
            held.seek(number * (BLOCK + _OVERHEAD))
            sealed = held.read(BLOCK + _OVERHEAD)
        try:
            return crypto.open_sealed(key, sealed, _place(path.name, number))
        except crypto.Unreadable as error:
            raise UnusableFile(
                _("The uploaded file can no longer be read. Send it again."), code="upload_gone"
            ) from error

    def read_at(offset: int, most: int) -> bytes:
        number, start = divmod(offset, BLOCK)
        return block(number)[start : start + most] if offset < size else b""

    return positioned_stream(read_at, size)


def _place(name: str, block: int) -> bytes:
    return f"upload {name} {block}".encode()


def _plain_size(sealed: int) -> int:
    blocks = -(-sealed // (BLOCK + _OVERHEAD))
    return sealed - blocks * _OVERHEAD
