"""Seekable streams over things that are not a plain open file: an unlinked file read by many, a sealed upload."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BUFFER = 1 << 18


class _Positioned(io.RawIOBase):
    def __init__(self, read_at: Callable[[int, int], bytes], size: int) -> None:
        self._read_at = read_at
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        content = self._read_at(self._position, min(len(view), max(0, self._size - self._position)))
        view[: len(content)] = content
        self._position += len(content)
        return len(content)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def tell(self) -> int:
        return self._position


def positioned_stream(read_at: Callable[[int, int], bytes], size: int) -> BinaryIO:
    """A buffered stream of `size` bytes; `read_at(offset, at most)` yields some of them, b"" only at the end."""
    return cast("BinaryIO", io.BufferedReader(_Positioned(read_at, size), BUFFER))
