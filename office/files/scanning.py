"""Asks ClamAV's daemon about an upload (INSTREAM), where CLAMD_URL names one.

`tcp://host:3310` or `unix:///run/clamav/clamd.ctl`. When it does not answer, nothing is taken: a file that nobody
looked at must not wait where it can be opened.
"""

from __future__ import annotations

import logging
import socket
import struct
from urllib.parse import urlsplit

from django.conf import settings

TIMEOUT = 20.0
PIECE = 1 << 16
log = logging.getLogger(__name__)


class Infected(Exception):
    """`signature` is what the scanner calls it."""

    def __init__(self, signature: str) -> None:
        super().__init__(signature)
        self.signature = signature


class NoAnswer(Exception):
    """The scanner cannot be reached, or its answer says neither clean nor infected."""


def scan(content: bytes) -> str:
    """The scanner's name when it finds nothing, "" when none is configured. Raises Infected, NoAnswer."""
    url = str(settings.CLAMD_URL)
    if not url:
        return ""
    try:
        answer = _ask(url, content)
    except (OSError, ValueError) as error:
        log.warning("scanner_unreachable", extra={"error_type": type(error).__name__})
        raise NoAnswer from error
    if answer.endswith(" OK"):
        return "clamd"
    if answer.endswith(" FOUND"):
        raise Infected(answer.removesuffix(" FOUND").removeprefix("stream: ")[:100])
    log.warning("scanner_answer_unknown")
    raise NoAnswer


def _ask(url: str, content: bytes) -> str:
    with _connected(url) as line:
        line.sendall(b"zINSTREAM\0")
        try:
            for start in range(0, len(content), PIECE):
                piece = content[start : start + PIECE]
                line.sendall(struct.pack("!L", len(piece)) + piece)
            line.sendall(struct.pack("!L", 0))
        except (BrokenPipeError, ConnectionResetError):
            pass  # over its own size limit it answers and hangs up
        answer = b""
        while b"\0" not in answer and len(answer) < 4096:
            more = line.recv(4096)
            if not more:
                break
            answer += more
    return answer.split(b"\0")[0].decode("utf-8", "replace").strip()


def _connected(url: str) -> socket.socket:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(TIMEOUT)
        try:
            line.connect(parts.path)
        except OSError:
            line.close()
            raise
        return line
    if parts.scheme != "tcp" or not parts.hostname:
        raise ValueError("CLAMD_URL is tcp://host:port or unix:///path")
    return socket.create_connection((parts.hostname, parts.port or 3310), timeout=TIMEOUT)
