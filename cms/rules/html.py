"""The text of content: HTML as it is kept, and what a reader sees of it. Pure.

Whatever comes from an editor, a paste or a file is cleaned here before it is kept; what is kept is what is shown.
A picture in the text names an attachment of the same content by its SHA-256 (`<img src="attached/…">`): nothing is ever
loaded from another host, and whoever shows the text says where the attachment is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape, unescape
from html.parser import HTMLParser

import nh3

#: Characters of one text.
LONGEST = 200_000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\ufeff\ufffe\uffff]")

_BLOCKS = frozenset(
    {"p", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "pre", "table", "tr", "td", "th", "hr", "div"}
    | {"figure", "figcaption"}
)  # fmt: skip
_TAGS = {
    "p", "br", "hr", "h2", "h3", "h4", "strong", "b", "em", "i", "u", "s", "sub", "sup", "ul", "ol", "li", "blockquote",
    "pre", "code", "a", "figure", "figcaption", "table", "thead", "tbody", "tr", "th", "td", "img",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "ol": {"start"},
    "th": {"colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
    "img": {"src", "alt"},
}
_PICTURE = re.compile(r"<img(?=[\s>/])[^<>]*>")
_ATTACHED = re.compile(r"attached/([0-9a-f]{64})")
_SOURCE = re.compile(r'(?<=\ssrc=")attached/([0-9a-f]{64})(?=")')
_WHOLE = re.compile(r"[1-9][0-9]{0,3}")


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name in {"colspan", "rowspan", "start"}:
        return value if _WHOLE.fullmatch(value) else None
    if name == "href" and value.startswith("//"):
        return None
    if name == "src":
        return value if _ATTACHED.fullmatch(value) else None
    if name == "alt":
        return value[:200]
    return value


_cleaner = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    attribute_filter=_attribute,
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel="noopener noreferrer",
)


def line(text: str) -> str:
    """One line without control characters and blanks at its ends."""
    return " ".join(_CONTROL.sub(" ", text).split())


def clean(body: str) -> str:
    """The HTML that is kept. Text without any tag becomes paragraphs. Control characters go twice: before, and after
    the cleaner has read what was written as numbers (`&#11;`), which no feed could carry."""
    body = _CONTROL.sub("", body.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if body and "<" not in body:
        parts = [part.strip() for part in re.split(r"\n\s*\n", body) if part.strip()]
        body = "".join(f"<p>{part.replace(chr(10), '<br>')}</p>" for part in parts)
    cleaned = _CONTROL.sub("", _cleaner.clean(body))
    cleaned = _PICTURE.sub(
        lambda found: found.group() if _SOURCE.search(found.group()) else "", cleaned
    ).strip()
    return cleaned if plain(cleaned) or pictures(cleaned) else ""


def pictures(body: str) -> list[str]:
    """The SHA-256 of each picture that stands in cleaned HTML, in order."""
    return [found.group(1) for each in _PICTURE.findall(body) if (found := _SOURCE.search(each))]


def with_pictures(body: str, urls: Mapping[str, str]) -> str:
    """Cleaned HTML with the pictures where they are; one that has no address is left out."""

    def shown(tag: re.Match[str]) -> str:
        found = _SOURCE.search(tag.group())
        url = urls.get(found.group(1)) if found else None
        if url is None:
            return ""
        return _SOURCE.sub(lambda _old: escape(url), tag.group()).replace("<img", '<img loading="lazy"', 1)

    return _PICTURE.sub(shown, body)


class _Reader(HTMLParser):
    """Paragraphs as a reader sees them. What a link says when pointed at (title) and what stands for a
    picture (alt) is a paragraph of its own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.done: list[str] = []
        self.now: list[str] = []

    def close_paragraph(self) -> None:
        text = "".join(self.now).strip()
        if text:
            self.done.append(text)
        self.now = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.close_paragraph()
        elif tag == "br":
            self.now.append("\n")
        said = [
            value.strip() for name, value in attrs if name in {"title", "alt"} and value and value.strip()
        ]
        self.done.extend(said)

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.close_paragraph()

    def handle_data(self, data: str) -> None:
        self.now.append(data)


def paragraphs(body: str) -> list[str]:
    """The text of cleaned HTML, one entry for each block."""
    reader = _Reader()
    reader.feed(body)
    reader.close()
    reader.close_paragraph()
    return reader.done


def plain(body: str) -> str:
    """The text of cleaned HTML, a block on each line."""
    return "\n".join(paragraphs(body))


def excerpt(body: str, length: int = 120) -> str:
    """The beginning of the text in one line."""
    text = line(unescape(plain(body)))
    return text if len(text) <= length else text[: length - 1] + "…"
