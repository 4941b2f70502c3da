"""The raw body of a machine's request: at most 1 MB, in at most ten seconds, before anything else is done with it."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse
from gunicorn.http.errors import ParseException

#: Bytes of one webhook or API message.
MAX_BODY = 1_000_000
#: Seconds that a body may take to arrive.
PATIENCE = 10.0
#: A body that is too large by little is read and thrown away after the answer, so that the answer can be read.
_LINGER = 8_000_000
#: Seconds of that, also when single bytes keep dribbling in.
_LINGER_SECONDS = 3.0
_CHUNK = 65_536


class BodyRefused(Exception):
    """The body was not taken; `response` says why."""

    def __init__(self, response: HttpResponseBase) -> None:
        super().__init__(response.status_code)
        self.response = response


def refusal(status: int, code: str, message: str) -> JsonResponse:
    """A refusal without a path: {code, message}."""
    return JsonResponse({"code": code, "message": message}, status=status)


def read_body(request: HttpRequest) -> bytes:
    """The body, whether its length is declared or it comes chunked. Raises BodyRefused (400, 408, 411, 413)."""
    declared = request.META.get("CONTENT_LENGTH") or ""
    chunked = "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
    if declared and not (declared.isascii() and declared.isdigit()):
        raise BodyRefused(refusal(400, "content_length", "Content-Length is not a number."))
    if declared and int(declared) > MAX_BODY:
        raise BodyRefused(_too_large(request, linger=int(declared) <= _LINGER))
    if not declared and not chunked:
        return b""
    if not declared and not request.META.get("wsgi.input_terminated"):
        raise BodyRefused(refusal(411, "length_required", "Send a Content-Length."))
    left = int(declared) if declared else MAX_BODY + 1
    # Django's own stream ends at Content-Length, for a chunked body at once: read the server's.
    stream = request.META["wsgi.input"]
    parts = []
    try:
        with _watch.over(request.META.get("gunicorn.socket")):
            while left and (chunk := stream.read(min(left, _CHUNK))):
                parts.append(chunk)
                left -= len(chunk)
    except TimeoutError:
        raise BodyRefused(refusal(408, "too_slow", "The body did not arrive in time.")) from None
    except (OSError, ParseException):  # the sender went away, or its chunks are malformed
        raise BodyRefused(refusal(400, "broken_body", "The body broke off.")) from None
    if declared and left:
        raise BodyRefused(refusal(400, "broken_body", "The body broke off."))
    if not declared and not left:
        raise BodyRefused(_too_large(request, linger=True))
    return b"".join(parts)


class _Watch:
    """Ends reads after PATIENCE, also when single bytes keep dribbling in: one thread per process, begun by the first
    read, looks at the sockets being read and shuts the late ones for reading. The answer can still be sent."""

    _TICK = 0.25

    def __init__(self) -> None:
        self._reading: dict[int, tuple[float, Any]] = {}
        self._guard = threading.Lock()
        self._some = threading.Event()
        self._pid = 0

    @contextmanager
    def over(self, sock: Any) -> Iterator[None]:
        """Raises TimeoutError when the reading inside took too long. Without a socket (tests) nothing is watched."""
        if sock is None:
            yield
            return
        key, until = id(sock), time.monotonic() + PATIENCE
        with self._guard:
            self._reading[key] = (until, sock)
            if self._pid != os.getpid():  # after a fork the thread is not there
                self._pid = os.getpid()
                threading.Thread(target=self._look, name="slow-bodies", daemon=True).start()
        self._some.set()
        try:
            yield
        finally:
            with self._guard:
                late = self._reading.pop(key, None) is None
        if late:
            raise TimeoutError

    def _look(self) -> None:
        while True:
            self._some.wait()
            time.sleep(self._TICK)
            now = time.monotonic()
            with self._guard:
                for key, (until, sock) in list(self._reading.items()):
                    if until < now:
                        del self._reading[key]
                        with suppress(OSError):  # gone by itself
                            sock.shutdown(socket.SHUT_RD)
                if not self._reading:
                    self._some.clear()


_watch = _Watch()


def _too_large(request: HttpRequest, *, linger: bool) -> HttpResponseBase:
    """413, answered before the body is read. With `linger` what is on its way is thrown away afterwards for a moment:
    a connection closed over unread bytes would take the answer with it."""
    said = refusal(413, "too_large", f"The body is larger than {MAX_BODY} bytes.")
    sock: Any = request.META.get("gunicorn.socket")
    if sock is None:
        return said

    def answer() -> Iterator[bytes]:
        yield said.content
        with suppress(OSError):
            sock.settimeout(1.0)
            left, until = _LINGER if linger else 0, time.monotonic() + _LINGER_SECONDS
            while left > 0 and time.monotonic() < until and (chunk := sock.recv(_CHUNK)):
                left -= len(chunk)
            sock.shutdown(socket.SHUT_RD)  # else the server waits for the rest, to keep the connection

    response = StreamingHttpResponse(answer(), status=413, content_type="application/json")
    response["Content-Length"] = str(len(said.content))
    return response
