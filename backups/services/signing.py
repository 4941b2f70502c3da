"""Lines of which each shows who wrote it and which one stands before it.

A line is JSON with "n" (1, 2, 3 … within its history), "key" (an id of `ECDEPT_KEYS`) and "mac": HMAC-SHA-256, under a
subkey of that key, of the line before's mac and of the line without its own. So a line that somebody without the key
has added, changed, moved or taken out of the middle shows. What is cut off at the end does not show here: the list says
up to when it is complete, and whoever reads it compares.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from office import crypto

_PURPOSE = "list of erasures"


class NotOurs(Exception):
    """The line does not follow; a few words say why. `unsigned`: it bears no mac at all."""

    def __init__(self, words: str, *, unsigned: bool = False) -> None:
        super().__init__(words)
        self.unsigned = unsigned


@dataclass(frozen=True, slots=True)
class Tail:
    """The last line of a history so far."""

    n: int = 0
    mac: str = ""


def signed(row: Mapping[str, Any], after: Tail) -> tuple[dict[str, Any], Tail]:
    """The row as a line behind `after`, under the newest key; and the tail with it."""
    whole = {key: value for key, value in row.items() if key != "mac"}
    whole |= {"n": after.n + 1, "key": crypto.newest_key_id()}
    mac = _mac(whole, after)
    return {**whole, "mac": mac}, Tail(after.n + 1, mac)


def follows(row: Mapping[str, Any], after: Tail) -> Tail:
    """The tail with this line. NotOurs."""
    if "mac" not in row:
        raise NotOurs("it bears no signature", unsigned=True)
    if row.get("n") != after.n + 1:
        raise NotOurs(f"it is number {row.get('n')} of its history where {after.n + 1} should stand")
    if str(row.get("key")) not in crypto.keyring().keys:
        raise NotOurs(f"it is signed under the key {row.get('key')}, which is not in ECDEPT_KEYS")
    mac = str(row["mac"])
    whole = {key: value for key, value in row.items() if key != "mac"}
    if not hmac.compare_digest(_mac(whole, after).encode(), mac.encode("utf-8", "surrogatepass")):
        raise NotOurs("it, or the one before it, is not as this installation wrote it")
    return Tail(after.n + 1, mac)


def _mac(whole: Mapping[str, Any], after: Tail) -> str:
    key = crypto.subkey(crypto.keyring().keys[str(whole["key"])], _PURPOSE)
    text = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.digest(key, f"{after.mac}\n{text}".encode("utf-8", "surrogatepass"), "sha256").hex()
