"""The name that a sender gave to a file is shown and offered for saving, and never trusted."""

from __future__ import annotations

import re
import unicodedata

MOST = 120
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)


def clean_name(name: str, extension: str) -> str:
    """The last part of a path without control, direction and forbidden characters, ending with the extension that
    fits the content: "..\\\\a\\u202egpj.exe" of a PNG is "agpj.png"."""
    last = re.split(r"[/\\]", str(name))[-1]
    plain = "".join(
        char if char != "�" else "_"
        for char in unicodedata.normalize("NFC", last)
        if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    )
    stem = _FORBIDDEN.sub("_", plain).strip()
    if "." in stem:
        stem = stem.rsplit(".", 1)[0]
    stem = " ".join(stem.split()).strip(". ")[: MOST - len(extension) - 1].strip(". ") or "file"
    if _RESERVED.fullmatch(stem):
        stem = f"_{stem}"
    return f"{stem}.{extension}"


def readable_size(size: int) -> str:
    """500 KB, 1.5 MB: as people say it, in thousands of 1024."""
    if size < 1024:
        return f"{size} B"
    if size < 1024 * 1024:
        return f"{size / 1024:.0f} KB"
    return f"{size / 1024 / 1024:.1f}".removesuffix(".0") + " MB"
