"""The public pages and feeds. Kept as bytes in the process, and right as long as nothing on the site has changed.

What changes the site counts a stamp in the database, by trigger; each answer asks for it, so an act of another
process (a publication, an early end, a takedown) is seen by the very next request. What begins or
ends by its time is drawn anew at that instant. Readers may store an answer and ask whether it is still right (ETag);
none may serve it unasked. Only the ETag is believed: with a takedown or an end, the latest date on a page goes back,
and by its date a reader would keep what is gone.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import http_date, quote_etag
from django.views.decorators.http import require_safe

from cms.rules import feeds
from cms.selectors import live, public

HTML = "text/html; charset=utf-8"
#: Pages kept in each process.
MOST = 512
HEADERS = {
    "Cache-Control": "public, no-cache",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it is sent. `stamp`: of the site when it was drawn; `until`: when time alone makes it wrong."""

    body: bytes
    content_type: str
    etag: str
    modified: int
    stamp: int
    until: float


class Missing(Exception):
    """Nothing to show here: `status` 404, 410, or 301 with the right address."""

    def __init__(self, status: int, address: str = "") -> None:
        super().__init__(status)
        self.status, self.address = status, address


class Shelf:
    """The pages of this process, the least used fall off."""

    def __init__(self) -> None:
        self._pages: OrderedDict[tuple[str, int | None], Kept] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[str, int | None]) -> Kept | None:
        with self._lock:
            found = self._pages.get(key)
            if found is not None:
                self._pages.move_to_end(key)
            return found

    def put(self, key: tuple[str, int | None], page: Kept) -> None:
        with self._lock:
            self._pages[key] = page
            while len(self._pages) > MOST:
                self._pages.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()


shelf = Shelf()
#: Draws one answer: (now, before) → body, content type, when what it shows last changed.
Drawn = tuple[bytes, str, datetime | None]


def _answer(request: HttpRequest, draw: Callable[[datetime, int | None], Drawn]) -> HttpResponse:
    now = timezone.now()
    given = request.GET.get("before", "")
    before = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None
    key = (request.path_info, before)
    number, page = public.stamp(), shelf.get(key)
    if page is None or page.stamp != number or now.timestamp() >= page.until:
        try:
            page = _draw(draw, now, before, number)
        except Missing as missing:
            return _missing(missing)
        shelf.put(key, page)
    return _respond(request, page)


def _draw(
    draw: Callable[[datetime, int | None], Drawn], now: datetime, before: int | None, number: int
) -> Kept:
    """`number` was read before anything else, so a change meanwhile only means drawing once more."""
    until = live.next_change(now)
    with translation.override(settings.LANGUAGE_CODE):
        body, content_type, modified = draw(now, before)
    return Kept(
        body,
        content_type,
        quote_etag(hashlib.sha256(body).hexdigest()[:32]),
        int((modified or now).timestamp()),
        number,
        until.timestamp() if until else float("inf"),
    )


def _respond(request: HttpRequest, page: Kept) -> HttpResponse:
    unchanged = _is_known(request, page)
    response = HttpResponse(b"" if unchanged else page.body, status=304 if unchanged else 200)
    if unchanged:
        del response["Content-Type"]
    else:
        response["Content-Type"] = page.content_type
        response["Content-Length"] = str(len(page.body))
        if request.method == "HEAD":
            response.content = b""
    response["ETag"] = page.etag
    response["Last-Modified"] = http_date(page.modified)
    for name, value in HEADERS.items():
        response[name] = value
    return response


def _is_known(request: HttpRequest, page: Kept) -> bool:
    known = request.headers.get("If-None-Match", "")
    return known.strip() == "*" or page.etag in [each.strip().removeprefix("W/") for each in known.split(",")]


def _missing(missing: Missing) -> HttpResponse:
    if missing.status == 301:
        response = HttpResponse(status=301)
        response["Location"] = missing.address
    else:
        with translation.override(settings.LANGUAGE_CODE):
            text = render_to_string("pages/missing.html", {"gone": missing.status == 410})
        response = HttpResponse(text.encode(), status=missing.status, content_type=HTML)
    for name, value in HEADERS.items():
        response[name] = value
    return response


def nothing() -> HttpResponse:
    """The answer to an address that is none."""
    return _missing(Missing(404))


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    def draw(now: datetime, before: int | None) -> Drawn:
        columns = public.front(now)
        text = render_to_string("pages/front.html", {"columns": columns})
        latest = [row.starts_at for each in columns for row in each.rows]
        return text.encode(), HTML, max(latest, default=None)

    return _answer(request, draw)


@require_safe
def column(request: HttpRequest, slug: str) -> HttpResponse:
    def draw(now: datetime, before: int | None) -> Drawn:
        found = public.column_of(slug)
        if found is None:
            raise Missing(404)
        rows, following = public.page_of(found, now, before)
        context = {"column": found, "rows": rows, "following": following, "before": before}
        latest = max((row.starts_at for row in rows), default=None)
        return render_to_string("pages/column.html", context).encode(), HTML, latest

    return _answer(request, draw)


@require_safe
def item(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    def draw(now: datetime, before: int | None) -> Drawn:
        found = public.column_of(slug)
        if found is None or pk >= 2**63:
            raise Missing(404)
        row = public.published(found, pk, now)
        if row is None:
            raise Missing(410 if public.was_published(pk, now) else 404)
        if row.column_id != found.pk:
            if not row.column.active:
                raise Missing(404)
            raise Missing(301, reverse("pages:item", args=[row.column.slug, pk]))
        context = {"row": row, "version": row.version, "column": found}
        return render_to_string("pages/item.html", context).encode(), HTML, row.starts_at

    return _answer(request, draw)


@require_safe
def rss(request: HttpRequest, slug: str) -> HttpResponse:
    return _feed(request, slug, "rss")


@require_safe
def json_feed(request: HttpRequest, slug: str) -> HttpResponse:
    return _feed(request, slug, "json")


def _feed(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    def draw(now: datetime, before: int | None) -> Drawn:
        found = public.column_of(slug)
        if found is None:
            raise Missing(404)
        made = public.feed(found, now, name)
        if name == "rss":
            return feeds.rss(made), feeds.RSS, made.updated_at
        return feeds.json_feed(made), feeds.JSON, made.updated_at

    return _answer(request, draw)
