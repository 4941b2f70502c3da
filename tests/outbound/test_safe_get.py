"""One GET: what comes back, and every way in which the other side tries to hurt."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from office.outbound import AllowedHosts, Failed, NotAllowed, safe_get

Answer = Callable[[BaseHTTPRequestHandler], object]


class Shop(ThreadingHTTPServer):
    """A web server of the test on 127.0.0.1. `answers`: {path: what is done}; `asked`: the requests it saw."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.port = self.server_address[1]

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def hosts(self) -> AllowedHosts:
        return AllowedHosts([f"127.0.0.1:{self.port}"])


class _Handler(BaseHTTPRequestHandler):
    server: Shop

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers.items())))
        self.server.answers[self.path](self)

    def log_message(self, *args: Any) -> None:
        pass


def whole(body: bytes, status: int = 200, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@pytest.fixture
def shop() -> Iterator[Shop]:
    server = Shop()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def code_of(shop: Shop, path: str = "/", *, url: str = "", **limits: Any) -> str:
    with pytest.raises((Failed, NotAllowed)) as caught:
        safe_get(url or shop.url(path), hosts=limits.pop("hosts", shop.hosts), **limits)
    assert caught.value.message
    return caught.value.code


def test_the_answer_comes_whole_with_status_headers_and_time(shop: Shop) -> None:
    shop.answers["/feed?a=1"] = whole(b"a,b\n", 404, Content_Type="text/csv; charset=utf-8", X_Kind="feed")
    found = safe_get(shop.url("/feed?a=1"), hosts=shop.hosts, accept="text/csv")
    assert (found.status, found.body, found.content_type) == (404, b"a,b\n", "text/csv")
    assert (found.headers["x-kind"], found.url) == ("feed", shop.url("/feed?a=1"))
    assert found.seconds > 0
    assert found.certificate_ends is None
    [(_path, headers)] = shop.asked
    assert headers["Accept"] == "text/csv"
    assert headers["Host"] == f"127.0.0.1:{shop.port}"
    assert {"Cookie", "Authorization"}.isdisjoint(headers)


def test_a_host_that_is_not_listed_is_never_asked(shop: Shop) -> None:
    assert code_of(shop, hosts=AllowedHosts(["shop.example.com"])) == "not_listed"
    assert code_of(shop, hosts=AllowedHosts(["127.0.0.1"])) == "not_listed"
    assert shop.asked == []


def test_without_a_list_that_of_the_settings_counts(shop: Shop, settings: Any) -> None:
    shop.answers["/"] = whole(b"ok")
    settings.ECDEPT_OUTBOUND_HOSTS = []
    with pytest.raises(NotAllowed):
        safe_get(shop.url("/"))
    settings.ECDEPT_OUTBOUND_HOSTS = [f"127.0.0.1:{shop.port}"]
    assert safe_get(shop.url("/")).body == b"ok"


def test_a_listed_name_that_leads_inside_is_not_asked(shop: Shop) -> None:
    named = f"localhost:{shop.port}"
    assert code_of(shop, url=f"http://{named}/", hosts=AllowedHosts([named])) == "private"
    assert shop.asked == []
    shop.answers["/"] = whole(b"ok")
    assert safe_get(f"http://{named}/", hosts=AllowedHosts([named, "127.0.0.0/8", "::1"])).body == b"ok"


def test_the_connection_goes_to_the_address_that_was_judged(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that says one thing to the judge and another to the connection is asked only once."""
    real, asked = socket.getaddrinfo, []

    def answer(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        if host != "shop.example.com":
            return real(host, port, *args, **kwargs)
        asked.append(host)
        return real("127.0.0.1" if len(asked) == 1 else "127.0.0.2", port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    shop.answers["/"] = whole(b"ok")
    found = safe_get(
        f"http://shop.example.com:{shop.port}/",
        hosts=AllowedHosts([f"shop.example.com:{shop.port}", "127.0.0.1"]),
    )
    assert (found.body, asked) == (b"ok", ["shop.example.com"])


def test_a_redirect_is_followed_when_it_leads_to_a_listed_host(shop: Shop) -> None:
    shop.answers["/old"] = whole(b"gone", 302, Location="/new")
    shop.answers["/new"] = whole(b"here")
    found = safe_get(shop.url("/old"), hosts=shop.hosts)
    assert (found.body, found.url) == (b"here", shop.url("/new"))


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("http://169.254.169.254/latest/meta-data/", "not_listed"),
        ("//other.example.com/", "not_listed"),
        ("file:///etc/passwd", "address"),
        ("http://[", "address"),
        ("/again", "redirects"),
    ],
)
def test_a_redirect_is_judged_like_the_first_address(shop: Shop, location: str, code: str) -> None:
    shop.answers["/"] = shop.answers["/again"] = whole(b"", 301, Location=location)
    assert code_of(shop) == code


def test_an_answer_is_bounded_packed_and_unpacked(shop: Shop) -> None:
    shop.answers["/plain"] = whole(b"x" * 2_000)
    shop.answers["/bomb"] = whole(gzip.compress(b"x" * 1_000_000, mtime=0), Content_Encoding="gzip")
    shop.answers["/packed"] = whole(gzip.compress(b"a,b\n", mtime=0), Content_Encoding="gzip")
    assert code_of(shop, "/plain", largest=1_999) == "too_large"
    assert code_of(shop, "/bomb", largest=100_000) == "too_large"
    assert safe_get(shop.url("/packed"), hosts=shop.hosts).body == b"a,b\n"


def test_an_answer_that_breaks_off_or_is_not_readable_is_a_failure(shop: Shop) -> None:
    shop.answers["/short"] = whole(b"abc", Content_Length="10")
    shop.answers["/cut"] = whole(gzip.compress(b"a,b\n" * 99, mtime=0)[:-9], Content_Encoding="gzip")
    shop.answers["/noise"] = whole(b"not packed", Content_Encoding="gzip")
    shop.answers["/brotli"] = whole(b"x", Content_Encoding="br")
    shop.answers["/raw"] = lambda handler: handler.wfile.write(b"\x00\xff nonsense\r\n\r\n")
    found = [code_of(shop, path) for path in ("/short", "/cut", "/noise", "/brotli", "/raw")]
    assert found == ["connection", "answer", "answer", "encoding", "answer"]


def test_a_trickle_ends_with_the_whole_time(shop: Shop) -> None:
    over = threading.Event()

    def trickle(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not over.wait(0.02):
            handler.wfile.write(b"x")
            handler.wfile.flush()

    shop.answers["/"] = trickle
    assert code_of(shop, timeout=0.2) == "timeout"
    over.set()


def test_a_host_that_does_not_answer_is_a_failure() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        with pytest.raises(Failed) as caught:
            safe_get(f"http://127.0.0.1:{port}/", hosts=AllowedHosts([f"127.0.0.1:{port}"]))
    assert caught.value.code == "connection"


def test_plain_http_behind_https_is_a_failure_and_not_an_exception(shop: Shop) -> None:
    assert code_of(shop, url=f"https://127.0.0.1:{shop.port}/") == "connection"
