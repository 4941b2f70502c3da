"""A receiver on the loopback that answers what a test tells it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict:
        found: dict = json.loads(self.body)
        return found


@dataclass
class Receiver:
    """`answers`: (status, body, headers) in order, the last one again and again; `requests`: what came in."""

    url: str = ""
    answers: list[tuple[int, bytes, dict[str, str]]] = field(
        default_factory=lambda: [(200, b'{"errcode":0}', {})]
    )
    requests: list[Request] = field(default_factory=list)

    def answer(
        self, status: int = 200, body: bytes | dict = b"", headers: dict[str, str] | None = None
    ) -> None:
        content = json.dumps(body).encode() if isinstance(body, dict) else body
        self.answers = [(status, content, headers or {})]


@contextmanager
def listening() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.requests.append(Request(self.path, headers, body))
            status, content, extra = (
                receiver.answers[0] if len(receiver.answers) == 1 else receiver.answers.pop(0)
            )
            self.send_response(status)
            for name, value in extra.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook?access_token=secret-token"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
