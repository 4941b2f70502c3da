"""The bytes of a kept file as an answer. Whoever calls it has asked before whether this person may have it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _

from office.errors import NotFound
from office.files import pictures, store
from office.files.models import StoredFile

_RANGE = re.compile(r"bytes=(\d{0,12})-(\d{0,12})")
#: The longer side of a preview, in pixels.
PREVIEW = 480
#: Even opened by itself in a window, nothing in it runs or loads.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def serve(
    request: HttpRequest, stored: StoredFile, *, download: bool = False, public: bool = False
) -> HttpResponseBase:
    """Pictures as pictures (unless `download`), everything else as an attachment, with Range for videos. `public`:
    anybody may have it. Browsers ask again each time and get 304: what is taken down or no longer allowed is gone."""
    return serve_bytes(
        request,
        stored.sha256,
        mime=stored.mime,
        name=stored.name,
        inline=stored.is_picture and not download,
        public=public,
    )


def serve_preview(request: HttpRequest, stored: StoredFile, *, public: bool = False) -> HttpResponseBase:
    """A small version of a picture, for lists. NotFound for what is no picture."""
    if not stored.is_picture:
        raise NotFound(_("There is no such picture."))
    try:
        place = store.preview_of(stored.sha256, lambda content: pictures.preview(content, PREVIEW))
    except FileNotFoundError as error:
        raise NotFound(_("The file is missing from the disk.")) from error
    return _answer(
        request, place, f"{stored.sha256}-s", mime="image/webp", name=stored.name, inline=True, public=public
    )


def serve_bytes(
    request: HttpRequest, sha256: str, *, mime: str, name: str, inline: bool, public: bool = False
) -> HttpResponseBase:
    """As `serve`. NotFound when the bytes are gone from the disk."""
    place = store.path_of(sha256)
    return _answer(request, place, sha256, mime=mime, name=name, inline=inline, public=public)


def _answer(
    request: HttpRequest, place: Path, tag: str, *, mime: str, name: str, inline: bool, public: bool
) -> HttpResponseBase:
    etag = f'"{tag}"'
    answer: HttpResponseBase
    if etag in request.headers.get("If-None-Match", ""):
        answer = HttpResponse(status=304)
    else:
        try:
            file = place.open("rb")
        except FileNotFoundError as error:
            raise NotFound(_("The file is missing from the disk.")) from error
        answer = _part(request, file, mime) or FileResponse(file, content_type=mime)
        answer["Accept-Ranges"] = "bytes"
        answer["Content-Disposition"] = content_disposition_header(not inline, name) or "attachment"
    answer["ETag"] = etag
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = _POLICY
    answer["Cross-Origin-Resource-Policy"] = "cross-origin" if public else "same-origin"
    answer["Cache-Control"] = "public, no-cache" if public else "private, no-cache"
    return answer


def _part(request: HttpRequest, file: BinaryIO, mime: str) -> HttpResponseBase | None:
    """206 or 416 for a single range, None for everything else: then the whole file is right."""
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    if not asked or asked[0] == "bytes=-":
        return None
    size = file.seek(0, 2)
    file.seek(0)
    if asked[1]:
        start, end = int(asked[1]), min(int(asked[2] or size - 1), size - 1)
    else:
        start, end = max(size - int(asked[2]), 0), size - 1
    if start > end or start >= size:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    file.seek(start)
    answer = StreamingHttpResponse(_pieces(file, end - start + 1), status=206, content_type=mime)
    answer["Content-Range"] = f"bytes {start}-{end}/{size}"
    answer["Content-Length"] = str(end - start + 1)
    return answer


def _pieces(file: BinaryIO, left: int) -> Iterator[bytes]:
    with file:
        while left > 0 and (piece := file.read(min(left, store.PIECE))):
            left -= len(piece)
            yield piece
