"""Several files as one ZIP, written while it is sent: the whole of it lies neither in memory nor on disk."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from office.errors import NotFound
from office.files import store
from office.files.models import StoredFile
from office.files.names import clean_name
from office.tables.marks import Mark


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a pack. `name`: as people call it, with its extension; `pieces` is called when its turn comes."""

    name: str
    size: int
    pieces: Callable[[], Iterator[bytes]]
    text: bool = False


def stored_part(stored: StoredFile, name: str = "") -> Part:
    """A kept file, called `name` or as it was sent. NotFound when its bytes are gone from the disk: asked before
    anything is sent."""
    place = store.path_of(stored.sha256)
    if not place.is_file():
        raise NotFound(_("The file is missing from the disk."))

    def pieces() -> Iterator[bytes]:
        with place.open("rb") as file:
            while piece := file.read(store.PIECE):
                yield piece

    called = f"{name}.{stored.name.rpartition('.')[2]}" if name else stored.name
    return Part(called, stored.size, pieces, stored.mime.startswith("text/"))


def text_part(name: str, text: str) -> Part:
    content = text.encode("utf-8", "replace")
    return Part(name, len(content), lambda: iter([content]), text=True)


def mark_part(mark: Mark) -> Part:
    """The mark of an export as a file of the pack (C13.5)."""
    lines = [" ".join(filter(None, row)) for row in mark.rows]
    return text_part(f"{mark.code}.txt", "\r\n".join(lines))


def pack(parts: Sequence[Part], at: datetime) -> Iterator[bytes]:
    """The ZIP piece by piece; texts are compressed, pictures and videos are so already. Files of one name are
    numbered."""
    out, taken = _Outgoing(), set[str]()
    moment = localtime(at).timetuple()[:6]
    with zipfile.ZipFile(out, "w") as archive:
        for part in parts:
            entry = zipfile.ZipInfo(_free_name(part.name, taken), moment)
            entry.compress_type = zipfile.ZIP_DEFLATED if part.text else zipfile.ZIP_STORED
            entry.file_size = part.size
            with archive.open(entry, "w") as file:
                for piece in part.pieces():
                    file.write(piece)
                    if sent := out.written():  # an empty piece would end an answer in chunks
                        yield sent
    yield out.written()


def serve_pack(parts: Sequence[Part], *, name: str, at: datetime) -> StreamingHttpResponse:
    """The pack as a download called `name`.zip. Whoever calls it has asked before who may have the files."""
    answer = StreamingHttpResponse(pack(parts, at), content_type="application/zip")
    answer["Content-Disposition"] = (
        content_disposition_header(True, clean_name(f"{name}.zip", "zip")) or "attachment"
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer


def _free_name(name: str, taken: set[str]) -> str:
    """Harmless wherever it is unpacked, and once in the pack whether or not a disk tells capitals apart."""
    stem, _dot, extension = name.rpartition(".")
    clean = clean_name(f"{stem}.{extension}", extension)
    free, number = clean, 1
    while free.casefold() in taken:
        number += 1
        free = f"{clean[: -len(extension) - 1]} ({number}).{extension}"
    taken.add(free.casefold())
    return free


class _Outgoing(io.RawIOBase):
    """Keeps what is written until it is fetched; it does not go back, so sizes follow each file."""

    def __init__(self) -> None:
        super().__init__()
        self._held: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        piece = bytes(content)  # type: ignore[call-overload]
        self._held.append(piece)
        return len(piece)

    def written(self) -> bytes:
        content = b"".join(self._held)
        self._held.clear()
        return content
