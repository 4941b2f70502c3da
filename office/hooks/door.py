"""What every door for machines has in common: POST only, no CSRF token, headers as they were sent, a plain 401."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import structlog
from django.db import OperationalError
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from office.hooks.raw_body import BodyRefused, refusal

log = structlog.get_logger(__name__)
_HEADER = re.compile(r"[^\x21-\x7e]", re.ASCII)

View = Callable[..., HttpResponseBase]


def machine_door(view: View) -> View:
    """POST only, no CSRF token, and a database that is away is 503: the sender tries again later."""
    return door(("POST",))(view)


def door(methods: Sequence[str]) -> Callable[[View], View]:
    """As `machine_door`, for machines that also ask."""
    return lambda view: csrf_exempt(require_http_methods(list(methods))(_guarded(view)))


def _guarded(view: View) -> View:

    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except BodyRefused as refused:
            return refused.response
        except OperationalError:
            log.exception("machine door: database away")
            response = refusal(503, "unavailable", "The database is away. Try again later.")
            response["Retry-After"] = "30"
            return response

    return inner


def sent(request: HttpRequest, name: str) -> str:
    """A header as it was sent, "" when it was not. Straight from the server: `request.headers` names them all first."""
    return str(request.META.get(_as_the_server_names_it(name), ""))


@cache
def _as_the_server_names_it(name: str) -> str:
    return f"HTTP_{name.upper().replace('-', '_')}"


def header(request: HttpRequest, name: str, longest: int) -> str:
    """A header as it may be stored: visible ASCII, cut."""
    return _HEADER.sub("", sent(request, name))[:longest]


def unsigned(door: str) -> HttpResponseBase:
    """401 for a message that nobody known has signed."""
    log.warning("webhook refused", door=door, reason="signature")
    return refusal(401, "signature", "The signature does not fit.")
