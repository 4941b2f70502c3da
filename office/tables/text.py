"""Text from outside, made storable."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean_text(value: str) -> str:
    """`value` with U+FFFD in place of what PostgreSQL cannot store: U+0000, and halves of surrogate pairs (JSON can
    escape both). Everything that comes from outside passes here once, on its way in."""
    return value if value.isprintable() or not _UNSTORABLE.search(value) else _UNSTORABLE.sub("\ufffd", value)


def clean_tree(value: Any) -> Any:
    """`clean_text` for every text of a JSON-like value, keys included."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, Mapping):
        return {clean_text(str(key)): clean_tree(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean_tree(item) for item in value]
    return value
