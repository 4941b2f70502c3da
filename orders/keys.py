"""A customer's key at work: one random key per customer, one subkey per purpose, and what is sealed under it.

The key itself never encrypts; erasing its wrapped form makes everything below unreadable at once.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass, field
from typing import Any

from office import crypto

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_encode_sorted = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=str
).encode


@dataclass(slots=True)
class Key:
    """The subkeys of one customer's key, made when first needed."""

    secret: bytes
    _subkeys: dict[str, bytes] = field(default_factory=dict)

    def of(self, purpose: str) -> bytes:
        known = self._subkeys.get(purpose)
        if known is None:
            known = self._subkeys[purpose] = crypto.subkey(self.secret, purpose)
        return known

    def seal_customer(self, order_id: int, customer: dict[str, Any]) -> bytes:
        """The blob of `Order.sealed`, bound to its order."""
        return crypto.seal(
            self.of("customer"), _encode(customer).encode("utf-8", "replace"), b"order %d" % order_id
        )

    def open_customer(self, order_id: int, blob: bytes | memoryview) -> dict[str, Any]:
        found = json.loads(crypto.open_sealed(self.of("customer"), blob, b"order %d" % order_id))
        return found if isinstance(found, dict) else {}

    def terms(self, canonical: bytes) -> bytes:
        """The HMAC of the contract terms: equal terms show only to who holds this customer's key."""
        return hmac.digest(self.of("terms"), canonical, "sha256")

    def seal_text(self, order_id: int, text: str) -> bytes:
        """Notes, contact notes: bound to their order."""
        return crypto.seal(self.of("text"), text.encode("utf-8", "replace"), b"order %d" % order_id)

    def open_text(self, order_id: int, blob: bytes | memoryview) -> str:
        return crypto.open_sealed(self.of("text"), blob, b"order %d" % order_id).decode()

    def seal_event(self, order_id: int, content: str) -> bytes:
        return crypto.seal(self.of("event"), content.encode("utf-8", "replace"), b"order %d" % order_id)

    def open_event(self, order_id: int, blob: bytes | memoryview) -> dict[str, Any]:
        found = json.loads(crypto.open_sealed(self.of("event"), blob, b"order %d" % order_id))
        return found if isinstance(found, dict) else {}

    def fingerprint(self, kind: str, content: str) -> bytes:
        """By which the same event again is recognised."""
        return hmac.digest(self.of("fingerprint"), f"{kind}|{content}".encode("utf-8", "replace"), "sha256")


def event_text(content: dict[str, Any]) -> str:
    """An event's content as one canonical JSON text; what JSON does not know (a Decimal, a date) as its text."""
    return _encode_sorted(content)


def open_key(kek: str, wrapped: bytes | memoryview) -> Key:
    """crypto.Unreadable when the application's key is not there."""
    return Key(crypto.unwrap(kek, wrapped))
