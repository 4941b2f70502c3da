"""Turns refusals into answers, and holds people to the sign-in rules."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from ecdept.errors import refusal_response
from office.errors import Refused

Handler = Callable[[HttpRequest], HttpResponseBase]


class RefusalMiddleware:
    """One place for every refusal of a verb: 403, 404, 409 or 422, as a page, an htmx fragment or JSON."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refused):
            return refusal_response(request, exception)
        return None


class SignInPolicyMiddleware:
    """Passwords that must change, and second factors that a post requires, before anything else."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)
