"""The raw body of a machine's request: at most 1 MB, in at most ten seconds, before anything else is done with it."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
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
        with _alarm(request):
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


@contextmanager
def _alarm(request: HttpRequest) -> Iterator[None]:
    """Ends a read after PATIENCE, also when single bytes keep dribbling in. Only where this thread owns the process's
    alarm clock: in a sync worker. Elsewhere the server's own timeout has to do."""
    if "gunicorn.socket" not in request.META or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(number: int, frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _too_large(request: HttpRequest, *, linger: bool) -> HttpResponseBase:
    """413, answered before the body is read. With `linger` what is on its way is thrown away afterwards for a moment:
    a connection closed over unread bytes would take the answer with it."""
    said = refusal(413, "too_large", f"The body is larger than {MAX_BODY} bytes.")
    sock: Any = request.META.get("gunicorn.socket")
    if not linger or sock is None:
        return said

    def answer() -> Iterator[bytes]:
        yield said.content
        try:
            sock.settimeout(1.0)
            left, until = _LINGER, time.monotonic() + _LINGER_SECONDS
            while left > 0 and time.monotonic() < until and (chunk := sock.recv(_CHUNK)):
                left -= len(chunk)
        except OSError:
            return

    response = StreamingHttpResponse(answer(), status=413, content_type="application/json")
    response["Content-Length"] = str(len(said.content))
    return response
