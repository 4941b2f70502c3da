"""One GET to another host, bounded in time and size, that cannot be led inside the house.

The name is resolved once, every address is judged, and the connection goes to the very address that was judged: a name
that answers differently the second time (DNS rebinding) gains nothing. Each redirect is judged like the first address.
No proxy of the environment, no cookies, no password of a netrc file.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import socket
import ssl
import time
import zlib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urljoin

from django.conf import settings

from office.outbound.hosts import Address, AllowedHosts, Target
from office.outbound.problems import Failed, NotAllowed

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

TIMEOUT = 20.0  # seconds, for all redirects together
LARGEST = 20 << 20
REDIRECTS = 5
LEADING_ON = (301, 302, 303, 307, 308)
CHUNK = 1 << 16
AGENT = "ecdept"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole answer, of any status. `url` is where it came from after redirects; header names are lower case.

    `certificate_ends` is None for http. `seconds` is the time from the first connection to the last byte.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float
    certificate_ends: datetime | None = None

    @property
    def content_type(self) -> str:
        """`text/xml` of `text/xml; charset=utf-8`."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def safe_get(
    url: str,
    *,
    hosts: AllowedHosts | None = None,
    accept: str = "*/*",
    timeout: float = TIMEOUT,
    largest: int = LARGEST,
) -> Fetched:
    """The answer to one GET. `hosts`: the list, else that of the settings (ECDEPT_OUTBOUND_HOSTS); `largest` bytes are
    counted unpacked. Raises NotAllowed for an address that may not be asked, Failed when no whole answer came."""
    allowed = hosts if hosts is not None else allowed_hosts()
    began = time.monotonic()
    clock = _Clock(began + timeout)
    target = allowed.judge(url)
    for _hop in range(REDIRECTS + 1):
        answer = _ask(target, allowed, clock, accept, largest)
        leads_to = answer.headers.get("location", "") if answer.status in LEADING_ON else ""
        if not leads_to:
            return Fetched(
                target.url,
                answer.status,
                answer.headers,
                answer.body,
                time.monotonic() - began,
                answer.certificate_ends,
            )
        following = allowed.judge(_joined(target.url, leads_to))
        if target.scheme == "https" and following.scheme == "http":
            raise NotAllowed("downgrade")
        target = following
    raise Failed("redirects")


def allowed_hosts() -> AllowedHosts:
    """The list of the settings: for whoever keeps an address and wants to refuse it at once."""
    return listed(tuple(settings.ECDEPT_OUTBOUND_HOSTS))


@lru_cache(maxsize=4)
def listed(entries: tuple[str, ...]) -> AllowedHosts:
    return AllowedHosts(entries)


class _Clock:
    def __init__(self, ends: float) -> None:
        self._ends = ends

    def left(self) -> float:
        """Seconds that are left. Raises Failed("timeout") when none are."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise Failed("timeout")
        return left


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    certificate_ends: datetime | None


def _ask(target: Target, allowed: AllowedHosts, clock: _Clock, accept: str, largest: int) -> _Answer:
    try:
        with closing(_connect(target, allowed, clock)) as line:
            connection = http.client.HTTPConnection(target.host, target.port)
            connection.sock = cast("socket.socket", _Timed(line, clock))
            response = _send(connection, target, accept)
            headers = {name.lower(): value for name, value in response.getheaders()}
            body = b"" if response.status in LEADING_ON else _body(response, headers, largest)
            return _Answer(response.status, headers, body, _certificate_ends(line))
    except TimeoutError:
        raise Failed("timeout") from None
    except ssl.SSLCertVerificationError:
        raise Failed("certificate") from None
    except OSError:
        raise Failed("connection") from None
    except (http.client.HTTPException, zlib.error, ValueError):
        raise Failed("answer") from None


def _send(connection: http.client.HTTPConnection, target: Target, accept: str) -> http.client.HTTPResponse:
    connection.putrequest("GET", target.path, skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", target.authority)
    connection.putheader("User-Agent", AGENT)
    connection.putheader("Accept", accept)
    connection.putheader("Accept-Encoding", "gzip")
    connection.putheader("Connection", "close")
    connection.endheaders()
    return connection.getresponse()


def _connect(target: Target, allowed: AllowedHosts, clock: _Clock) -> socket.socket:
    addresses = _resolve(target)
    fit = [address for address in addresses if allowed.may_connect(address)]
    if not fit:
        raise NotAllowed("private")
    last: OSError = ConnectionError()
    for address in fit:
        try:
            line = socket.create_connection((str(address), target.port), timeout=clock.left())
            break
        except OSError as error:
            last = error
    else:
        raise last
    if target.scheme == "http":
        return line
    try:
        line.settimeout(clock.left())
        return _tls().wrap_socket(line, server_hostname=target.host)
    except BaseException:
        line.close()
        raise


def _resolve(target: Target) -> list[Address]:
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Failed("dns") from None
    return [ipaddress.ip_address(str(where[0]).partition("%")[0]) for *_kind, where in found]


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _certificate_ends(line: socket.socket) -> datetime | None:
    if not isinstance(line, ssl.SSLSocket):
        return None
    ends: Any = (line.getpeercert() or {}).get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if isinstance(ends, str) else None


def _body(response: http.client.HTTPResponse, headers: Mapping[str, str], largest: int) -> bytes:
    packed = headers.get("content-encoding", "identity").strip().lower()
    if packed not in ("identity", "gzip", "x-gzip", ""):
        raise Failed("encoding")
    unpack = zlib.decompressobj(wbits=31) if "gzip" in packed else None
    body = bytearray()
    taken = 0
    while chunk := response.read1(CHUNK):
        taken += len(chunk)
        body += unpack.decompress(chunk, largest + 1 - len(body)) if unpack else chunk
        if len(body) > largest or taken > largest:
            raise Failed("too_large")
    if unpack and not unpack.eof:
        raise Failed("answer")
    if response.length:  # fewer bytes came than were announced
        raise Failed("connection")
    return bytes(body)


def _joined(base: str, leads_to: str) -> str:
    try:
        # http.client reads headers as Latin-1; addresses in them are UTF-8.
        return urljoin(base, leads_to.encode("latin-1").decode("utf-8", "replace"))
    except (ValueError, UnicodeError):
        raise NotAllowed("address") from None


class _Timed:
    """What http.client needs of a socket; every read and write has only what is left of the whole time, so that a
    trickle does not last longer. Closing is left to whoever opened the line: http.client lets go early."""

    def __init__(self, line: socket.socket, clock: _Clock) -> None:
        self._line = line
        self._clock = clock

    def sendall(self, content: bytes) -> None:
        self._line.settimeout(self._clock.left())
        self._line.sendall(content)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._line, self._clock), CHUNK)

    def close(self) -> None:
        pass


class _Reader(io.RawIOBase):
    def __init__(self, line: socket.socket, clock: _Clock) -> None:
        self._line = line
        self._clock = clock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        self._line.settimeout(self._clock.left())
        return self._line.recv_into(buffer)
