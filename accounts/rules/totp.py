"""One-time codes out of a seed (RFC 6238 over RFC 4226)."""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

ALGORITHMS = {"SHA1": "sha1", "SHA256": "sha256", "SHA512": "sha512"}


@dataclass(frozen=True, slots=True)
class Seed:
    secret: bytes = field(repr=False)
    digits: int = 6
    period: int = 30
    algorithm: str = "SHA1"


def seed_of(text: str) -> Seed:
    """A seed as sites give it: base32, with or without blanks, or a whole otpauth:// address. ValueError, which does
    not say what was typed."""
    typed = text.strip()
    options: dict[str, list[str]] = {}
    if typed.lower().startswith("otpauth://"):
        parts = urlsplit(typed)
        options = parse_qs(parts.query)
        if parts.netloc.lower() != "totp":
            raise ValueError("not a seed for codes by time")
        typed = options.get("secret", [""])[0]
    try:
        digits = int(options.get("digits", ["6"])[0])
        period = int(options.get("period", ["30"])[0])
    except ValueError as error:
        raise ValueError("digits and period are numbers") from error
    algorithm = options.get("algorithm", ["SHA1"])[0].upper()
    letters = "".join(typed.split()).replace("-", "").upper().rstrip("=")
    try:
        secret = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except (binascii.Error, ValueError):
        raise ValueError("not base32") from None
    if len(secret) < 5 or algorithm not in ALGORITHMS or digits not in (6, 7, 8) or not 10 <= period <= 300:
        raise ValueError("not a seed")
    return Seed(secret, digits, period, algorithm)


def code(seed: Seed, at: float) -> tuple[str, int]:
    """The code at a Unix time, and for how many seconds it still counts."""
    step, passed = divmod(int(at), seed.period)
    mac = hmac.digest(seed.secret, step.to_bytes(8, "big"), ALGORITHMS[seed.algorithm])
    start = mac[-1] & 15
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**seed.digits:0{seed.digits}d}", seed.period - passed
