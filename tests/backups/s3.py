"""A small S3-compatible store on the loopback: the far side of the off-site copies. Keeps objects in memory."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class Bucket:
    """What the store holds, and how it behaves: `refuse` answers every request with that status."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, str]] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.pending: dict[str, str] = {}
        self.refuse = 0
        self.stored_at = "2026-11-23T02:00:00.000Z"
        self.requests: list[str] = []
        self.url = ""


class _Handler(BaseHTTPRequestHandler):
    bucket: Bucket
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args: Any) -> None:
        """Quiet."""

    def _begin(self) -> tuple[str, dict[str, str], bytes] | None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "aws-chunked" in (self.headers.get("Content-Encoding") or ""):
            body = _unchunked(body)
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        self.bucket.requests.append(f"{self.command} {parts.path}")
        if self.bucket.refuse:
            self._answer(
                self.bucket.refuse, b"<Error><Code>ServiceUnavailable</Code><Message>no</Message></Error>"
            )
            return None
        return parts.path, query, body

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        length = headers.pop("length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_PUT(self) -> None:
        begun = self._begin()
        if begun is None:
            return
        path, query, body = begun
        if "uploadId" in query:
            self.bucket.parts[query["uploadId"]][int(query["partNumber"])] = body
        else:
            self.bucket.objects[path] = (body, self.headers.get("x-amz-meta-sha256", ""))
        self._answer(200, ETag='"x"')

    def do_POST(self) -> None:
        begun = self._begin()
        if begun is None:
            return
        path, query, _body = begun
        if "uploads" in query:
            upload = f"u{len(self.bucket.parts)}"
            self.bucket.parts[upload] = {}
            self.bucket.pending[upload] = self.headers.get("x-amz-meta-sha256", "")
            text = f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
        else:
            upload = query["uploadId"]
            whole = b"".join(
                self.bucket.parts[upload][number] for number in sorted(self.bucket.parts[upload])
            )
            self.bucket.objects[path] = (whole, self.bucket.pending[upload])
            text = '<CompleteMultipartUploadResult><ETag>"x"</ETag></CompleteMultipartUploadResult>'
        self._answer(200, text.encode())

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        begun = self._begin()
        if begun is None:
            return
        if "list-type" in begun[1]:
            self._answer(200, self._listed(begun[1].get("prefix", "")))
            return
        found = self.bucket.objects.get(begun[0])
        if found is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            return
        body, sha256 = found
        status, more = 200, {}
        if asked := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or ""):
            start, end = int(asked[1]), int(asked[2] or len(body) - 1)
            status, more = 206, {"Content_Range": f"bytes {start}-{end}/{len(body)}"}
            body = body[start : end + 1]
        self._answer(status, body, length=str(len(body)), ETag='"x"', x_amz_meta_sha256=sha256, **more)

    def _listed(self, prefix: str) -> bytes:
        rows = "".join(
            f"<Contents><Key>{name.removeprefix('/safe/')}</Key><Size>{len(body)}</Size>"
            f"<LastModified>{self.bucket.stored_at}</LastModified></Contents>"
            for name, (body, _sha256) in self.bucket.objects.items()
            if name.startswith(f"/safe/{prefix}")
        )
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>".encode()

    def do_DELETE(self) -> None:
        begun = self._begin()
        if begun is not None:
            self.bucket.objects.pop(begun[0], None)
            self._answer(204)


def _unchunked(body: bytes) -> bytes:
    found, left = b"", body
    while match := re.match(rb"([0-9a-f]+)(;[^\r]*)?\r\n", left):
        size = int(match[1], 16)
        if not size:
            break
        found += left[match.end() : match.end() + size]
        left = left[match.end() + size + 2 :]
    return found


@contextmanager
def serving() -> Iterator[Bucket]:
    bucket = Bucket()
    handler = type("Handler", (_Handler,), {"bucket": bucket})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    bucket.url = f"s3://safe/ecdept?endpoint=http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield bucket
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
