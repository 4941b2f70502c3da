"""What both sides sign, as bytes: the digest in the footer of every page is over them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any


def digest(
    *,
    number: str,
    n: int,
    parties: Mapping[str, Any],
    title: str,
    starts_on: date,
    ends_on: date,
    terms: Mapping[str, Any],
    clauses: Sequence[Mapping[str, str]],
) -> str:
    """SHA-256, in hex, over the canonical JSON (sorted keys, no blanks, UTF-8) of what the paper says."""
    said = {
        "number": number,
        "version": n,
        "parties": parties,
        "title": title,
        "from": starts_on.isoformat(),
        "until": ends_on.isoformat(),
        "terms": terms,
        "clauses": clauses,
    }
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
