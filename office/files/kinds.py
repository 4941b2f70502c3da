"""What an uploaded file is, by its own bytes: the name and the sender's word say nothing (C6.9, M4.9)."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

import filetype

from office.files import packages, papers
from office.files.refusing import NotAccepted

__all__ = ["HEAD", "Family", "FileKind", "NotAccepted", "extension_of", "sniff", "text_of"]

Family = Literal["image", "video", "document"]

#: How much of a file must be given to `sniff`.
HEAD = 8_192


class FileKind(NamedTuple):
    """`family` decides the limit, `mime` and `extension` are what the file is stored and served as."""

    family: Family
    mime: str
    extension: str


_IMAGES = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
}
_VIDEOS = {"video/mp4": "mp4", "video/webm": "webm", "video/quicktime": "mov"}
_OFFICE = {
    "docx": FileKind(
        "document", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"
    ),
    "xlsx": FileKind("document", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    "pptx": FileKind(
        "document", "application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"
    ),
}
_CHINESE = re.compile("[\u2010-\u26ff\u3000-\u303f\u3200-\u33ff\u4e00-\u9fff\uff01-\uff5e\uffe0-\uffe6°±·×÷]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")


def extension_of(mime: str) -> str:
    """Of a picture's type."""
    return _IMAGES[mime]


def sniff(content: bytes) -> FileKind:
    """What the file is. `content` is all of it for documents, at least HEAD bytes of a picture or video.

    Raises NotAccepted.
    """
    head = content[:HEAD]
    if head.startswith(packages.OLE):
        raise NotAccepted("legacy_office")
    if head.startswith(b"%PDF-"):
        papers.judge(content)
        return FileKind("document", "application/pdf", "pdf")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _office(content)
    found = filetype.guess_mime(head)
    if found in _IMAGES:
        return FileKind("image", found, _IMAGES[found])
    if found in _VIDEOS:
        return FileKind("video", found, _VIDEOS[found])
    if text_of(content).strip():
        text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        if text.startswith(b"<") and b"<svg" in text:
            raise NotAccepted("svg")
        if text.startswith(b"<"):
            raise NotAccepted("unknown")  # markup is a page, not a document to hand out
        return FileKind("document", "text/plain; charset=utf-8", "txt")
    raise NotAccepted("unknown")


def _office(content: bytes) -> FileKind:
    """An Office document without macros; any other archive is refused."""
    return _OFFICE[packages.kind_of(content)]


def text_of(content: bytes) -> str:
    """What a plain text says: in UTF-8, or in GB18030 as Chinese editors of text save it; "" for what is no text."""
    if b"\x00" in content:
        return ""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    # Many programs and pictures happen to decode too, into signs that nobody writes.
    foreign = [char for char in text if char > "~"]
    chinese = sum(1 for char in foreign if _CHINESE.match(char))
    return text if chinese >= 0.9 * len(foreign) and not _CONTROL.search(text) else ""
