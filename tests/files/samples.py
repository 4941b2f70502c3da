"""Uploads as tests send them."""

from __future__ import annotations

import io
import random
import socket
import struct
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

from office.files.api import Limits

LIMITS = Limits(image=512_000, video=2_000_000, document=1_048_576, clause="C6.9")
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(5_000)
PDF = b"%PDF-1.7\n" + b"% paper\n" * 40


def photo(width: int, height: int, mode: str = "RGB", seed: int = 3) -> Image.Image:
    """Noise over a gradient: hard to compress, as photographs are."""
    chance = random.Random(seed)
    small = Image.frombytes(
        mode, (width // 4, height // 4), chance.randbytes(width // 4 * (height // 4) * len(mode))
    )
    return small.resize((width, height), Image.Resampling.BICUBIC)


def encoded(picture: Image.Image, format_: str = "JPEG", **options: object) -> bytes:
    output = io.BytesIO()
    picture.save(output, format_, **options)
    return output.getvalue()


def small_picture(seed: int = 3) -> bytes:
    return encoded(photo(64, 48, seed=seed), "PNG")


def large_picture() -> bytes:
    """Over 500 KB."""
    content = encoded(photo(1600, 1200), "JPEG", quality=98)
    assert len(content) > 512_000
    return content


def archive(*names: str, types: bytes = b"x") -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as made:
        for name in names:
            made.writestr(name, types if name.lower() == "[content_types].xml" else b"x")
    return output.getvalue()


DOCX = archive("[Content_Types].xml", "word/document.xml")

#: What a test file of every scanner holds, put together so that none takes this file for it.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@contextmanager
def clamd(answer: bytes | None = None) -> Iterator[str]:
    """A scanner of one connection at a time on the loopback that knows EICAR; its address. `answer`: what it says
    whatever it was sent; b"" hangs up."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                line, _address = listening.accept()
            except OSError:
                return
            with line, line.makefile("rb") as sent:
                assert sent.read(10) == b"zINSTREAM\0"
                content = b""
                while length := struct.unpack("!L", sent.read(4))[0]:
                    content += sent.read(length)
                said = b"stream: Eicar-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
                line.sendall(said if answer is None else answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"tcp://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)
