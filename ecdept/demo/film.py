"""A film of still pictures, made without an encoder of films: a picture in WebP is one key frame of VP8, and a WebM
is such frames with their times."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence

from PIL import Image

#: How long each picture stands, in milliseconds.
STANDS = 1_500


def film(pictures: Sequence[bytes]) -> bytes:
    """WebM of these pictures, all as large as the first."""
    first = Image.open(io.BytesIO(pictures[0]))
    frames = [_frame(each, first.size) for each in pictures]
    wide, high = first.size
    video = _box("AE", [
        _number("D7", 1), _number("73C5", 1), _number("83", 1), _box("86", [b"V_VP8"]),
        _box("E0", [_number("B0", wide), _number("BA", high)]),
    ])  # fmt: skip
    head = _box("1A45DFA3", [
        _number("4286", 1), _number("42F7", 1), _number("42F2", 4), _number("42F3", 8),
        _box("4282", [b"webm"]), _number("4287", 2), _number("4285", 2),
    ])  # fmt: skip
    about = _box("1549A966", [
        _number("2AD7B1", 1_000_000), _box("4489", [struct.pack(">d", STANDS * len(frames))]),
        _box("4D80", [b"ecdept"]), _box("5741", [b"ecdept"]),
    ])  # fmt: skip
    shown = [
        _box("A3", [b"\x81", struct.pack(">hB", number * STANDS, 0x80), frame])
        for number, frame in enumerate(frames)
    ]
    cluster = _box("1F43B675", [_number("E7", 0), *shown])
    return head + _box("18538067", [about, _box("1654AE6B", [video]), cluster])


def _frame(picture: bytes, size: tuple[int, int]) -> bytes:
    """The key frame in the picture as WebP: its one chunk of that name."""
    held = io.BytesIO()
    Image.open(io.BytesIO(picture)).convert("RGB").resize(size).save(held, "WEBP", quality=70)
    content = held.getvalue()
    begins = content.index(b"VP8 ") + 8
    return content[begins : begins + struct.unpack("<I", content[begins - 4 : begins])[0]]


def _box(name: str, parts: Sequence[bytes]) -> bytes:
    """An element of EBML; a short one says its length in one byte."""
    content = b"".join(parts)
    short = len(content) < 127
    length = bytes([0x80 | len(content)]) if short else struct.pack(">Q", len(content) | 1 << 56)
    return bytes.fromhex(name) + length + content


def _number(name: str, value: int) -> bytes:
    return _box(name, [value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big")])
