"""The words inside an attached document, so that they are searched like the text itself (C6.4 to C6.6). Pure.

Read are the office formats that are zipped XML (.docx, .xlsx, .pptx) and plain text. Of anything else, and of a
document that is broken, locked, or unpacks to more than a document has, nothing is said: None.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from xml.parsers import expat

#: Bytes that all parts of a document may unpack to, how many parts are looked at, characters of text that are kept.
UNPACKED, PARTS, LONGEST = 24 << 20, 400, 400_000
_PIECE = 1 << 16
_OFFICE = "application/vnd.openxmlformats-officedocument."
#: The parts with words, by kind of document.
_WORDS = {
    f"{_OFFICE}wordprocessingml.document": re.compile(
        r"word/(?:document\d*|header\d*|footer\d*|footnotes|endnotes|comments)\.xml"
    ),
    f"{_OFFICE}spreadsheetml.sheet": re.compile(r"xl/(?:sharedStrings|comments\d*|worksheets/[^/]+)\.xml"),
    f"{_OFFICE}presentationml.presentation": re.compile(r"ppt/(?:slides|notesSlides)/[^/]+\.xml"),
}
#: Elements that hold words, and those that end a paragraph (local names).
_TEXT = frozenset({"t", "delText", "instrText"})
_ENDS = frozenset({"p", "si", "is", "row", "tr", "br", "cr"})


class _Unreadable(Exception):
    """It is not what it says it is, or more than a document has."""


def text_of(content: bytes, mime: str) -> str | None:
    """The words of a document, a paragraph on each line; None when they cannot be read whole."""
    if mime.startswith("text/plain"):
        return _plain(content)
    words = _WORDS.get(mime)
    if words is None:
        return None
    try:
        return _zipped(content, words)
    except (
        _Unreadable, zipfile.BadZipFile, expat.ExpatError, zlib.error, NotImplementedError, ValueError, OSError,
        EOFError, RuntimeError,
    ):  # fmt: skip
        return None


def _plain(content: bytes) -> str | None:
    for charset in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(charset)
        except UnicodeDecodeError:
            continue
        return text.replace("\x00", "") if len(text) <= LONGEST else None
    return None


def _zipped(content: bytes, words: re.Pattern[str]) -> str:
    """Raises _Unreadable and whatever a broken archive raises."""
    paragraphs: list[str] = []
    left = UNPACKED
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        named = [each for each in archive.infolist() if words.fullmatch(each.filename)]
        if not named or len(named) > PARTS:
            raise _Unreadable
        for entry in named:
            reader = _Reader()
            with archive.open(entry) as part:
                while piece := part.read(_PIECE):
                    left -= len(piece)
                    if left < 0:
                        raise _Unreadable
                    reader.feed(piece)
            paragraphs.extend(reader.finish())
    text = "\n".join(paragraphs).replace("\x00", "")
    if len(text) > LONGEST:
        raise _Unreadable
    return text


class _Reader:
    """Collects the words of one part. A document type is refused: office documents have none, bombs do."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._inside = 0
        self._now: list[str] = []
        self._done: list[str] = []

    def feed(self, piece: bytes) -> None:
        self._parser.Parse(piece, False)

    def finish(self) -> Iterator[str]:
        self._parser.Parse(b"", True)
        self._close()
        return iter(self._done)

    def _refuse(self, *_declaration: object) -> None:
        raise _Unreadable

    def _start(self, name: str, _attributes: object) -> None:
        self._inside += name.rpartition(" ")[2] in _TEXT

    def _end(self, name: str) -> None:
        local = name.rpartition(" ")[2]
        self._inside -= local in _TEXT
        if local in _ENDS:
            self._close()

    def _data(self, data: str) -> None:
        if self._inside:
            self._now.append(data)

    def _close(self) -> None:
        text = "".join(self._now).strip()
        if text:
            self._done.append(text)
        self._now = []
