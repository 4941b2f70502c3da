"""A look over the network at a real server on the loopback, with and without TLS."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cms.models import WatchedSite
from cms.rules.incidents import Look
from cms.services.looking import look_at
from office.outbound import fetch
from tests.cms.sites import NOON

PAGE = (
    "<html><head><title>x</title><script>var t=1</script></head><body><p>沙发　新品</p>"
    "<p id=main>到店<b>有礼</b></p>"
)
ENDS = dt.datetime(2046, 1, 1, tzinfo=dt.UTC)


class Far(ThreadingHTTPServer):
    daemon_threads = True
    answer: tuple[int, dict[str, str], bytes] = (200, {}, PAGE.encode())


class Handler(BaseHTTPRequestHandler):
    server: Far

    def do_GET(self) -> None:
        status, headers, body = self.server.answer
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


def certificate(folder: Path) -> Path:
    """A certificate of its own for localhost, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(ENDS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "localhost.pem"
    pem = serialization.Encoding.PEM
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(pem)
    )
    return path


Serve = Callable[..., tuple[Far, WatchedSite]]


@pytest.fixture
def serve(settings: Any, tmp_path: Path) -> Iterator[Serve]:
    """Starts a server and answers it with a site that is watched there."""
    running: list[tuple[Far, threading.Thread]] = []

    def start(*, tls: bool = False, listed: bool = True, **fields: Any) -> tuple[Far, WatchedSite]:
        server = Far(("127.0.0.1", 0), Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate(tmp_path))
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        running.append((server, thread))
        host = f"127.0.0.1:{server.server_address[1]}"
        settings.ECDEPT_OUTBOUND_HOSTS = [host] if listed else []
        return server, WatchedSite(name="x", url=f"http{'s' if tls else ''}://{host}/", **fields)

    yield start
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join()


def seen(site: WatchedSite) -> Look:
    look = look_at(site, at=NOON, timeout=5)
    assert look is not None
    return look


def test_the_text_is_what_visitors_read(serve: Serve) -> None:
    _server, site = serve()
    look = seen(site)
    assert (look.status, look.error, look.text) == (200, "", "沙发 新品 到店有礼")
    assert look.ms is not None
    assert len(look.fingerprint) == 64


def test_a_part_counts_alone_and_is_missed_when_it_is_gone(serve: Serve) -> None:
    server, site = serve(part="main")
    assert seen(site).text == "到店有礼"
    server.answer = (200, {}, b"<p>hacked</p>")
    look = seen(site)
    assert (look.missing, look.fingerprint) == (True, "")


def test_the_end_of_the_certificate_is_seen(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _server, site = serve(tls=True)
    trusting = ssl.create_default_context(cafile=str(tmp_path / "localhost.pem"))
    monkeypatch.setattr(fetch, "_tls", lambda: trusting)
    look = seen(site)
    assert (look.status, look.certificate_ends) == (200, ENDS)


def test_a_certificate_that_nobody_vouches_for_is_not_valid(serve: Serve) -> None:
    _server, site = serve(tls=True)
    assert seen(site).error == "certificate"


def test_a_fault_of_the_server_is_a_status(serve: Serve) -> None:
    server, site = serve()
    server.answer = (503, {}, b"")
    look = seen(site)
    assert (look.status, look.fingerprint) == (503, "")


def test_a_host_that_is_not_listed_is_not_asked(serve: Serve) -> None:
    _server, site = serve(listed=False)
    assert look_at(site, at=NOON, timeout=5) is None


def test_a_site_that_leads_to_another_host_is_at_fault(serve: Serve) -> None:
    server, site = serve()
    server.answer = (302, {"Location": "http://casino.example/"}, b"")
    assert seen(site).error == "not_listed"


def test_nobody_there(serve: Serve) -> None:
    server, site = serve()
    server.server_close()
    assert seen(site).error == "connection"


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe\x00<p", b"<p" * 5000, b"<a b='" + b"x" * 9000, "<p>𠮷\u202e\x00</p>".encode()]
)
def test_any_page_is_read(serve: Serve, body: bytes) -> None:
    server, site = serve()
    server.answer = (200, {"Content-Type": "text/html; charset=no-such"}, body)
    assert seen(site).status == 200
