"""What of a redesign is agreed to, as one digest; and when a review is due. Pure values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import NamedTuple


class View(NamedTuple):
    """One mock-up as it is asked for: SHA-256 of both pictures, "" for none."""

    label: str
    before: str
    after: str


def digest(title: str, aim: str, page: str, views: Iterable[View]) -> str:
    """SHA-256 in hexadecimal over the proposal and its pictures, in order."""
    said = json.dumps([title, aim, page, [list(view) for view in views]], ensure_ascii=False)
    return hashlib.sha256(said.encode("utf-8")).hexdigest()
