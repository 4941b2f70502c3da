"""PDFs, judged by the names in them: what runs, starts, fetches or carries something along. Pure.

Looked at are all bytes of the file and every object stream that is packed with Flate, each with names written in
escapes (`/J#61vaScript`). Not looked at: what other streams hold, which are pictures, fonts and the marks on the
pages, where no action can stand; what calls a script that lies in a stream is an object. A PDF whose objects cannot
be looked at is refused.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from office.files.refusing import NotAccepted

#: Bytes that all object streams together may unpack to.
UNPACKED = 48 << 20
_PIECE = 1 << 16
_END = rb"(?=[\x00\t\n\x0c\r ()<>\[\]{}/%]|$)"
_ACTIVE = re.compile(
    rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoToR|GoToE)"
    + _END
    # Three letters are met by chance in a packed picture; with what a script looks like behind them, hardly ever.
    + rb"|/JS[\x00\t\n\x0c\r ]*(?:[(<]|(?<=[\x00\t\n\x0c\r ])\d+[\x00\t\n\x0c\r ]+\d+[\x00\t\n\x0c\r ]+R)"
)
_OPEN = re.compile(
    rb"/OpenAction" + _END + rb"[\x00\t\n\x0c\r ]*(\[|(\d+)[\x00\t\n\x0c\r ]+\d+[\x00\t\n\x0c\r ]+R|)"
)
#: A page to open at, as many programs write it: a place, or an action that goes to one.
_PLACE = re.compile(rb"\s*(?:\[|<<(?=[^<>]*/S\s*/GoTo" + _END + rb"))")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"(?<!end)stream[ \t]*(?:\r\n|\n|\r)")
_BETWEEN = rb"(?:[\x00\t\n\x0c\r ]|%[^\r\n]*[\r\n])*"
#: An object stream: by its type, or, for readers who do not ask for that, by where its first object begins. Outlines
#: name their first entry, which is a reference.
_PACKED = re.compile(
    rb"/ObjStm"
    + _END
    + rb"|/First"
    + _END
    + _BETWEEN
    + rb"\d+(?!\d|"
    + _BETWEEN
    + rb"\d+"
    + _BETWEEN
    + rb"R)"
)
_LOCKED = re.compile(rb"/Encrypt" + _END)
_NUMBERS = re.compile(rb"\s*\d+\s+\d+\s")


def judge(content: bytes) -> None:
    """Raises NotAccepted (`active`, `locked`, `bomb`)."""
    plain = _named(content)
    if _PACKED.search(plain) and _LOCKED.search(plain):
        raise NotAccepted("locked")
    packed = [(about, _named(text)) for about, text in _object_streams(content)]
    for text in (plain, *(text for _about, text in packed)):
        if _ACTIVE.search(text):
            raise NotAccepted("active")
        for found in _OPEN.finditer(text):
            if found[1] != b"[" and not (found[2] and _is_place(int(found[2][:9]), plain, packed)):
                raise NotAccepted("active")


def _named(text: bytes) -> bytes:
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), text)


def _is_place(number: int, plain: bytes, packed: list[tuple[bytes, bytes]]) -> bool:
    """Whether every object of that number is a place in the document."""
    at = [(plain, found.end()) for found in re.finditer(rb"(?<!\d)0*%d\s+\d+\s+obj" % number, plain)]
    for about, text in packed:
        first = re.search(rb"/First\s+(\d{1,9})", about)
        begins = int(first[1]) if first else 0
        index = text[:begins].split()
        for own, offset in zip(index[::2], index[1::2], strict=False):
            if own == b"%d" % number and offset.isdigit():
                at.append((text, begins + int(offset[:9])))
    return bool(at) and all(_PLACE.match(text, begins) for text, begins in at)


def _object_streams(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """What is said about every object stream, and the stream unpacked. Raises NotAccepted for one that cannot be, and
    beyond all measure."""
    left, before = UNPACKED, 0
    for found in _STREAM.finditer(content):
        about = _named(content[before : found.start()])
        before = found.end()
        try:
            text = _unpacked(content, before, left)
        except zlib.error:
            text = b""
        if text:
            left -= len(text)
            yield about, text
        elif _PACKED.search(about):
            raise NotAccepted("locked")
    if _PACKED.search(_named(content[before:])):
        raise NotAccepted("locked")


def _unpacked(content: bytes, place: int, most: int) -> bytes:
    """The stream that begins there, when it begins as object streams do, with numbers; else nothing."""
    unpacking = zlib.decompressobj()
    text = unpacking.decompress(content[place : place + 256], 256)
    if not _NUMBERS.match(text):
        return b""
    parts, place = [text], place + 256
    while not unpacking.eof and (piece := unpacking.unconsumed_tail or content[place : place + _PIECE]):
        if piece is not unpacking.unconsumed_tail:
            place += _PIECE
        parts.append(unpacking.decompress(piece, _PIECE * 16))
        most -= len(parts[-1])
        if most <= 0:
            raise NotAccepted("bomb")
    return b"".join(parts)
