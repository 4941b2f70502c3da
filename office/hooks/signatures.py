"""Signatures of webhooks. Pure: secrets, raw bytes and the time come in, True or False goes out, never an exception
for what a stranger sent.

The standardwebhooks package signs and is the oracle of the tests; verifying is done here because it takes no clock, no
bytes and one secret, and raises ValueError for a malformed header.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hmac
import re
from collections.abc import Iterable

#: Seconds by which a message's timestamp may differ from ours (Standard Webhooks).
TOLERANCE = 300
#: Signatures looked at in one header; a rotation needs two.
MAX_SIGNATURES = 16
PREFIX = "whsec_"
_SECONDS = re.compile("[0-9]{1,12}", re.ASCII)


def standard_key(secret: str) -> bytes:
    """The key inside a Standard Webhooks secret: base64, with or without whsec_ and padding.

    Raises ValueError for an empty or malformed one."""
    text = secret.strip().removeprefix(PREFIX).rstrip("=")
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError("the secret is not base64") from error
    if not key:
        raise ValueError("the secret is empty")
    return key


def _given(signature: str) -> bytes:
    """The 32 bytes of a base64 signature, b"" for anything else."""
    try:
        given = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return given if len(given) == 32 else b""


def body_fits(secret: str, raw: bytes, signature: str) -> bool:
    """Shopify and WooCommerce: base64(HMAC-SHA256(secret, raw body)). An empty secret fits nothing."""
    given = _given(signature)
    if not secret or not given:
        return False
    return hmac.compare_digest(hmac.digest(secret.encode(), raw, "sha256"), given)


def any_fits(secrets: Iterable[str], raw: bytes, signature: str) -> bool:
    """One of the secrets made the signature. All are tried, so that the time tells nothing about which."""
    fits = False
    for secret in secrets:
        fits |= body_fits(secret, raw, signature)
    return fits


def timestamp_fits(timestamp: str, now: dt.datetime) -> bool:
    """Whole Unix seconds within the tolerance, the edge included."""
    return _SECONDS.fullmatch(timestamp) is not None and abs(int(timestamp) - now.timestamp()) <= TOLERANCE


def standard_fits(
    secrets: Iterable[str], raw: bytes, *, message_id: str, timestamp: str, signature: str, now: dt.datetime
) -> bool:
    """Standard Webhooks 1.0: one of the space-separated v1 signatures is one of the secrets' over id.timestamp.body."""
    if not message_id or not timestamp_fits(timestamp, now):
        return False
    given = [_given(part[3:]) for part in signature.split(" ")[:MAX_SIGNATURES] if part.startswith("v1,")]
    signed = b"%s.%s.%s" % (message_id.encode(errors="replace"), timestamp.encode(), raw)
    fits = False
    for secret in secrets:
        try:
            key = standard_key(secret)
        except ValueError:
            continue
        right = hmac.digest(key, signed, "sha256")
        for one in given:  # no early way out: the time tells nothing about which secret fits
            fits |= bool(one) and hmac.compare_digest(right, one)
    return fits
