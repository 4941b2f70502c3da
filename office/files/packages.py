"""Office documents (zipped XML), judged part by part: macros, programs, what is fetched from elsewhere, bombs. What
fields and cells say is judged by `fields`.

What a bomb claims is summed up before anything is unpacked, and `zipfile` never yields more than was claimed. Documents
inside a document are judged like the one around them. Pure.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
import zlib
from xml.parsers import expat

from office.files import fields
from office.files.refusing import NotAccepted
from office.tables.archive import ENTRIES, RATIO, UNSUSPICIOUS

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Bytes that a document may unpack to, with the documents in it; how deep these may lie in one another.
UNPACKED, DEEPEST = 64 << 20, 3
_MOST_XML = 1 << 20
_FOLDERS = {"word/": "docx", "xl/": "xlsx", "ppt/": "pptx"}
#: Packages that carry macros or binary sheets by their very kind.
_MACRO_NAMES = (
    ".xlsm",
    ".docm",
    ".pptm",
    ".ppsm",
    ".dotm",
    ".xltm",
    ".potm",
    ".xlam",
    ".ppam",
    ".sldm",
    ".xlsb",
)
_PROGRAM_NAMES = (
    ".bin",
    ".ole",
    ".exe",
    ".dll",
    ".js",
    ".vbs",
    ".bat",
    ".cmd",
    ".ps1",
    ".scr",
    ".hta",
    ".lnk",
)
#: The last word of a relation's type. An `aFChunk` is a foreign text (RTF, HTML) that Word takes in when it opens.
_MACRO_RELATIONS = {
    "vbaproject",
    "wordvbadata",
    "xlmacrosheet",
    "xlintlmacrosheet",
    "control",
    "activexcontrolbinary",
}
_PROGRAM_RELATIONS = {"oleobject", "afchunk"}
#: How XML begins in UTF-8 and UTF-16, with its mark of byte order or without.
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\x00 \t\r\n]*(?:<|$)")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|\\\\", re.IGNORECASE)


def kind_of(content: bytes) -> str:
    """docx, xlsx or pptx. Raises NotAccepted."""
    return _Look().judge(content, depth=0)


class _Look:
    """One document with all that lies in it; the bound on what is unpacked holds for the whole."""

    def __init__(self) -> None:
        self._unpacked = 0

    def judge(self, content: bytes, *, depth: int) -> str:
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                return self._judge(archive, len(content), depth)
        except NotAccepted:
            raise
        except (
            zipfile.BadZipFile, zlib.error, expat.ExpatError, NotImplementedError, ValueError, OSError, EOFError,
            RuntimeError, OverflowError,
        ) as error:  # fmt: skip
            raise NotAccepted("damaged") from error

    def _judge(self, archive: zipfile.ZipFile, packed: int, depth: int) -> str:
        parts = archive.infolist()
        if len(parts) > ENTRIES:
            raise NotAccepted("archive")
        size = sum(part.file_size for part in parts)
        self._unpacked += size
        if self._unpacked > UNPACKED or (size > UNSUSPICIOUS and size > RATIO * packed):
            raise NotAccepted("bomb")
        names = {part.filename: part.filename.lower().replace("\\", "/") for part in parts}
        _judge_names(list(names.values()))
        for part in parts:
            self._judge_part(archive, part, names[part.filename], depth)
        if "[content_types].xml" in names.values():
            for folder, kind in _FOLDERS.items():
                if any(name.startswith(folder) for name in names.values()):
                    return kind
        raise NotAccepted("archive")

    def _judge_part(self, archive: zipfile.ZipFile, part: zipfile.ZipInfo, name: str, depth: int) -> None:
        with archive.open(part) as opened:
            head = opened.read(8)
            if head.startswith(OLE):
                raise NotAccepted("embedded")
            if name == "[content_types].xml" or name.endswith(".rels"):
                text = head + opened.read(_MOST_XML)
                if len(text) >= _MOST_XML:
                    raise NotAccepted("bomb")
                (_judge_types if name == "[content_types].xml" else _judge_relations)(text)
            elif head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
                if depth >= DEEPEST:
                    raise NotAccepted("embedded")
                self._judge_inner(head + opened.read(), depth + 1)
            elif _MARKUP.match(head):
                fields.judge(head + opened.read(), strict=not name.endswith(".vml"))

    def _judge_inner(self, content: bytes, depth: int) -> None:
        try:
            self.judge(content, depth=depth)
        except NotAccepted as error:
            raise NotAccepted("embedded" if error.code == "archive" else error.code) from error


def _judge_names(names: list[str]) -> None:
    # A part of macros may be called anything; what it is stands in the list of types.
    if any(
        name.endswith(("vbaproject.bin", *_MACRO_NAMES)) or "/activex/" in name or "/macrosheets/" in name
        for name in names
    ):
        raise NotAccepted("macros")
    if any("embeddings/" in name and name.endswith(_PROGRAM_NAMES) for name in names):
        raise NotAccepted("embedded")


def _judge_types(text: bytes) -> None:
    """The list of types, in whatever encoding."""
    said = html.unescape(text.replace(b"\x00", b"").decode("latin-1")).lower()
    if any(word in said for word in ("vbaproject", "macroenabled", "macrosheet")):
        raise NotAccepted("macros")
    if "oleobject" in said:
        raise NotAccepted("embedded")


def _judge_relations(text: bytes) -> None:
    """What the document brings along or fetches. Nothing is fetched from elsewhere; a link that a reader follows may
    be there. Raises ExpatError for what is no XML."""

    def start(_name: str, attributes: dict[str, str]) -> None:
        kind = attributes.get("Type", "").lower().rpartition("/")[2]
        if kind in _MACRO_RELATIONS:
            raise NotAccepted("macros")
        outside = attributes.get("TargetMode", "").strip().lower() == "external" or _ELSEWHERE.match(
            attributes.get("Target", "").strip()
        )
        if outside and kind != "hyperlink":
            raise NotAccepted("remote")
        if kind in _PROGRAM_RELATIONS:
            raise NotAccepted("embedded")

    def refuse(*_declaration: object) -> None:
        raise NotAccepted("damaged")  # no office program writes a document type; bombs do

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(text, True)
