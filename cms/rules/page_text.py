"""The text of a page as visitors read it, so that two looks at the same page compare equal. Pure.

Markup, scripts, styles, hidden parts, white space and letter forms do not count; what is left is what was approved.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from html.parser import HTMLParser

#: Characters of text that are compared and kept; the rest of a longer page counts in the digest only.
KEPT = 100_000
_SILENT = frozenset({"script", "style", "template", "noscript", "svg", "head", "iframe", "object"})
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)  # without an end tag
#: Elements whose edges part words.
_BREAKS = frozenset(
    re.findall(
        r"\w+",
        "p div li tr td th h1 h2 h3 h4 h5 h6 br section article header footer nav ul ol table main aside dt dd "
        "figcaption option blockquote pre figure hr",
    )
)
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)


class _Reader(HTMLParser):
    """Collects text; inside the element of the id `part` only, when one is asked for."""

    def __init__(self, part: str) -> None:
        super().__init__(convert_charrefs=True)
        self.part = part
        self.found = not part
        self.pieces: list[str] = []
        self._open: list[tuple[str, bool, bool]] = []  # tag, silent, inside the part

    @property
    def _counts(self) -> bool:
        silent = bool(self._open) and self._open[-1][1]
        inside = not self.part or (bool(self._open) and self._open[-1][2])
        return inside and not silent

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKS:
            self.pieces.append(" ")
        if tag in _VOID:
            return
        given = {name: value or "" for name, value in attrs}
        before = self._open[-1] if self._open else ("", False, False)
        mine = bool(self.part) and given.get("id") == self.part
        self.found |= mine
        self._open.append((tag, before[1] or tag in _SILENT or "hidden" in given, before[2] or mine))

    def handle_endtag(self, tag: str) -> None:
        if tag in _BREAKS:
            self.pieces.append(" ")
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place][0] == tag:
                del self._open[place:]
                return

    def handle_data(self, data: str) -> None:
        if self._counts:
            self.pieces.append(data)


def decoded(body: bytes, content_type: str) -> str:
    """The body as text: the charset of the header, else of the page, else UTF-8. Never fails."""
    named = _HEADER_CHARSET.search(content_type)
    inside = _CHARSET.search(body[:4096])
    charset = named.group(1) if named else inside.group(1).decode("ascii", "replace") if inside else "utf-8"
    try:
        return body.decode(charset, "replace")
    except (LookupError, ValueError):
        return body.decode("utf-8", "replace")


def page_text(page: str, part: str = "") -> str | None:
    """The text that counts, on one line; None when the page has no element of the id `part`."""
    reader = _Reader(part)
    reader.feed(page)
    reader.close()
    if not reader.found:
        return None
    return " ".join(unicodedata.normalize("NFKC", "".join(reader.pieces)).replace("\x00", "").split())


def fingerprint(text: str) -> str:
    """SHA-256 of the text in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
