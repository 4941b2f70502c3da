"""Uploads wait on disk under their batch's key until they are read.

A file is cut into blocks of one mebibyte, each sealed with its place as additional data, so that it can be read in a
stream and from any place, and blocks cannot be swapped. Names are random; the file's own name stays in the batch.
"""

from __future__ import annotations

import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest
from django.utils.translation import gettext_noop

from office import crypto
from office.tables.streams import positioned_stream
from office.tables.table import Source, UnusableFile

BLOCK = 1 << 20
_OVERHEAD = len(crypto.seal(bytes(crypto.KEY_BYTES), b""))


def folder() -> Path:
    """Where uploads wait; made when missing, readable by the application's user only."""
    path = Path(settings.ECDEPT_HOME) / "uploads"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


class Writer:
    """Seals what is written, block by block. Either `finish` or `discard` it."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.name = f"{secrets.token_hex(16)}.sealed"
        self.size = 0
        self._waiting = bytearray()
        self._blocks = 0
        descriptor = os.open(folder() / self.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._held = os.fdopen(descriptor, "wb")

    def write(self, content: bytes) -> None:
        self.size += len(content)
        self._waiting += content
        while len(self._waiting) >= BLOCK:
            self._seal(bytes(self._waiting[:BLOCK]))
            del self._waiting[:BLOCK]

    def finish(self) -> None:
        """Everything is on disk when this returns."""
        if self._waiting:
            self._seal(bytes(self._waiting))
        with self._held:
            self._held.flush()
            os.fsync(self._held.fileno())

    def discard(self) -> None:
        self._held.close()
        remove(self.name)

    def _seal(self, piece: bytes) -> None:
        self._held.write(crypto.seal(self._key, piece, _place(self.name, self._blocks)))
        self._blocks += 1


if TYPE_CHECKING:
    _UploadedFile = UploadedFile[bytes]
else:
    _UploadedFile = UploadedFile


class SealedUpload(_UploadedFile):
    """A file that came with a request and is sealed already: never in the clear on disk."""

    size: int

    def __init__(self, writer: Writer, key: bytes, *, name: str, field: str, content_type: str) -> None:
        super().__init__(file=None, name=name, content_type=content_type, size=writer.size)
        self.field_name = field
        self.stored_as = writer.name
        self.key = key


class SealingUploadHandler(FileUploadHandler):
    """Puts every file of a request under one new key."""

    chunk_size = BLOCK

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._key = crypto.new_key()
        self._writer: Writer | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._writer = Writer(self._key)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._writer is not None:
            self._writer.write(raw_data)

    def file_complete(self, file_size: int) -> SealedUpload | None:
        if self._writer is None:
            return None
        writer, self._writer = self._writer, None
        writer.finish()
        return SealedUpload(
            writer,
            self._key,
            name=self.file_name or "",
            field=self.field_name or "",
            content_type=self.content_type or "",
        )

    def upload_interrupted(self) -> None:
        if self._writer is not None:
            self._writer.discard()
            self._writer = None


def stored_source(key: bytes, stored_as: str, *, name: str, size: int) -> Source:
    """The upload as a source; raises `UnusableFile` when it is gone or does not open under the key."""
    path = folder() / stored_as
    if not path.is_file() or _plain_size(path.stat().st_size) != size:
        raise UnusableFile(
            gettext_noop("The uploaded file is no longer there. Send it again."), code="upload_gone"
        )
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
                gettext_noop("The uploaded file can no longer be read. Send it again."), code="upload_gone"
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
