"""The short ways in: for machines, and for readers of the public pages.

/api/ and /hooks/ pass none of what people need.

No session, no language, no CSRF token, no page headers: a signed message is verified and booked, and that path is
measured (bench row 2). What people's requests get from the other middlewares, machines get from here: a request id in
the logs, metrics, whose act an incident is, refusals as JSON.

/pages/ shows what anybody may read: no session, no cookie, no language to choose; the desk says what is kept and for
how long (cms/views/public.py), and that is measured, too (bench row 9). Only reading goes this way.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import lru_cache

import structlog
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import ResolverMatch, resolve
from django.utils import translation
from prometheus_client import Counter, Histogram

from cms.views import public
from ecdept.errors import refusal_response
from office.audit.context import ActingMiddleware
from office.errors import Refused
from office.hooks.raw_body import refusal

PREFIXES = ("/api/", "/hooks/")
PAGES = "/pages/"
ANSWERS = Counter("ecdept_machine_answers", "Answers to machines, by door and status.", ["door", "status"])
SECONDS = Histogram("ecdept_machine_seconds", "Seconds from request to answer, by door.", ["door"])

READ = Counter("ecdept_pages_read", "Answers to readers of the public pages, by status.", ["status"])

Handler = Callable[[HttpRequest], HttpResponseBase]
log = structlog.get_logger(__name__)


@lru_cache(maxsize=256)
def _match(path: str) -> ResolverMatch:
    """Raises Http404."""
    return resolve(path)


def _request_id() -> str:
    """Names a request in the logs, no more: nobody has to be unable to guess it."""
    return f"{random.getrandbits(128):032x}"


class MachineDoorMiddleware:
    """First in the list: what it serves goes no further."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.serve = ActingMiddleware(self._serve)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIXES):
            return self.get_response(request)
        began = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=_request_id())
        translation.activate("en")
        response = self.serve(request)
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "no-store"
        if not response.streaming and not response.has_header("Content-Length"):
            response["Content-Length"] = str(len(response.content))  # type: ignore[attr-defined]
        door = request.resolver_match.view_name if request.resolver_match else "none"
        ANSWERS.labels(door, response.status_code).inc()
        SECONDS.labels(door).observe(time.perf_counter() - began)
        if response.status_code >= 400:
            log.warning("machine_refused", code=response.status_code, request=f"{request.method} {door}")
        return response

    def _serve(self, request: HttpRequest) -> HttpResponseBase:
        if settings.HTTPS and not request.is_secure():
            return refusal(403, "https_required", "Send over https.")
        if "\x00" in request.path_info:
            return refusal(400, "bad_request", "The request could not be read.")
        try:
            match = _match(request.path_info)
        except Http404:
            return refusal(404, "not_found", "There is nothing here.")
        request.resolver_match = match
        try:
            response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        except Refused as refused:
            return refusal_response(request, refused)
        if response.status_code == 405 and response.get("Content-Type") != "application/json":
            return _not_allowed(response)
        return response


def _not_allowed(bare: HttpResponseBase) -> HttpResponseBase:
    """Django's and ninja's own 405 are HTML without words."""
    said = refusal(405, "method_not_allowed", f"This address takes {bare['Allow']} only.")
    said["Allow"] = bare["Allow"]
    return said


class PublicPagesMiddleware:
    """What it serves goes no further: reading under /pages/."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if not path.startswith(PAGES) or request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        try:
            match = _match(path)
        except Http404:
            match = None
        if match is not None and match.app_names != ["pages"]:
            return self.get_response(request)  # another desk's page below the same beginning
        if settings.HTTPS and not request.is_secure():
            return self.get_response(request)  # sent on to https
        if match is None or "\x00" in path:
            response: HttpResponseBase = public.nothing()
        else:
            request.resolver_match = match
            response = match.func(request, *match.args, **match.kwargs)
        READ.labels(response.status_code).inc()
        return response
