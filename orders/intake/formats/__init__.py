"""Which format a table is of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_noop

from office.tables.table import Header, UnusableFile
from orders.intake.formats.generic import mapped_layout, plain_mapping
from orders.intake.formats.layout import Layout
from orders.intake.formats.platforms import PLATFORMS, TAOBAO_DETAIL

#: Format name → its platforms' layout; "generic" is made from a mapping.
LAYOUTS = {layout.name: layout for layout in PLATFORMS}
GENERIC = "generic"
FORMATS = (*LAYOUTS, GENERIC)
_ALIASES = {"csv": GENERIC, "xlsx": GENERIC, "tmall": "taobao", "alibaba": "1688", "pinduoduo": "pdd"}
HEADERS_SHOWN = 40


#: With these codes a file is kept until a person says what its columns mean.
MENDABLE = frozenset({"unknown_header", "mapping"})


class UnknownHeader(UnusableFile):
    """A table that no format or mapping fits: another mapping can make it readable. `header` is its likeliest header
    row, `missing` the columns that a mapping named in vain."""

    def __init__(self, header: Header, missing: Sequence[str] = ()) -> None:
        names = [name for name in header.names if name]
        shown = ", ".join(names[:HEADERS_SHOWN]) + (" …" if len(names) > HEADERS_SHOWN else "")
        if missing:
            told = gettext_noop(
                "The mapping names columns that the file does not have: %(missing)s. Headers found: %(headers)s"
            )
        else:
            told = gettext_noop(
                "The columns are not those of a known export, and no mapping says what they are."
                " Headers found: %(headers)s"
            )
        code = "mapping" if missing else "unknown_header"
        super().__init__(told, code=code, headers=shown, missing=", ".join(missing))
        self.header = header


def format_name(name: str) -> str:
    """The format's canonical name; "" stays "" (recognise). Raises `UnusableFile` for an unknown one."""
    name = name.strip().lower()
    name = _ALIASES.get(name, name)
    if name and name not in FORMATS:
        raise UnusableFile(
            gettext_noop("There is no format “%(format)s”. Known are: %(known)s."),
            code="unknown_format",
            format=name[:40],
            known=", ".join(FORMATS),
        )
    return name


def recognise(
    candidates: list[Header], *, wanted: str, mapping: Mapping[str, str] | None, saved: Mapping[str, str]
) -> tuple[Header, Layout]:
    """The header row among the first rows, and its layout.

    `wanted` is a format's name or "" for any; `mapping` was given with the file, `saved` is the shop's. Raises
    `UnknownHeader` when nothing fits, `UnusableFile` when a named format or mapping does not fit.
    """
    if mapping is not None:
        return _mapped(candidates, mapping)
    if wanted in LAYOUTS:
        layout = LAYOUTS[wanted]
        for header in candidates:
            if layout.fits(header):
                return header, layout
        raise UnusableFile(
            gettext_noop("This is not an export of the format “%(format)s”: its columns are missing."),
            code="wrong_format",
            format=wanted,
        )
    if not wanted:
        for header in candidates:
            for layout in PLATFORMS:
                if layout.fits(header):
                    return header, layout
    layouts = [mapped_layout(saved)] if saved.get("number") else []
    for header in candidates:
        for layout in layouts:
            if layout.fits(header):
                return header, layout
        if plain := plain_mapping(header):
            return header, mapped_layout(plain)
    for header in candidates:
        if TAOBAO_DETAIL.fits(header):
            raise UnusableFile(
                gettext_noop(
                    "This is a Taobao detail list: it has no customers. Send it together with its order list."
                ),
                code="detail_alone",
            )
    raise UnknownHeader(max(candidates, key=lambda header: len(header.columns)))


def _mapped(candidates: list[Header], mapping: Mapping[str, str]) -> tuple[Header, Layout]:
    layout = mapped_layout(mapping)
    for header in candidates:
        if layout.fits(header):
            return header, layout
    best = max(candidates, key=lambda header: sum(header.has([name]) for name in mapping.values()))
    raise UnknownHeader(best, [name for name in mapping.values() if not best.has([name])])


__all__ = [
    "FORMATS",
    "GENERIC",
    "LAYOUTS",
    "TAOBAO_DETAIL",
    "Layout",
    "UnknownHeader",
    "format_name",
    "recognise",
]
