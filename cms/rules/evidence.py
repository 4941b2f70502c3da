"""The bytes of the evidence of a takedown (C6.7): canonical JSON, so that the same facts are the same bytes. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def evidence_bytes(facts: Mapping[str, Any]) -> bytes:
    """UTF-8, sorted keys, no blanks; instants are ISO 8601 texts already."""
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode(
        "utf-8", "replace"
    )


def digest(evidence: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(evidence).hexdigest()


def read(evidence: bytes | memoryview) -> dict[str, Any]:
    """The facts again."""
    found: dict[str, Any] = json.loads(bytes(evidence))
    return found
