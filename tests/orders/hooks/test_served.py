"""The doors behind the real server: what only shows on a socket."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from orders.models import Order
from orders.services.shops import add_shop, set_shop_secret
from tests.orders.hooks.samples import API_SECRET, api_order, standard_headers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def served(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of one server for all tests here."""
    tmp_path = tmp_path_factory.mktemp("served")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found = int(probe.getsockname()[1])
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", "python:tests.orders.hooks.gunicorn_quick",
             "--bind", f"127.0.0.1:{found}", "ecdept.wsgi"],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            for _ in range(600):
                try:
                    socket.create_connection(("127.0.0.1", found), 1).close()
                    break
                except OSError:
                    assert server.poll() is None, (tmp_path / "log").read_text()
                    time.sleep(0.1)
            yield found
        finally:
            server.terminate()
            server.wait(20)


@pytest.fixture
def port(served: int) -> int:
    now = timezone.now()
    shop = add_shop(code="API01", name="x", platform="api", by=None, now=now)
    set_shop_secret(shop_id=shop.pk, secret=API_SECRET, by=None, now=now)
    return served


def request(body: bytes, *lines: str, length: int | None = None) -> bytes:
    """The head of a well-signed POST of `body`; `length` None leaves Content-Length out."""
    headers = {
        **standard_headers(body, now=timezone.now()),
        "Host": "localhost",
        "Content-Type": "application/json",
    }
    if length is not None:
        headers["Content-Length"] = str(length)
    told = [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(["POST /api/v1/orders HTTP/1.1", *told, *lines, "", ""]).encode()


def ask(port: int, *pieces: bytes, pause: float = 0.0) -> tuple[int, bytes, float]:
    """(status, body, seconds until the answer)."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), 30) as sock:
        for piece in pieces:
            try:
                sock.sendall(piece)
            except OSError:
                break  # the server has answered and closed
            time.sleep(pause)
        answer = b""
        while chunk := sock.recv(65_536):
            answer += chunk
    head, _gap, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), body, time.monotonic() - began


def chunked(body: bytes, size: int = 1000) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def test_a_declared_gigabyte_is_refused_before_it_is_sent(port: int) -> None:
    status, body, seconds = ask(port, request(b"", length=1 << 30))
    assert (status, json.loads(body)["code"]) == (413, "too_large")
    assert seconds < 5


def test_two_megabytes_are_refused_and_the_answer_can_be_read(port: int) -> None:
    body = b"x" * 2_000_000
    status, said, _seconds = ask(port, request(body, length=len(body)) + body)
    assert (status, json.loads(said)["code"]) == (413, "too_large")


def test_a_chunked_body_is_taken_up_to_the_same_limit(port: int) -> None:
    body = json.dumps(api_order()).encode()
    status, said, _seconds = ask(port, request(body, "Transfer-Encoding: chunked") + chunked(body, 100))
    assert (status, json.loads(said)["status"]) == (201, "inserted")
    long = b"x" * 1_500_000
    status, said, _seconds = ask(port, request(long, "Transfer-Encoding: chunked") + chunked(long, 60_000))
    assert (status, json.loads(said)["code"]) == (413, "too_large")


def test_malformed_chunks_and_bodies_that_break_off_are_400(port: int) -> None:
    status, _said, _seconds = ask(
        port, request(b"{}", "Transfer-Encoding: chunked") + b"zz\r\n{}\r\n0\r\n\r\n"
    )
    assert status == 400
    with socket.create_connection(("127.0.0.1", port), 30) as sock:
        sock.sendall(request(b"{}", length=500) + b"{}")
        sock.shutdown(socket.SHUT_WR)
        assert b" 400 " in sock.recv(65_536).split(b"\r\n")[0]


def test_a_body_that_dribbles_in_is_given_up_and_the_server_goes_on(port: int) -> None:
    body = json.dumps(api_order(number="SLOW")).encode()
    pieces = [request(body, length=len(body)), *[body[n : n + 1] for n in range(30)]]
    status, said, seconds = ask(port, *pieces, pause=0.1)
    assert (status, json.loads(said)["code"]) == (408, "too_slow")
    assert seconds < 10
    body = json.dumps(api_order(number="NEXT")).encode()
    assert ask(port, request(body, length=len(body)) + body)[0] == 201
    assert list(Order.objects.values_list("number", flat=True)) == ["NEXT"]


def test_without_a_body_there_is_nothing_to_verify(port: int) -> None:
    assert ask(port, b"POST /api/v1/orders HTTP/1.1\r\nHost: localhost\r\n\r\n")[0] == 401
    status, said, _seconds = ask(port, request(b""))
    assert (status, json.loads(said)["errors"][0]["code"]) == (422, "json")
